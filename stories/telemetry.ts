import type { ModelTelemetryEntry } from '@corral/core';
import { SimulatedHub } from '@corral/core/testing';
import { secondsAgo } from './fleet.js';

type Row = readonly [
  provider: string,
  model: string,
  calls: number,
  failures: number,
  trust: number,
  latencyMs: number,
  price: readonly [input: number, output: number] | null,
];

const rows: readonly Row[] = [
  ['anthropic', 'claude-sonnet-4-5', 412, 3, 0.981, 2140, [3, 15]],
  ['deepseek', 'deepseek-chat', 96, 14, 0.774, 3910, [0.27, 1.1]],
  ['google', 'gemini-2.5-flash', 233, 2, 0.973, 890, [0.3, 2.5]],
  ['kimi', 'kimi-k2', 41, 0, 0.914, 1730, [0.6, 2.5]],
  ['llama-server', 'llama-3.2-3b-instruct-Q4_K_M', 1284, 9, 0.987, 640, [0.0042, 0.0181]],
  ['llama-server', 'mistral-7b-instruct-v0.3-Q3_K_M', 77, 31, 0.491, 5230, null],
  ['openai', 'gpt-5-mini', 188, 1, 0.971, 1260, [0.25, 2]],
];

/** What is known of the models of several providers. */
export function sampleTelemetry(): ModelTelemetryEntry[] {
  return rows.map(([provider, model, callCount, failureCount, trustFactor, avgLatencyMs, price], i) => ({
    provider,
    model,
    callCount,
    failureCount,
    cancelledCount: i % 3,
    successRate: (callCount - failureCount) / callCount,
    trustFactor,
    avgLatencyMs,
    latencyP95Ms: avgLatencyMs * 2.4,
    avgTtftMs: avgLatencyMs / 5,
    avgTokensPerSecond: 18 + 7 * i,
    avgCostUsd: price && (price[0] * 1200 + price[1] * 400) / 1e6,
    costPer1mInput: price?.[0] ?? null,
    costPer1mOutput: price?.[1] ?? null,
    lastCallAt: secondsAgo(7 + 40 * i),
  }));
}

/** A hub whose models are called once a second. */
export function telemetryHub(): SimulatedHub {
  const hub = new SimulatedHub();
  hub.setTelemetry(sampleTelemetry());
  hub.subscribe('models:sampled', () => {
    hub.setTelemetry(
      hub.telemetry().map((entry) => {
        const callCount = entry.callCount + 1;
        const successRate = (callCount - entry.failureCount) / callCount;
        return { ...entry, callCount, successRate, lastCallAt: secondsAgo(0) };
      }),
    );
  });
  return hub;
}
