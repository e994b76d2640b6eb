import type { ModelTelemetryEntry } from '@corral/core';
import { describe, expect, it } from 'vitest';
import { renderExposition } from './prometheus-exposition.js';
import { parseExposition } from './prometheus-parser.fixture.js';
import { telemetryFamilies } from './prometheus-telemetry.js';

const entry: ModelTelemetryEntry = {
  model: 'meadow',
  provider: 'openai',
  callCount: 12,
  failureCount: 3,
  cancelledCount: 2,
  successRate: 0.75,
  trustFactor: 0.46,
  avgLatencyMs: 900,
  latencyP95Ms: 2500,
  avgTtftMs: 150,
  avgTokensPerSecond: 40,
  avgCostUsd: 0.002,
  costPer1mInput: 1,
  costPer1mOutput: 2,
  lastCallAt: '2026-01-01T00:00:00.500Z',
};
const namesAndValues = (entries: readonly ModelTelemetryEntry[]) =>
  parseExposition(renderExposition(telemetryFamilies(entries))).map(({ name, type, samples }) => {
    const labels = { model: 'meadow', provider: 'openai' };
    for (const sample of samples) expect(sample.labels).toEqual(labels);
    expect(type).toBe(name.endsWith('_total') ? 'counter' : 'gauge');
    return [name, samples.map(({ value }) => value)];
  });

describe('telemetryFamilies', () => {
  it('tells everything of a model in base units', () => {
    expect(Object.fromEntries(namesAndValues([entry]))).toEqual({
      corral_calls_total: [12],
      corral_call_failures_total: [3],
      corral_calls_cancelled_total: [2],
      corral_call_trust_factor: [0.46],
      corral_call_latency_mean_seconds: [0.9],
      corral_call_latency_p95_seconds: [2.5],
      corral_call_ttft_mean_seconds: [0.15],
      corral_call_tokens_per_second_mean: [40],
      corral_call_cost_mean_usd: [0.002],
      corral_call_last_timestamp_seconds: [1_767_225_600.5],
    });
  });

  it('leaves out what is unknown', () => {
    const unknown = { trustFactor: null, avgLatencyMs: null, latencyP95Ms: null, avgTtftMs: null };
    const more = { avgTokensPerSecond: null, avgCostUsd: null, lastCallAt: null };
    expect(namesAndValues([{ ...entry, ...unknown, ...more }]).map(([name]) => name)).toEqual([
      'corral_calls_total',
      'corral_call_failures_total',
      'corral_calls_cancelled_total',
    ]);
    expect(namesAndValues([])).toEqual([]);
  });
});
