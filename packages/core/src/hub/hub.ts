import { type Clock, isoTime, systemClock } from '../clock.js';
import type { EventHub, Unsubscribe } from '../event-hub.js';
import type { HubEvents } from '../events.js';
import type { ModelAccess, ModelStatus, RejectedFile } from '../models/model.js';
import type { ModelManager } from '../models/model-manager.js';
import type { ModelSeriesView, ModelSeriesWire } from '../models/model-series.js';
import type { HubFace } from './hub-view.js';

/** Everything a reader needs to begin: the facts of one moment. */
export interface HubSnapshot {
  readonly models: readonly ModelStatus[];
  readonly rejected: readonly RejectedFile[];
  readonly metrics: readonly ModelSeriesWire[];
  /** ISO 8601, time of this snapshot. */
  readonly metricsTimestamp: string;
  /** The tick of the newest slot in `metrics`. */
  readonly tick: number;
  /** Milliseconds between two ticks. */
  readonly sampleIntervalMs: number;
}

/** What a {@link Hub} is built from. Adapters have a function that builds all of it. */
export interface HubOptions {
  readonly events: EventHub<HubEvents>;
  readonly models: ModelManager;
  readonly sampleIntervalMs: number;
  readonly clock?: Clock;
}

/** The services of one machine behind one snapshot and one stream of events. */
export class Hub implements HubFace {
  readonly connection = 'live';
  /** Every event of every service. */
  readonly events: EventHub<HubEvents>;
  /** The models service, with more than the face shows. */
  readonly modelManager: ModelManager;
  readonly #clock: Clock;
  readonly #sampleIntervalMs: number;

  constructor({ events, models, sampleIntervalMs, clock = systemClock }: HubOptions) {
    this.events = events;
    this.modelManager = models;
    this.#clock = clock;
    this.#sampleIntervalMs = sampleIntervalMs;
  }

  /** Scans for models and begins to sample. */
  async open(): Promise<void> {
    await this.modelManager.open();
  }

  /** Stops everything that this hub started; resolves when nothing is left. Idempotent. */
  async dispose(): Promise<void> {
    await this.modelManager.dispose();
    this.events.dispose();
  }

  /** The facts of this moment, JSON-safe. */
  snapshot(): HubSnapshot {
    return {
      models: this.models(),
      rejected: this.rejected(),
      metrics: this.modelManager.seriesWire(),
      metricsTimestamp: isoTime(this.#clock),
      tick: this.modelManager.tick,
      sampleIntervalMs: this.#sampleIntervalMs,
    };
  }

  models(): readonly ModelStatus[] {
    return this.modelManager.list();
  }

  model(modelId: string): ModelStatus | undefined {
    return this.modelManager.get(modelId);
  }

  rejected(): readonly RejectedFile[] {
    return this.modelManager.rejected;
  }

  series(modelId: string): ModelSeriesView | undefined {
    return this.modelManager.series(modelId);
  }

  subscribe<Name extends keyof HubEvents>(
    name: Name,
    listener: (payload: HubEvents[Name]) => void,
  ): Unsubscribe {
    return this.events.subscribe(name, listener);
  }

  async startModel(modelId: string): Promise<void> {
    this.modelManager.start(modelId);
  }

  async stopModel(modelId: string): Promise<void> {
    this.modelManager.stop(modelId);
  }

  async restartModel(modelId: string): Promise<void> {
    this.modelManager.restart(modelId);
  }

  async modelAccess(modelId: string): Promise<ModelAccess> {
    return this.modelManager.access(modelId);
  }
}
