import type { ModelMetric } from '@corral/core';

/** How a metric is shown. */
export interface MetricPreset {
  readonly label: string;
  /** Put right after the number, with its space. */
  readonly unit: string;
  readonly decimals: number;
  /** The token that colours it. */
  readonly color: '--_tokens' | '--_memory' | '--_latency';
  /** Where the scale begins: at zero, or at the smallest value in the window. */
  readonly baseline: 'zero' | 'smallest';
}

/** The three metrics of a model. */
export const metricPresets: Readonly<Record<ModelMetric, MetricPreset>> = {
  tokensPerSecond: { label: 'Tokens/sec', unit: ' t/s', decimals: 1, color: '--_tokens', baseline: 'zero' },
  memoryGb: { label: 'Memory', unit: ' GB', decimals: 2, color: '--_memory', baseline: 'smallest' },
  latencyMs: { label: 'Latency', unit: ' ms', decimals: 0, color: '--_latency', baseline: 'zero' },
};
