import * as z from 'zod/mini';
import type { TokenPrice } from '../jobs/ports.js';
import { LatencySketch } from './latency-sketch.js';
import type { ModelCall, ModelTelemetryEntry, StoredTelemetry, TelemetryKey } from './model-call.js';
import { joinedEvidence, noEvidence, trustFactor, withCall } from './trust-factor.js';

const count = z.int().check(z.minimum(0));
const amount = z.number().check(z.minimum(0));
const meanDocument = z.object({ sum: amount, count });
const recordDocument = z.object({
  ok: count,
  failed: count,
  cancelled: count,
  evidence: z.object({ good: amount, bad: amount, atMs: z.number() }),
  latencyMs: meanDocument,
  latencies: z.object({
    zeros: count,
    min: z.nullable(amount),
    max: z.nullable(amount),
    buckets: z.array(z.int()),
  }),
  ttftMs: meanDocument,
  tokensPerSecond: meanDocument,
  costUsd: meanDocument,
  price: z.nullable(z.object({ inputUsdPer1M: amount, outputUsdPer1M: amount })),
  // As far as a date reaches.
  lastCallMs: z.number().check(z.minimum(0), z.maximum(8.64e15)),
});

/** An exact average: as exact as adding up is. */
interface Mean {
  readonly sum: number;
  readonly count: number;
}

const noMean: Mean = { sum: 0, count: 0 };

/** Everything that is kept of the calls of one model. Its size does not depend on how many there were. */
export class ModelRecord {
  readonly model: string;
  readonly provider: string;
  #counts = { ok: 0, failed: 0, cancelled: 0 };
  #evidence = noEvidence;
  #latencyMs = noMean;
  #latencies = new LatencySketch();
  #ttftMs = noMean;
  #tokensPerSecond = noMean;
  #costUsd = noMean;
  #price: TokenPrice | null = null;
  #lastCallMs = 0;

  /** @param key cleaned names */
  constructor({ model, provider }: TelemetryKey) {
    this.model = model;
    this.provider = provider;
  }

  /** Wall time of the last call in ms since the epoch. */
  get lastCallMs(): number {
    return this.#lastCallMs;
  }

  /** Takes a call in. @param nowMs wall time in ms since the epoch */
  add(call: ModelCall, nowMs: number): void {
    const { outcome } = call;
    this.#counts[outcome] += 1;
    this.#evidence = withCall(this.#evidence, outcome, nowMs);
    this.#price = soundPrice(call.price);
    this.#lastCallMs = nowMs;
    if (outcome !== 'cancelled') this.#costUsd = withValue(this.#costUsd, call.costUsd);
    if (outcome !== 'ok') return;
    const latencyMs = sound(call.latencyMs);
    if (latencyMs !== null) this.#latencies.add(latencyMs);
    this.#latencyMs = withValue(this.#latencyMs, latencyMs);
    this.#ttftMs = withValue(this.#ttftMs, call.ttftMs);
    this.#tokensPerSecond = withValue(this.#tokensPerSecond, call.tokensPerSecond);
  }

  /** Adds all calls of another one; the facts of the last call are those of this one, if it had any. */
  merge(other: ModelRecord): void {
    const isNewer = this.#lastCallMs >= other.#lastCallMs;
    for (const outcome of ['ok', 'failed', 'cancelled'] as const)
      this.#counts[outcome] += other.#counts[outcome];
    this.#evidence = joinedEvidence(this.#evidence, other.#evidence);
    this.#latencyMs = joined(this.#latencyMs, other.#latencyMs);
    this.#latencies.merge(other.#latencies);
    this.#ttftMs = joined(this.#ttftMs, other.#ttftMs);
    this.#tokensPerSecond = joined(this.#tokensPerSecond, other.#tokensPerSecond);
    this.#costUsd = joined(this.#costUsd, other.#costUsd);
    if (isNewer) return;
    this.#price = other.#price;
    this.#lastCallMs = other.#lastCallMs;
  }

  /** What is told of it. @param nowMs wall time in ms since the epoch */
  entry(nowMs: number): ModelTelemetryEntry {
    const { ok, failed, cancelled } = this.#counts;
    const callCount = ok + failed;
    return {
      model: this.model,
      provider: this.provider,
      callCount,
      failureCount: failed,
      cancelledCount: cancelled,
      successRate: callCount === 0 ? null : ok / callCount,
      trustFactor: callCount === 0 ? null : trustFactor(this.#evidence, nowMs),
      avgLatencyMs: average(this.#latencyMs),
      latencyP95Ms: this.#latencies.quantile(0.95),
      avgTtftMs: average(this.#ttftMs),
      avgTokensPerSecond: average(this.#tokensPerSecond),
      avgCostUsd: average(this.#costUsd),
      costPer1mInput: this.#price?.inputUsdPer1M ?? null,
      costPer1mOutput: this.#price?.outputUsdPer1M ?? null,
      lastCallAt: new Date(this.#lastCallMs).toISOString(),
    };
  }

  /** What {@link ModelRecord.parse} makes the same of. */
  toStored(): StoredTelemetry {
    const document = {
      ...this.#counts,
      evidence: this.#evidence,
      latencyMs: this.#latencyMs,
      latencies: this.#latencies.toDocument(),
      ttftMs: this.#ttftMs,
      tokensPerSecond: this.#tokensPerSecond,
      costUsd: this.#costUsd,
      price: this.#price,
      lastCallMs: this.#lastCallMs,
    };
    return { model: this.model, provider: this.provider, document };
  }

  /** A record from what was stored; `undefined` for what is none. */
  static parse({ model, provider, document }: StoredTelemetry): ModelRecord | undefined {
    const parsed = recordDocument.safeParse(document);
    const latencies = parsed.success ? LatencySketch.parse(parsed.data.latencies) : undefined;
    if (!parsed.success || !latencies) return undefined;
    const {
      ok,
      failed,
      cancelled,
      evidence,
      latencyMs,
      ttftMs,
      tokensPerSecond,
      costUsd,
      price,
      lastCallMs,
    } = parsed.data;
    const record = new ModelRecord({ model, provider });
    record.#counts = { ok, failed, cancelled };
    record.#evidence = evidence;
    record.#latencyMs = latencyMs;
    record.#latencies = latencies;
    record.#ttftMs = ttftMs;
    record.#tokensPerSecond = tokensPerSecond;
    record.#costUsd = costUsd;
    record.#price = price;
    record.#lastCallMs = lastCallMs;
    return record;
  }
}

/** A number that can be one; `null` for any other, so that one bad value does not spoil a sum for ever. */
function sound(value: unknown): number | null {
  // So large a value is a mistake, and enough of them would make a sum infinite.
  const isSound = typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER;
  // Without the sign of -0, which JSON does not keep.
  return isSound ? Math.abs(value) : null;
}

function soundPrice(price: TokenPrice | null | undefined): TokenPrice | null {
  const inputUsdPer1M = sound(price?.inputUsdPer1M);
  const outputUsdPer1M = sound(price?.outputUsdPer1M);
  return inputUsdPer1M === null || outputUsdPer1M === null ? null : { inputUsdPer1M, outputUsdPer1M };
}

function withValue(mean: Mean, value: number | null): Mean {
  const known = sound(value);
  return known === null ? mean : { sum: mean.sum + known, count: mean.count + 1 };
}

function joined(a: Mean, b: Mean): Mean {
  return { sum: a.sum + b.sum, count: a.count + b.count };
}

function average({ sum, count }: Mean): number | null {
  return count === 0 ? null : sum / count;
}
