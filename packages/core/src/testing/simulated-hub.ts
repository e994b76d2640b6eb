import { CorralError } from '../errors.js';
import { EventHub, type Unsubscribe } from '../event-hub.js';
import type { HubConnection, HubEvents } from '../events.js';
import type { HubFace } from '../hub/hub-view.js';
import {
  defaultModelSettings,
  type ModelAccess,
  type ModelStatus,
  type RejectedFile,
} from '../models/model.js';
import {
  type ModelMetric,
  type ModelSample,
  ModelSeries,
  type ModelSeriesView,
} from '../models/model-series.js';
import { isRunning, type ModelState } from '../models/model-state.js';

/** A hub without servers, for stories, tests and screenshots: it has the face of a real one. */
export class SimulatedHub implements HubFace {
  /** Every command that was given, as `start <id>` and so on, oldest first. */
  readonly commands: string[] = [];
  readonly #events: EventHub<HubEvents>;
  readonly #models = new Map<string, ModelStatus>();
  readonly #series = new Map<string, ModelSeries>();
  #connection: HubConnection = 'live';
  #rejected: readonly RejectedFile[] = [];
  #tick = 0;

  /** @param models the models it begins with */
  constructor(
    models: readonly ModelStatus[] = [],
    onListenerError?: (error: unknown, eventName: string) => void,
  ) {
    this.#events = new EventHub(onListenerError);
    this.setModels(models);
  }

  get connection(): HubConnection {
    return this.#connection;
  }

  /** How many subscriptions are alive. */
  get listenerCount(): number {
    return this.#events.listenerCount;
  }

  models(): readonly ModelStatus[] {
    return [...this.#models.values()];
  }

  model(modelId: string): ModelStatus | undefined {
    return this.#models.get(modelId);
  }

  rejected(): readonly RejectedFile[] {
    return this.#rejected;
  }

  series(modelId: string): ModelSeriesView | undefined {
    return this.#series.get(modelId);
  }

  subscribe<Name extends keyof HubEvents>(
    name: Name,
    listener: (payload: HubEvents[Name]) => void,
  ): Unsubscribe {
    return this.#events.subscribe(name, listener);
  }

  async startModel(modelId: string): Promise<void> {
    this.#command('start', modelId);
    this.setState(modelId, 'starting');
    this.setState(modelId, 'ready');
  }

  async stopModel(modelId: string): Promise<void> {
    this.#command('stop', modelId);
    this.setState(modelId, 'stopping');
    this.setState(modelId, 'offline');
  }

  async restartModel(modelId: string): Promise<void> {
    this.#command('restart', modelId);
    this.setState(modelId, 'stopping');
    this.setState(modelId, 'offline');
    this.setState(modelId, 'starting');
    this.setState(modelId, 'ready');
  }

  async modelAccess(modelId: string): Promise<ModelAccess> {
    this.#command('access', modelId);
    return { baseUrl: 'http://127.0.0.1:8100', apiKey: 'simulated' };
  }

  /** Replaces the list of models. */
  setModels(models: readonly ModelStatus[], rejected: readonly RejectedFile[] = []): void {
    this.#models.clear();
    this.#rejected = rejected;
    for (const model of models) {
      this.#models.set(model.modelId, model);
      if (!this.#series.has(model.modelId)) this.#series.set(model.modelId, new ModelSeries());
    }
    for (const modelId of this.#series.keys()) if (!this.#models.has(modelId)) this.#series.delete(modelId);
    this.#events.emit('models:scanned', { models: this.models(), rejected });
  }

  /** Changes facts of a model. */
  update(modelId: string, facts: Partial<ModelStatus>): void {
    const model = { ...this.#require(modelId), ...facts };
    this.#models.set(modelId, model);
    this.#events.emit('model:updated', { model });
  }

  /** Puts a model into a state. */
  setState(modelId: string, state: ModelState): void {
    const before = this.#require(modelId);
    const runs = isRunning(state);
    const model: ModelStatus = {
      ...before,
      state,
      isHealthy: state === 'ready' || state === 'sleeping',
      pid: runs ? (before.pid ?? 4242) : null,
      startedAt: runs ? (before.startedAt ?? '2026-01-01T00:00:00.000Z') : null,
      uptimeSeconds: runs ? (before.uptimeSeconds ?? 0) : null,
    };
    this.#models.set(modelId, model);
    this.#events.emit('model:state-changed', { model, previousState: before.state });
  }

  /** Adds one slot to every series. Models without an entry repeat their last slot. */
  sample(values: Readonly<Record<string, Readonly<Record<ModelMetric, number | null>>>>): void {
    this.#tick += 1;
    const samples: ModelSample[] = [];
    for (const [modelId, series] of this.#series) {
      const value = Object.hasOwn(values, modelId) ? values[modelId] : undefined;
      if (value) samples.push({ modelId, ...value });
      if (value) series.push(value);
      else series.repeatLast();
    }
    this.#events.emit('models:sampled', {
      tick: this.#tick,
      at: new Date(this.#tick * 1000).toISOString(),
      samples,
    });
  }

  /** Adds `count` slots of pleasant waves to every model that runs, and unknown ones to the rest. */
  wave(count = 1): void {
    for (let i = 0; i < count; i++) {
      const phase = this.#tick;
      const values = [...this.#models.values()].map(
        (model, index): [string, Record<ModelMetric, number | null>] => {
          const runs = model.state === 'ready';
          const swing = Math.sin((phase + index * 5) / 3);
          return [
            model.modelId,
            {
              tokensPerSecond: runs ? Math.max(0, 42 + 18 * swing + index * 3) : null,
              memoryGb: runs ? 4.2 + index * 0.7 + 0.15 * Math.sin(phase / 9) : null,
              latencyMs: runs ? 6 + 3 * Math.cos((phase + index) / 2) : null,
            },
          ];
        },
      );
      this.sample(Object.fromEntries(values));
    }
  }

  /** Puts the connection of this view into a state. */
  setConnection(connection: HubConnection): void {
    const previous = this.#connection;
    this.#connection = connection;
    this.#events.emit('connection:changed', { connection, previous });
  }

  #command(name: string, modelId: string): void {
    this.#require(modelId);
    this.commands.push(`${name} ${modelId}`);
  }

  #require(modelId: string): ModelStatus {
    const model = this.#models.get(modelId);
    if (!model)
      throw new CorralError('unknown_model', 'Expected the id of a known model', { details: { modelId } });
    return model;
  }
}

/** A model for stories and tests: offline, with the facts given. */
export function simulatedModel(facts: Partial<ModelStatus> & { readonly modelId: string }): ModelStatus {
  const runs = facts.state !== undefined && isRunning(facts.state);
  return {
    filename: `${facts.modelId}.gguf`,
    sizeBytes: 4_200_000_000,
    assignedTier: 'fast',
    tierOverride: null,
    enabled: true,
    control: 'owned',
    port: 8100,
    pid: runs ? 4242 : null,
    state: 'offline',
    failureCode: null,
    isHealthy: facts.state === 'ready' || facts.state === 'sleeping',
    consecutiveFailures: 0,
    lastCheckedAt: null,
    latencyMs: null,
    errorMessage: null,
    requestCount: runs ? 0 : null,
    errorCount: runs ? 0 : null,
    totalResponseTimeMs: runs ? 0 : null,
    startedAt: runs ? '2026-01-01T00:00:00.000Z' : null,
    uptimeSeconds: runs ? 0 : null,
    settings: defaultModelSettings,
    ...facts,
  };
}
