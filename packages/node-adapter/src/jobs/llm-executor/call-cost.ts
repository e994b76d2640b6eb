import type { CallUsage, TokenPrice } from '@corral/core';
import type { ChatOutcome } from './chat-call.js';

/** What a call was set aside for. */
export interface SetAside {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly price: TokenPrice | null;
}

/** The power that a call took, where its host tells. */
export interface PowerReading {
  /** Watts of the host when the call began and when it ended; `null`: unknown. */
  readonly watts: readonly (number | null)[];
  /** Calls of ours that shared the host at those times, this one with them. */
  readonly shared: readonly number[];
  /** US dollars for a kilowatt-hour. */
  readonly usdPerKwh: number | null;
}

/**
 * What a call came to. Where the model may have worked and its server did not count, it is what was set aside; where it
 * cannot have worked, nothing.
 */
export function usageOf(outcome: ChatOutcome, setAside: SetAside, power: PowerReading): CallUsage {
  const { failure, tokens, latencyMs } = outcome;
  if (failure && !failure.mayHaveWorked) return { costUsd: 0, inputTokens: 0, outputTokens: 0 };
  const inputTokens = tokens?.inputTokens ?? setAside.inputTokens;
  const outputTokens = tokens?.outputTokens ?? setAside.outputTokens;
  const costUsd = setAside.price
    ? costOfTokens(inputTokens, outputTokens, setAside.price)
    : costOfEnergy(power, latencyMs);
  return { costUsd, inputTokens, outputTokens };
}

/** US dollars for these tokens. */
export function costOfTokens(inputTokens: number, outputTokens: number, price: TokenPrice): number {
  return (inputTokens * price.inputUsdPer1M + outputTokens * price.outputUsdPer1M) / 1e6;
}

/**
 * US dollars for the energy of a call: mean watts ÷ mean calls that shared them × seconds ÷ 3.6e6 × price of a
 * kilowatt-hour. `null` where power or price is unknown.
 */
function costOfEnergy({ watts, shared, usdPerKwh }: PowerReading, latencyMs: number): number | null {
  const known = watts.filter((each) => each !== null);
  if (usdPerKwh === null || known.length === 0) return null;
  const share = mean(known) / Math.max(1, mean(shared));
  return ((share * latencyMs) / 1000 / 3.6e6) * usdPerKwh;
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
