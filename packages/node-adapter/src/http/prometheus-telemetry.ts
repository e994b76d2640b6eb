import type { ModelTelemetryEntry } from '@corral/core';
import type { MetricFamily } from './prometheus-exposition.js';
import { labelled, type Measure, measured, seconds, unixSeconds } from './prometheus-measures.js';

/** What is known of each model from the calls that were made of it. */
export function telemetryFamilies(entries: readonly ModelTelemetryEntry[]): MetricFamily[] {
  return measured(
    labelled(entries, ({ model, provider }) => ({ model, provider })),
    measures,
  );
}

const measures: readonly Measure<ModelTelemetryEntry>[] = [
  {
    name: 'corral_calls_total',
    help: 'Calls of a model that succeeded or failed.',
    type: 'counter',
    of: ({ callCount }) => callCount,
  },
  {
    name: 'corral_call_failures_total',
    help: 'Calls of a model that failed.',
    type: 'counter',
    of: ({ failureCount }) => failureCount,
  },
  {
    name: 'corral_calls_cancelled_total',
    help: 'Calls of a model that were called off; not in corral_calls_total.',
    type: 'counter',
    of: ({ cancelledCount }) => cancelledCount,
  },
  {
    name: 'corral_call_trust_factor',
    help: 'Lower bound of the success rate, 0 to 1; it falls with time without calls.',
    of: ({ trustFactor }) => trustFactor,
  },
  {
    name: 'corral_call_latency_mean_seconds',
    help: 'Mean duration of the calls that succeeded.',
    of: ({ avgLatencyMs }) => seconds(avgLatencyMs),
  },
  {
    name: 'corral_call_latency_p95_seconds',
    help: 'Duration that 95 % of the calls that succeeded did not exceed.',
    of: ({ latencyP95Ms }) => seconds(latencyP95Ms),
  },
  {
    name: 'corral_call_ttft_mean_seconds',
    help: 'Mean time to the first text, reasoning or tool call of the calls that succeeded.',
    of: ({ avgTtftMs }) => seconds(avgTtftMs),
  },
  {
    name: 'corral_call_tokens_per_second_mean',
    help: 'Mean speed of the calls that succeeded.',
    of: ({ avgTokensPerSecond }) => avgTokensPerSecond,
  },
  {
    name: 'corral_call_cost_mean_usd',
    help: 'Mean cost of the calls with a known one, in US dollars.',
    of: ({ avgCostUsd }) => avgCostUsd,
  },
  {
    name: 'corral_call_last_timestamp_seconds',
    help: 'When the model was called last, Unix time.',
    of: ({ lastCallAt }) => unixSeconds(lastCallAt),
  },
];
