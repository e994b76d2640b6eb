import { CorralError } from '../errors.js';
import { EventHub, type Unsubscribe } from '../event-hub.js';
import type { HubConnection, HubEvents } from '../events.js';
import type { AccessScope } from '../hub/access-scope.js';
import type { HubActivity, HubFace } from '../hub/hub-view.js';
import type { MetricsSnapshot, MetricsWindow } from '../metrics/metrics-snapshot.js';
import { InMemoryModelStore } from '../models/in-memory-model-store.js';
import type { ModelAccess, ModelPatch, ModelStatus, RejectedFile, SettingsPatch } from '../models/model.js';
import { ChoiceBook, type ModelDefaults } from '../models/model-choices.js';
import { MeasuredValues, type ModelDetails } from '../models/model-details.js';
import {
  type ModelMetric,
  type ModelSample,
  ModelSeries,
  type ModelSeriesView,
} from '../models/model-series.js';
import { defaultModelSettings } from '../models/model-settings.js';
import { isRunning, type ModelState } from '../models/model-state.js';
import { PortAllocator } from '../models/port-range.js';
import type { BulkProgress } from '../models/ports.js';
import type { AttachRequest } from '../registry/attached-endpoints.js';
import type { Endpoint } from '../registry/endpoint.js';
import type { RegistrySnapshot } from '../registry/llm-registry.js';
import type { RegisterRequest } from '../registry/watched-endpoints.js';
import type { ModelTelemetryEntry } from '../telemetry/model-call.js';
import { SimulatedFleet, simulatedEndpoint } from './simulated-fleet.js';
import { SimulatedJobs } from './simulated-jobs.js';

/** A hub without servers, for stories, tests and screenshots: it has the face of a real one. */
export class SimulatedHub implements HubFace {
  /** Every command that was given, as `start <id>` and so on, oldest first. */
  readonly commands: string[] = [];
  readonly #events: EventHub<HubEvents>;
  readonly #models = new Map<string, ModelStatus>();
  readonly #series = new Map<string, ModelSeries>();
  readonly #fleet: SimulatedFleet;
  /** The jobs that it shows, to be set as one likes. */
  readonly jobs: SimulatedJobs;
  #telemetry: readonly ModelTelemetryEntry[] = [];
  /** What this view may ask for. */
  scope: AccessScope | undefined;
  readonly #details = new Map<string, ModelDetails>();
  #connection: HubConnection = 'live';
  readonly #choices = new ChoiceBook(new InMemoryModelStore(), new PortAllocator(), defaultModelSettings);
  #activity: HubActivity = { scan: null, bulk: null };
  #rejected: readonly RejectedFile[] = [];
  #tick = 0;

  /** @param models the models it begins with */
  constructor(
    models: readonly ModelStatus[] = [],
    onListenerError?: (error: unknown, eventName: string) => void,
  ) {
    this.#events = new EventHub(onListenerError);
    this.#fleet = new SimulatedFleet(this.#events);
    this.jobs = new SimulatedJobs(this.#events, (command) => void this.commands.push(command));
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

  defaults(): ModelDefaults {
    return this.#choices.defaults;
  }

  registry(): RegistrySnapshot {
    return this.#fleet.snapshot();
  }

  backends(): readonly MetricsSnapshot[] {
    return this.#fleet.backends;
  }

  telemetry(): readonly ModelTelemetryEntry[] {
    return this.#telemetry;
  }

  activity(): HubActivity {
    return this.#activity;
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

  async startAllModels(): Promise<BulkProgress> {
    return this.#bulk('start', (state) => !isRunning(state), ['starting', 'ready']);
  }

  async stopAllModels(): Promise<BulkProgress> {
    return this.#bulk('stop', isRunning, ['stopping', 'offline']);
  }

  async rescanModels(): Promise<void> {
    this.commands.push('rescan');
    this.setModels(this.models(), this.#rejected);
  }

  async updateModel(modelId: string, patch: ModelPatch): Promise<ModelStatus> {
    this.#command('update', modelId);
    const { enabled, pinned, tierOverride, port, overrides } = await this.#choices.change(modelId, patch);
    const chosen = { enabled, pinned, tierOverride, fixedPort: port, overrides };
    const asked = Object.keys(patch).map((name) => fieldNames[name] ?? name);
    const facts = Object.fromEntries(Object.entries(chosen).filter(([name]) => asked.includes(name)));
    this.update(modelId, {
      ...facts,
      settings: { ...this.defaults().settings, ...overrides },
      restartNeeded: patch.settings !== undefined && isRunning(this.#require(modelId).state),
    });
    return this.#require(modelId);
  }

  async updateDefaults(settings: SettingsPatch): Promise<ModelDefaults> {
    this.commands.push('defaults');
    const defaults = await this.#choices.changeDefaults(settings);
    this.#events.emit('models:defaults-changed', { defaults });
    return defaults;
  }

  async attachEndpoint({ url, name = url }: AttachRequest): Promise<Endpoint> {
    this.commands.push(`attach ${url}`);
    return this.#fleet.add(simulatedEndpoint({ id: url, name, origin: 'attached', kind: 'llama-server' }));
  }

  async registerEndpoint({ host, port = 11_434, name }: RegisterRequest): Promise<Endpoint> {
    this.commands.push(`register ${host}:${port}`);
    const id = `${host}:${port}`;
    return this.#fleet.add(simulatedEndpoint({ id, host, port: Number(port), ...(name && { name }) }));
  }

  async removeEndpoint(endpointId: string): Promise<void> {
    this.commands.push(`remove ${endpointId}`);
    this.#fleet.remove(endpointId);
  }

  async checkEndpoint(endpointId: string): Promise<Endpoint> {
    this.commands.push(`check ${endpointId}`);
    return this.#fleet.require(endpointId);
  }

  async metricsWindow(windowS: number): Promise<readonly MetricsWindow[]> {
    return this.#fleet.window(windowS);
  }

  async modelDetails(modelId: string): Promise<ModelDetails> {
    this.#require(modelId);
    return this.#details.get(modelId) ?? { modelId, values: new MeasuredValues().list(0), logTail: [] };
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

  /** The endpoints, hosts and readings that it shows, to be set as one likes. */
  get fleet(): SimulatedFleet {
    return this.#fleet;
  }

  /** Replaces what is known of the calls of models. */
  setTelemetry(models: readonly ModelTelemetryEntry[]): void {
    this.#telemetry = models;
    this.#events.emit('telemetry:recorded', { models });
  }

  /** What is answered when someone looks at a model closely. */
  setDetails(details: ModelDetails): void {
    this.#details.set(details.modelId, details);
  }

  /** Says how far something that takes long has come. */
  setActivity(activity: HubActivity): void {
    this.#activity = activity;
    if (activity.scan) this.#events.emit('models:scan-progressed', activity.scan);
    if (activity.bulk) this.#events.emit('models:bulk-progressed', activity.bulk);
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

  #bulk(
    action: 'start' | 'stop',
    isMeant: (state: ModelState) => boolean,
    path: readonly ModelState[],
  ): BulkProgress {
    this.commands.push(`${action}-all`);
    const meant = this.models().filter((model) => model.control === 'owned' && isMeant(model.state));
    for (const { modelId } of meant) for (const state of path) this.setState(modelId, state);
    const progress = { action, done: meant.length, total: meant.length, failed: 0 };
    this.#events.emit('models:bulk-progressed', progress);
    return progress;
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

/** What a patch calls otherwise than a status does. */
const fieldNames: Readonly<Record<string, string>> = { port: 'fixedPort', settings: 'overrides' };
