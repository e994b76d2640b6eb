import { RingBuffer } from '../ring-buffer.js';

/** The three metrics of a model, in the order in which cards show them. */
export const modelMetrics = ['tokensPerSecond', 'memoryGb', 'latencyMs'] as const;

/** One of {@link modelMetrics}. */
export type ModelMetric = (typeof modelMetrics)[number];

/** What one tick found for one model. `null` means unknown. */
export interface ModelSample extends Readonly<Record<ModelMetric, number | null>> {
  readonly modelId: string;
}

/** Read access to one rolling window; `NaN` marks an unknown slot. */
export interface SeriesView {
  readonly length: number;
  at(index: number): number | undefined;
}

/** The rolling windows of one model. */
export type ModelSeriesView = Readonly<Record<ModelMetric, SeriesView>> & {
  /** Grows with every slot pushed, so that a reader can tell whether it has drawn the newest. */
  readonly version: number;
};

/** The three rolling windows of one model as they travel: 0 and `valid: false` where unknown. */
export interface ModelSeriesWire {
  readonly modelId: string;
  readonly tokensPerSecond: readonly number[];
  readonly currentTokensPerSecond: number | null;
  readonly memoryGb: readonly number[];
  readonly currentMemoryGb: number | null;
  readonly latencyMs: readonly number[];
  readonly currentLatencyMs: number | null;
  readonly valid: Readonly<Record<ModelMetric, readonly boolean[]>>;
}

/** Three windows of 20 slots, one slot a tick, always aligned: an unknown value takes a slot too. */
export class ModelSeries implements ModelSeriesView {
  readonly tokensPerSecond = new RingBuffer();
  readonly memoryGb = new RingBuffer();
  readonly latencyMs = new RingBuffer();
  #version = 0;

  get version(): number {
    return this.#version;
  }

  /** Adds one slot to each window; `null` becomes an unknown slot. */
  push(sample: Readonly<Record<ModelMetric, number | null>>): void {
    for (const metric of modelMetrics) this[metric].push(sample[metric] ?? Number.NaN);
    this.#version += 1;
  }

  /** Adds `count` unknown slots: a time about which nothing is known. */
  pushGap(count = 1): void {
    for (let i = 0; i < Math.min(count, this.tokensPerSecond.capacity); i++) {
      this.push({ tokensPerSecond: null, memoryGb: null, latencyMs: null });
    }
  }

  /** Adds the newest slot once more: nothing has changed. */
  repeatLast(): void {
    for (const metric of modelMetrics) this[metric].push(this[metric].last ?? Number.NaN);
    this.#version += 1;
  }

  /** The newest slot, `null` where unknown. */
  current(): Record<ModelMetric, number | null> {
    return {
      tokensPerSecond: known(this.tokensPerSecond.last),
      memoryGb: known(this.memoryGb.last),
      latencyMs: known(this.latencyMs.last),
    };
  }

  /** The windows as they travel. */
  toWire(modelId: string): ModelSeriesWire {
    const current = this.current();
    const tokensPerSecond = wireWindow(this.tokensPerSecond);
    const memoryGb = wireWindow(this.memoryGb);
    const latencyMs = wireWindow(this.latencyMs);
    return {
      modelId,
      tokensPerSecond: tokensPerSecond.values,
      currentTokensPerSecond: current.tokensPerSecond,
      memoryGb: memoryGb.values,
      currentMemoryGb: current.memoryGb,
      latencyMs: latencyMs.values,
      currentLatencyMs: current.latencyMs,
      valid: {
        tokensPerSecond: tokensPerSecond.valid,
        memoryGb: memoryGb.valid,
        latencyMs: latencyMs.valid,
      },
    };
  }

  /** Takes over windows that travelled, in place of its own. */
  replace(wire: ModelSeriesWire): void {
    for (const metric of modelMetrics) {
      this[metric].clear();
      wire[metric].forEach((value, i) => this[metric].push(wire.valid[metric][i] ? value : Number.NaN));
    }
    this.#version += 1;
  }
}

/** One loop for both lists: with a thousand models this is the most of a snapshot. */
function wireWindow(window: RingBuffer): { readonly values: number[]; readonly valid: boolean[] } {
  const values: number[] = [];
  const valid: boolean[] = [];
  for (let i = 0; i < window.length; i++) {
    const value = window.at(i) as number;
    const isKnown = !Number.isNaN(value);
    values.push(isKnown ? value : 0);
    valid.push(isKnown);
  }
  return { values, valid };
}

function known(value: number | undefined): number | null {
  return value === undefined || Number.isNaN(value) ? null : value;
}
