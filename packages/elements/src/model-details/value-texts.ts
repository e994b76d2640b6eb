import type { MeasuredValue, ModelValueName } from '@corral/core';
import { durationText } from '../number-text.js';

/** How a measured value is called and written. */
interface ValueView {
  readonly label: string;
  readonly text: (value: number) => string;
}

const whole = new Intl.NumberFormat(undefined, { maximumFractionDigits: 0 });
const oneDecimal = new Intl.NumberFormat(undefined, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const twoDecimals = new Intl.NumberFormat(undefined, { minimumFractionDigits: 2, maximumFractionDigits: 2 });

const count = (value: number): string => whole.format(value);
const perSecond = (value: number): string => `${oneDecimal.format(value)} t/s`;
const tokens = (value: number): string => `${whole.format(value)} tokens`;
const milliseconds = (value: number): string => `${whole.format(value)} ms`;

/** Bytes as `4.20 GB`, or as `12 MB` where there are less of them. */
export function bytesText(bytes: number): string {
  return bytes < 1e8 ? `${whole.format(bytes / 1e6)} MB` : `${twoDecimals.format(bytes / 1e9)} GB`;
}

/** Every value that a hub can explain, as the details panel shows it. */
export const valueViews: Readonly<Record<ModelValueName, ValueView>> = {
  tokensPerSecond: { label: 'Tokens/sec', text: perSecond },
  promptTokensPerSecond: { label: 'Prompt tokens/sec', text: perSecond },
  requestsProcessing: { label: 'Requests running', text: count },
  requestsDeferred: { label: 'Requests waiting', text: count },
  slots: { label: 'Slots', text: count },
  contextUsedTokens: { label: 'Context used', text: tokens },
  contextSizeTokens: { label: 'Context size', text: tokens },
  requestCount: { label: 'Requests', text: count },
  errorCount: { label: 'Errors', text: count },
  totalResponseTimeMs: { label: 'Total response time', text: (value) => durationText(value / 1000) },
  memoryAnonymousBytes: { label: 'Memory, own', text: bytesText },
  memoryMappedBytes: { label: 'Memory, mapped file', text: bytesText },
  memoryVramBytes: { label: 'GPU memory', text: bytesText },
  latencyMs: { label: 'Latency', text: milliseconds },
  uptimeSeconds: { label: 'Uptime', text: durationText },
};

/** Where a value comes from: `read 0.4 s ago from …`, or why it is unknown. */
export function provenanceText({ value, source, ageMs }: MeasuredValue): string {
  if (value === null || ageMs === null) return source;
  const age = ageMs < 60_000 ? `${oneDecimal.format(ageMs / 1000)} s` : durationText(ageMs / 1000);
  return `read ${age} ago from ${source}`;
}
