import type { TokenPrice } from '../jobs/ports.js';

/**
 * One call of a model, as telemetry takes it in. `null` means unknown, and so does a number that cannot be: NaN, one without
 * end, one below 0.
 */
export interface ModelCall {
  readonly model: string;
  /** Who serves it: the kind of a local server, such as `llama-server`, or a name such as `openai`. */
  readonly provider: string;
  /** `cancelled` calls are counted neither as good nor as bad. */
  readonly outcome: 'ok' | 'failed' | 'cancelled';
  /** Milliseconds from the request to the end of the answer. */
  readonly latencyMs: number;
  /** Milliseconds from the request to the first piece of the answer that holds text, reasoning or a tool call. */
  readonly ttftMs: number | null;
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  /**
   * Output tokens ÷ the time that the server measured for them, else between the first and the last one:
   * (output tokens − 1) ÷ (last − first).
   */
  readonly tokensPerSecond: number | null;
  readonly costUsd: number | null;
  readonly price: TokenPrice | null;
}

/** What is known of a model from its calls. `null` means unknown. */
export interface ModelTelemetryEntry {
  readonly model: string;
  readonly provider: string;
  readonly callCount: number;
  readonly failureCount: number;
  /** Calls that were called off: not in `callCount`. */
  readonly cancelledCount: number;
  /** 0 to 1: (calls − failures) ÷ calls. */
  readonly successRate: number | null;
  /** 0 to 1, at the time of asking: it falls while nobody calls. See `trust-factor.ts` for its formula. */
  readonly trustFactor: number | null;
  /** Of calls that succeeded, as all latencies and speeds. */
  readonly avgLatencyMs: number | null;
  /** At most 0.5 % from the exact value, which is the one at rank ⌈0.95 × calls⌉. */
  readonly latencyP95Ms: number | null;
  readonly avgTtftMs: number | null;
  readonly avgTokensPerSecond: number | null;
  /** Of calls with a known cost, failed ones too, but none that were called off. */
  readonly avgCostUsd: number | null;
  /** The price that the last call came with; where it had none, `null`. */
  readonly costPer1mInput: number | null;
  readonly costPer1mOutput: number | null;
  /** ISO 8601. */
  readonly lastCallAt: string | null;
}

/** What telemetry keeps of a model, opaque to stores; JSON-safe. */
export interface StoredTelemetry {
  readonly model: string;
  readonly provider: string;
  readonly document: Readonly<Record<string, unknown>>;
}

/** Whose telemetry it is. */
export type TelemetryKey = Pick<StoredTelemetry, 'model' | 'provider'>;

/** Keeps telemetry. */
export interface TelemetryStore {
  loadTelemetry(): Promise<readonly StoredTelemetry[]>;
  /**
   * Saves these and removes those of `dropped`, all of it or nothing; others stay as they are.
   * @param dropped models that were not called for so long that others took their place
   */
  saveTelemetry(entries: readonly StoredTelemetry[], dropped: readonly TelemetryKey[]): Promise<void>;
}
