import type { ModelTelemetryEntry } from '@corral/core';
import { costText, countText, priceText, scoreText, unknownText } from '../job-status/job-texts.js';

const milliseconds = unitText('millisecond', 0);
const seconds = unitText('second', 2);
const speed = new Intl.NumberFormat(undefined, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const percents = new Intl.NumberFormat(undefined, { style: 'percent', maximumFractionDigits: 1 });

function unitText(unit: 'millisecond' | 'second', digits: number): Intl.NumberFormat {
  return new Intl.NumberFormat(undefined, {
    style: 'unit',
    unit,
    unitDisplay: 'narrow',
    maximumFractionDigits: digits,
  });
}

/** How long something takes: `420ms`, `1.24s`. */
export function latencyText(ms: number | null): string {
  if (ms === null) return unknownText;
  return Math.round(ms) < 1000 ? milliseconds.format(ms) : seconds.format(ms / 1000);
}

/** A share of 1, rounded down: what failed once in ten thousand times is not 100 %. */
export function shareText(share: number | null): string {
  return share === null ? unknownText : percents.format(Math.floor(share * 1000 + 1e-9) / 1000);
}

/** Tokens a second. */
function speedText(tokensPerSecond: number | null): string {
  return tokensPerSecond === null ? unknownText : `${speed.format(tokensPerSecond)} t/s`;
}

/** A number of a model with what it is called. */
export interface TelemetryFact {
  readonly label: string;
  /** The same in full, for who points at it. */
  readonly title: string;
  readonly text: string;
}

/** What a card says of a model beside its bars. */
export function factsOf(entry: ModelTelemetryEntry): readonly TelemetryFact[] {
  const { cancelledCount } = entry;
  const cancelled = cancelledCount > 0 ? `; ${countText(cancelledCount)} more were called off` : '';
  return [
    fact('Latency', 'Average of calls that succeeded', latencyText(entry.avgLatencyMs)),
    fact('p95', '95 of 100 calls were no slower', latencyText(entry.latencyP95Ms)),
    fact('TTFT', 'Time to the first token, on average', latencyText(entry.avgTtftMs)),
    fact('Speed', 'Tokens a second, on average', speedText(entry.avgTokensPerSecond)),
    fact('Calls', `Calls that ended${cancelled}`, countText(entry.callCount)),
    fact('Failures', 'Calls that failed', countText(entry.failureCount)),
    fact('Avg cost', 'Of calls with a known cost', costText(entry.avgCostUsd)),
    fact('$/1M in', 'US dollars for a million tokens in', priceText(entry.costPer1mInput)),
    fact('$/1M out', 'US dollars for a million tokens out', priceText(entry.costPer1mOutput)),
  ];
}

function fact(label: string, title: string, text: string): TelemetryFact {
  return { label, title, text };
}

/** How a share looks: as its bar is coloured. */
export type ShareTone = 'ok' | 'warn' | 'danger';

/** A bar of a card. */
export interface ShareView {
  readonly label: string;
  /** What it means, for who points at it. */
  readonly title: string;
  readonly share: number | null;
  readonly text: string;
  readonly tone: ShareTone;
}

/** The two bars of a card. */
export function sharesOf({ successRate, trustFactor }: ModelTelemetryEntry): readonly ShareView[] {
  return [
    {
      label: 'Success',
      title: 'Calls that succeeded, of all that ended',
      share: successRate,
      text: shareText(successRate),
      tone: toneOf(successRate, 0.95, 0.8),
    },
    {
      label: 'Trust',
      title:
        'How much success can be counted on: more with each good call, less with each bad one and with time',
      share: trustFactor,
      text: scoreText(trustFactor),
      tone: toneOf(trustFactor, 0.8, 0.5),
    },
  ];
}

function toneOf(share: number | null, ok: number, warn: number): ShareTone {
  if (share === null || share >= ok) return 'ok';
  return share >= warn ? 'warn' : 'danger';
}

/** Providers with a colour of their own; all others share one. */
const colored = ['anthropic', 'openai', 'google', 'kimi', 'deepseek'] as const;

/** The name of the colour of a provider. */
export function providerColor(provider: string): (typeof colored)[number] | 'other' {
  const name = provider.toLowerCase();
  return colored.find((one) => one === name) ?? 'other';
}

/** By provider, then by model; the same order wherever models are shown. */
export function byProvider(entries: readonly ModelTelemetryEntry[]): readonly ModelTelemetryEntry[] {
  return entries.toSorted(
    (a, b) =>
      a.provider.localeCompare(b.provider) || a.model.localeCompare(b.model, undefined, { numeric: true }),
  );
}
