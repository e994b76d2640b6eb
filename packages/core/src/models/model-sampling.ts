import { type Clock, isoTime } from '../clock.js';
import type { EventHub } from '../event-hub.js';
import type { HubEvents } from '../events.js';
import type { ManagedModel } from './managed-model.js';
import type { ModelStatus } from './model.js';
import { type ModelSample, modelMetrics } from './model-series.js';
import type { Slot } from './running-server.js';

/** What a tick of {@link ModelSampling} works on. */
export interface SamplingOptions {
  readonly events: EventHub<HubEvents>;
  readonly clock: Clock;
  readonly models: () => readonly ManagedModel[];
  /** Looks at the servers of others, whose models wait for it; our own do not. */
  readonly look: (signal: AbortSignal) => Promise<void>;
}

/** Asks every model once a tick, adds the slots to the series and announces what changed. */
export class ModelSampling {
  readonly #options: SamplingOptions;
  /** The facts that were announced last, by model. */
  readonly #announced = new WeakMap<ManagedModel, string>();
  #tick = 0;

  constructor(options: SamplingOptions) {
    this.#options = options;
  }

  /** The number of the last tick; it goes up with time, also over ticks that were missed. */
  get tick(): number {
    return this.#tick;
  }

  /** Everyone knows the present facts of this model: they were just announced. */
  knows(model: ManagedModel, status: ModelStatus = model.status()): void {
    this.#announced.set(model, slowFacts(status));
  }

  /** One tick. Never rejects. */
  async sampleAll(tick: number, signal: AbortSignal): Promise<void> {
    const { events, clock } = this.#options;
    // Side by side, under one deadline: a server of others that hangs must cost our own no check.
    const looked = this.#options.look(signal);
    const sampled = this.#options.models();
    const [slots] = await Promise.all([Promise.all(sampled.map((model) => model.sample(signal))), looked]);
    // From here to the event nothing waits: a snapshot holds either all slots of a tick or none.
    const missed = Math.max(0, tick - this.#tick - 1);
    this.#tick = tick;
    const samples: ModelSample[] = [];
    sampled.forEach(({ modelId, series }, i) => {
      const slot = rounded(slots[i] as Slot);
      series.pushGap(missed);
      const last = series.current();
      series.push(slot);
      if (modelMetrics.some((metric) => slot[metric] !== last[metric])) samples.push({ modelId, ...slot });
    });
    // A model found in the meantime was not asked; readers give it a slot all the same.
    const asked = new Set(sampled);
    for (const model of this.#options.models()) if (!asked.has(model)) model.series.pushGap(missed + 1);
    events.emit('models:sampled', { tick, at: isoTime(clock), samples });
    const present = new Set(this.#options.models());
    for (const model of sampled) if (present.has(model)) this.#announceUpdate(model);
  }

  #announceUpdate(managed: ManagedModel): void {
    const model = managed.status();
    const facts = slowFacts(model);
    if (this.#announced.get(managed) === facts) return;
    this.#announced.set(managed, facts);
    this.#options.events.emit('model:updated', { model });
  }
}

/** Digits beyond what is measured would be most of the bytes that travel: a thousandth, of a GB a thousandth of that. */
function rounded({ tokensPerSecond, memoryGb, latencyMs }: Slot): Slot {
  return {
    tokensPerSecond: tokensPerSecond === null ? null : Math.round(tokensPerSecond * 1e3) / 1e3,
    memoryGb: memoryGb === null ? null : Math.round(memoryGb * 1e6) / 1e6,
    latencyMs: latencyMs === null ? null : Math.round(latencyMs * 1e3) / 1e3,
  };
}

/** The facts whose change is worth an event; what changes with every tick travels with the samples. */
function slowFacts(model: ModelStatus): string {
  return JSON.stringify({
    ...model,
    uptimeSeconds: null,
    restartInSeconds: null,
    lastCheckedAt: null,
    latencyMs: null,
  });
}
