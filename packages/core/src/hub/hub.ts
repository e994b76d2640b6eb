import { type Clock, isoTime, systemClock } from '../clock.js';
import type { EventHub, Unsubscribe } from '../event-hub.js';
import type { HubEvents } from '../events.js';
import type { Job } from '../jobs/job.js';
import { JobRunner } from '../jobs/job-runner.js';
import { MetricsCollector } from '../metrics/metrics-collector.js';
import type { MetricsSnapshot, MetricsWindow } from '../metrics/metrics-snapshot.js';
import type { ModelAccess, ModelPatch, ModelStatus, RejectedFile, SettingsPatch } from '../models/model.js';
import type { ModelDefaults } from '../models/model-choices.js';
import type { ModelDetails } from '../models/model-details.js';
import type { ModelManager } from '../models/model-manager.js';
import type { ModelSeriesView, ModelSeriesWire } from '../models/model-series.js';
import type { BulkProgress } from '../models/ports.js';
import type { AttachRequest } from '../registry/attached-endpoints.js';
import type { Endpoint } from '../registry/endpoint.js';
import { LlmRegistry, type RegistrySnapshot } from '../registry/llm-registry.js';
import type { RegisterRequest } from '../registry/watched-endpoints.js';
import type { ModelTelemetryEntry } from '../telemetry/model-call.js';
import { ModelTelemetry } from '../telemetry/model-telemetry.js';
import type { HubActivity, HubFace } from './hub-view.js';

/** Everything a reader needs to begin: the facts of one moment. */
export interface HubSnapshot {
  readonly models: readonly ModelStatus[];
  readonly rejected: readonly RejectedFile[];
  readonly metrics: readonly ModelSeriesWire[];
  readonly defaults: ModelDefaults;
  /** The fleet. */
  readonly registry: RegistrySnapshot;
  /** The latest reading of each metrics backend. */
  readonly backends: readonly MetricsSnapshot[];
  /** Every job that has not ended, and the latest that have. */
  readonly jobs: readonly Job[];
  readonly telemetry: readonly ModelTelemetryEntry[];
  readonly activity: HubActivity;
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
  /** Default: one in which nothing can be registered. */
  readonly registry?: LlmRegistry;
  /** Default: one without backends, which never runs. */
  readonly metrics?: MetricsCollector;
  /** Default: one without an executor, to which nothing can be submitted. */
  readonly jobs?: JobRunner;
  /** Default: one that keeps nothing. */
  readonly telemetry?: ModelTelemetry;
  /** Short codes of what does not work as it should, such as `store_not_persistent`. Default: nothing. */
  readonly degraded?: readonly string[];
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
  /** The fleet service, with more than the face shows. */
  readonly llmRegistry: LlmRegistry;
  /** The numbers of hosts and queues. */
  readonly metricsCollector: MetricsCollector;
  /** The jobs service. */
  readonly jobs: JobRunner;
  /** The telemetry of models; give it the calls that you make yourself. */
  readonly modelTelemetry: ModelTelemetry;
  /** Short codes of what does not work as it should, such as `store_not_persistent`. */
  readonly degraded: readonly string[];
  readonly #clock: Clock;
  readonly #collects: boolean;
  readonly #sampleIntervalMs: number;

  constructor(options: HubOptions) {
    const { events, models, registry, metrics, jobs, telemetry, clock = systemClock } = options;
    this.events = events;
    this.modelManager = models;
    this.llmRegistry = registry ?? new LlmRegistry({ events, clock });
    this.#collects = metrics !== undefined;
    this.metricsCollector = metrics ?? new MetricsCollector([], { clock });
    this.#clock = clock;
    this.jobs = jobs ?? new JobRunner({ events, clock });
    this.modelTelemetry = telemetry ?? new ModelTelemetry({ events, clock });
    this.degraded = options.degraded ?? [];
    this.#sampleIntervalMs = options.sampleIntervalMs;
  }

