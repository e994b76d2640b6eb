import type { ModelCall, ModelTelemetryEntry } from './model-call.js';

/** A call, and when it is made, in ms after the start. */
export interface ScriptedCall {
  readonly afterMs: number;
  readonly call: ModelCall;
}

const models = [
  { model: 'gpt-5', provider: 'openai', price: { inputUsdPer1M: 1.25, outputUsdPer1M: 10 } },
  { model: 'gpt-5-mini', provider: 'openai', price: { inputUsdPer1M: 0.25, outputUsdPer1M: 2 } },
  { model: 'claude', provider: 'anthropic', price: { inputUsdPer1M: 3, outputUsdPer1M: 15 } },
  { model: 'qwen-7b', provider: 'llama-server', price: null },
] as const;

/** Calls of four models over some 100 days, the same for the same seed: slow and quick, good and bad, known and unknown. */
export function scriptedCalls(count: number, seed = 1): ScriptedCall[] {
  const random = randomOf(seed);
  const maybe = (value: number): number | null => (random() < 0.2 ? null : value);
  let afterMs = 0;
  return Array.from({ length: count }, () => {
    afterMs += Math.floor(random() * 200 * 86_400_000 * (1 / count));
    const { model, provider, price } = models[Math.floor(random() * models.length)] ?? models[0];
    const luck = random();
    const inputTokens = maybe(Math.floor(random() * 4000));
    const outputTokens = maybe(Math.floor(random() * 900));
    const isPriced = price !== null && inputTokens !== null && outputTokens !== null;
    const call: ModelCall = {
      model,
      provider,
      outcome: luck < 0.07 ? 'failed' : luck < 0.1 ? 'cancelled' : 'ok',
      // Log-normal, as latencies are, with a second heap of cold starts.
      latencyMs: Math.exp(6 + 1.2 * (random() + random() + random() - 1.5)) * (random() < 0.08 ? 30 : 1),
      ttftMs: maybe(20 + random() * 400),
      inputTokens,
      outputTokens,
      tokensPerSecond: maybe(5 + random() * 80),
      costUsd: isPriced
        ? (inputTokens * price.inputUsdPer1M + outputTokens * price.outputUsdPer1M) / 1e6
        : null,
      price,
    };
    return { afterMs, call };
  });
}

/** What telemetry has to be after these calls, worked out from all of them at once, the plain way. */
export function expectedEntries(
  script: readonly ScriptedCall[],
  startMs: number,
  nowMs: number,
): ModelTelemetryEntry[] {
  const keys = [...new Set(script.map(({ call }) => `${call.provider} ${call.model}`))].sort();
  return keys.map((key) => {
    const all = script.filter(({ call }) => `${call.provider} ${call.model}` === key);
    const counted = all.filter(({ call }) => call.outcome !== 'cancelled');
    const good = all.filter(({ call }) => call.outcome === 'ok');
    const weight = (calls: readonly ScriptedCall[]): number =>
      sum(calls.map(({ afterMs }) => Math.exp((-Math.LN2 * (nowMs - startMs - afterMs)) / (7 * 86_400_000))));
    const last = all.at(-1);
    const latencies = good.map(({ call }) => call.latencyMs).sort((a, b) => a - b);
    return {
      model: last?.call.model ?? '',
      provider: last?.call.provider ?? '',
      callCount: counted.length,
      failureCount: counted.length - good.length,
      cancelledCount: all.length - counted.length,
      successRate: good.length / counted.length,
      trustFactor: wilson(weight(good), weight(counted)),
      avgLatencyMs: mean(latencies),
      latencyP95Ms: latencies[Math.ceil(0.95 * latencies.length) - 1] ?? null,
      avgTtftMs: mean(good.map(({ call }) => call.ttftMs)),
      avgTokensPerSecond: mean(good.map(({ call }) => call.tokensPerSecond)),
      avgCostUsd: mean(counted.map(({ call }) => call.costUsd)),
      costPer1mInput: last?.call.price?.inputUsdPer1M ?? null,
      costPer1mOutput: last?.call.price?.outputUsdPer1M ?? null,
      lastCallAt: new Date(startMs + (last?.afterMs ?? 0)).toISOString(),
    };
  });
}

/** As Wilson wrote it down. */
function wilson(good: number, all: number): number {
  const [p, z] = [good / all, 1.96];
  const root = z * Math.sqrt((p * (1 - p)) / all + z ** 2 / (4 * all ** 2));
  return (p + z ** 2 / (2 * all) - root) / (1 + z ** 2 / all);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function mean(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : sum(known) / known.length;
}

/** Mulberry32. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 4_294_967_296;
  };
}