  /** Scans for models, and begins to sample and to watch the fleet. */
  async open(): Promise<void> {
    await this.modelTelemetry.open();
    await this.llmRegistry.open();
    await this.modelManager.open();
    // Last: a job that goes on needs the models.
    await this.jobs.open();
    if (this.#collects) this.metricsCollector.start();
  }

  /** Stops everything that this hub started; resolves when nothing is left. Idempotent. */
  async dispose(): Promise<void> {
    await this.jobs.dispose();
    await this.metricsCollector.stop();
    await Promise.all([
      this.modelManager.dispose(),
      this.llmRegistry.dispose(),
      this.modelTelemetry.dispose(),
    ]);
    this.events.dispose();
  }

  /** Wall time of this hub, ISO 8601: the time of a snapshot taken now. */
  get metricsTimestamp(): string {
    return isoTime(this.#clock);
  }

  /** The facts of this moment, JSON-safe. */
  snapshot(): HubSnapshot {
    return {
      models: this.models(),
      rejected: this.rejected(),
      metrics: this.modelManager.seriesWire(),
      defaults: this.defaults(),
      registry: this.registry(),
      backends: this.backends(),
      jobs: this.jobs.recent(),
      telemetry: this.telemetry(),
      activity: this.activity(),
      metricsTimestamp: this.metricsTimestamp,
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

  defaults(): ModelDefaults {
    return this.modelManager.defaults;
  }

  registry(): RegistrySnapshot {
    return this.llmRegistry.snapshot();
  }

  backends(): readonly MetricsSnapshot[] {
    return this.metricsCollector.latest();
  }

  telemetry(): readonly ModelTelemetryEntry[] {
    return this.modelTelemetry.entries();
  }

  activity(): HubActivity {
    return this.modelManager.activity;
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

  startModel(modelId: string): Promise<void> {
    return this.modelManager.start(modelId);
  }

  stopModel(modelId: string): Promise<void> {
    return this.modelManager.stop(modelId);
  }

  restartModel(modelId: string): Promise<void> {
    return this.modelManager.restart(modelId);
  }

  async startAllModels(): Promise<BulkProgress> {
    return this.modelManager.startAll();
  }

  async stopAllModels(): Promise<BulkProgress> {
    return this.modelManager.stopAll();
  }

  async rescanModels(): Promise<void> {
    void this.modelManager.scan();
  }

  updateModel(modelId: string, patch: ModelPatch): Promise<ModelStatus> {
    return this.modelManager.update(modelId, patch);
  }

  updateDefaults(settings: SettingsPatch): Promise<ModelDefaults> {
    return this.modelManager.updateDefaults(settings);
  }

  async attachEndpoint(request: AttachRequest): Promise<Endpoint> {
    return this.modelManager.attach(request);
  }

  async registerEndpoint(request: RegisterRequest): Promise<Endpoint> {
    return this.llmRegistry.register(request);
  }

  async removeEndpoint(endpointId: string): Promise<void> {
    await (this.#isAttached(endpointId)
      ? this.modelManager.detach(endpointId)
      : this.llmRegistry.remove(endpointId));
  }

  async checkEndpoint(endpointId: string): Promise<Endpoint> {
    return this.#isAttached(endpointId)
      ? this.modelManager.checkEndpoint(endpointId)
      : this.llmRegistry.check(endpointId);
  }

  async metricsWindow(windowS: number): Promise<readonly MetricsWindow[]> {
    return this.metricsCollector.window(windowS);
  }

  async modelDetails(modelId: string): Promise<ModelDetails> {
    return this.modelManager.details(modelId);
  }

  async modelAccess(modelId: string): Promise<ModelAccess> {
    return this.modelManager.access(modelId);
  }

  #isAttached(endpointId: string): boolean {
    return this.modelManager.endpoints.some(({ id }) => id === endpointId);
  }
}
