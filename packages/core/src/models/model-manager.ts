import { type Clock, systemClock } from '../clock.js';
import { CorralError } from '../errors.js';
import type { EventHub } from '../event-hub.js';
import type { HubEvents } from '../events.js';
import { limits } from '../limits.js';
import { AttachedEndpoints, type AttachRequest } from '../registry/attached-endpoints.js';
import { AttachedModel } from '../registry/attached-model.js';
import type { Endpoint, EndpointStore } from '../registry/endpoint.js';
import type { BackendConnector } from '../registry/ports.js';
import { Sampler } from '../sampler.js';
import { BulkCommand } from './bulk-command.js';
import { InMemoryModelStore } from './in-memory-model-store.js';
import { type ManagedModel, noChoices } from './managed-model.js';
import type { ModelAccess, ModelPatch, ModelStatus, RejectedFile, SettingsPatch } from './model.js';
import { ChoiceBook, type ModelDefaults } from './model-choices.js';
import type { ModelDetails } from './model-details.js';
import { ModelSampling } from './model-sampling.js';
import type { ModelSeriesView, ModelSeriesWire } from './model-series.js';
import { defaultModelSettings, type ModelSettings } from './model-settings.js';
import { ModelWaiter } from './model-waiter.js';
import { OwnedModels, type OwnedModelsOptions } from './owned-models.js';
import { PortAllocator, type PortRange } from './port-range.js';
import type { BulkProgress, LeftRunning, ModelStore, Progress } from './ports.js';
import { SavedSeries } from './saved-series.js';

/** The ports and choices that a {@link ModelManager} is built from. */
export interface ModelManagerOptions extends OwnedModelsOptions {
  readonly events: EventHub<HubEvents>;
  /** Recognises servers of others; without it none can be attached. */
  readonly connector?: BackendConnector;
  /** Keeps what people choose. Default: for as long as the process lives. */
  readonly store?: ModelStore;
  /** Keeps attached servers. Default: for as long as the process lives. */
  readonly endpointStore?: EndpointStore;
  /** Whether an endpoint of this id is watched by someone else, so that it is not attached too. Default: never. */
  readonly isEndpointTaken?: (endpointId: string) => boolean;
  readonly clock?: Clock;
  /** Default: 8100–8199. */
  readonly portRange?: PortRange;
  /** Time between two samples in ms. Default: 1000. */
  readonly sampleIntervalMs?: number;
  /** What models run with that have no settings of their own, until a person changes it. */
  readonly settings?: ModelSettings;
  /** Makes a stable id out of the address and name of an attached model. Default: the text itself. */
  readonly idOf?: (text: string) => string;
  /** Servers that an earlier hub left running; those whose model is gone are stopped. */
  readonly leftRunning?: readonly LeftRunning[];
  /** What becomes of running servers when the manager is disposed. Default: `stop`. */
  readonly onExit?: 'stop' | 'adopt';
}

/**
 * Finds models, runs their servers, watches the servers of others, and samples them all.
 *
 * Commands resolve when they are accepted and reject only for misuse; what follows is announced on the event hub. Use
 * {@link whenReady} and {@link whenStopped} to wait.
 */
export class ModelManager {
  readonly #options: ModelManagerOptions;
  readonly #events: EventHub<HubEvents>;
  readonly #choices: ChoiceBook;
  readonly #owned: OwnedModels;
  readonly #endpoints: AttachedEndpoints;
  readonly #sampling: ModelSampling;
  readonly #sampler: Sampler;
  readonly #bulk: BulkCommand;
  readonly #waiter: ModelWaiter;
  readonly #saved: SavedSeries;
  #disposed = false;
  #opening: Promise<void> = Promise.resolve();

  constructor(options: ModelManagerOptions) {
    const { events, clock = systemClock, store = new InMemoryModelStore() } = options;
    const models = (): ManagedModel[] => this.#all();
    const ports = new PortAllocator(options.portRange);
    this.#options = options;
    this.#events = events;
    this.#choices = new ChoiceBook(store, ports, options.settings ?? defaultModelSettings);
    this.#owned = new OwnedModels(options, {
      clock,
      ports,
      choices: this.#choices,
      onStateChanged: this.#announce,
      onProgress: (progress) => events.emit('models:scan-progressed', progress),
      onScanned: () => this.#announceModels(),
    });
    this.#endpoints = new AttachedEndpoints({
      connector: options.connector,
      store: options.endpointStore,
      isTaken: options.isEndpointTaken,
      clock,
      idOf: options.idOf ?? ((text) => text),
      addModel: (modelId, name, host) => {
        const choices = this.#choices.of(modelId) ?? noChoices;
        const onStateChanged = this.#announce;
        return new AttachedModel({ modelId, name, host, clock, choices, onStateChanged });
      },
      onChanged: () => this.#announceEndpoints(),
    });
    this.#sampling = new ModelSampling({
      events,
      clock,
      models,
      look: (signal) => this.#endpoints.check(signal).then(() => this.#announceAttached()),
    });
    const intervalMs = options.sampleIntervalMs ?? limits.sampleIntervalMs;
    const onTick = async (tick: number, signal: AbortSignal): Promise<void> => {
      await this.#sampling.sampleAll(tick, signal);
      await this.#saved.tick(this.#owned.list());
    };
    this.#sampler = new Sampler({ onTick }, clock, intervalMs);
    this.#saved = new SavedSeries(store, clock, intervalMs, options.onExit === 'adopt');
    this.#waiter = new ModelWaiter(events, (modelId) => this.#require(modelId));
    this.#bulk = new BulkCommand({
      events,
      models,
      arrived: (action, modelId) =>
        action === 'start' ? this.#waiter.whenReady(modelId) : this.#waiter.whenStopEnded(modelId),
    });
  }

  /** The number of the last tick; it goes up with time, also over ticks that were missed. */
  get tick(): number {
    return this.#sampling.tick;
  }

  /** Files that looked like models and are not, with the reason. */
  get rejected(): readonly RejectedFile[] {
    return this.#owned.rejected;
  }

  /** What models follow that have no settings of their own. */
  get defaults(): ModelDefaults {
    return this.#choices.defaults;
  }

  /** The servers of others that are attached. */
  get endpoints(): readonly Endpoint[] {
    return this.#endpoints.list();
  }

  /** What takes long and is under way. */
  get activity(): { readonly scan: Progress | null; readonly bulk: BulkProgress | null } {
    return { scan: this.#owned.scanProgress, bulk: this.#bulk.progress };
  }

  /** Reads what was kept, scans once, takes over what an earlier hub left running, and begins to sample. */
  open(): Promise<void> {
    const opened = this.#open();
    this.#opening = opened.catch(() => {});
    return opened;
  }

  async #open(): Promise<void> {
    await this.#choices.load();
    await this.#endpoints.load();
    this.#announceAttached();
    await this.scan();
    const { leftRunning = [] } = this.#options;
    if (leftRunning.length > 0) await this.#saved.restore(this.#owned.list(), leftRunning);
    await this.#owned.takeOver(leftRunning, this.#leavesRunning);
    if (!this.#disposed) this.#sampler.start();
  }

  /**
   * Looks for models; new ones are added, and ones that are gone and not running are dropped. Never rejects: a disk that
   * cannot be searched changes nothing and is named in `rejected`.
   */
  scan(): Promise<void> {
    return this.#owned.scan();
  }

  /** Every model: our own in the order in which they were found, then those of attached servers. */
  list(): ModelStatus[] {
    return this.#all().map((model) => model.status());
  }

  /** One model; `undefined` for an unknown id. */
  get(modelId: string): ModelStatus | undefined {
    return this.#find(modelId)?.status();
  }

  /** The rolling windows of one model; `undefined` for an unknown id. */
  series(modelId: string): ModelSeriesView | undefined {
    return this.#find(modelId)?.series;
  }

  /** The rolling windows of every model as they travel. */
  seriesWire(): ModelSeriesWire[] {
    return this.#all().map(({ modelId, series }) => series.toWire(modelId));
  }

  /** Every number of a model with where it comes from, and its log. @throws CorralError `unknown_model` */
  details(modelId: string): ModelDetails {
    return this.#require(modelId).details();
  }

  /**
   * Where the model's server can be called directly.
   * @throws CorralError `unknown_model`; `action_not_supported` (retryable) while no server runs
   */
  access(modelId: string): ModelAccess {
    return this.#require(modelId).access();
  }

  /** Starts a model's server. @throws CorralError `unknown_model`, `model_disabled`, `no_port_available`, `disposed` */
  async start(modelId: string): Promise<void> {
    this.#requireAlive();
    await this.#require(modelId).start();
  }

  /** Stops a model's server; a second time while it waits for requests ends that wait. @throws CorralError `unknown_model` */
  async stop(modelId: string): Promise<void> {
    await this.#require(modelId).stop();
  }

  /** Stops, then starts. @throws CorralError as {@link start} */
  async restart(modelId: string): Promise<void> {
    this.#requireAlive();
    await this.#require(modelId).restart();
  }

  /** Starts all enabled models of our own, a few at a time. `models:bulk-progressed` says how far it is. */
  startAll(): BulkProgress {
    this.#requireAlive();
    return this.#bulk.begin('start');
  }

  /** Stops all models of our own, a few at a time, and calls off a start of all. */
  stopAll(): BulkProgress {
    return this.#bulk.begin('stop');
  }

  /**
   * Changes what a person chose for a model; it holds once it is kept, and from the next start on.
   * @throws CorralError `unknown_model`; `invalid_settings` with the fields in `details.fields`; `store_failed`;
   *   `action_not_supported` for settings of a model whose server someone else starts
   */
  async update(modelId: string, patch: ModelPatch): Promise<ModelStatus> {
    this.#require(modelId);
    const { port, settings, enabled } = patch;
    const steers = [port, settings, enabled].some((choice) => choice !== undefined);
    if (steers && !this.#owned.get(modelId))
      throw new CorralError('action_not_supported', 'Expected a model whose server the hub starts');
    const choices = await this.#choices.change(modelId, patch, this.#owned.beginning(modelId));
    const model = this.#require(modelId);
    model.choose(choices);
    const status = model.status();
    this.#sampling.knows(model, status);
    this.#events.emit('model:updated', { model: status });
    return status;
  }

  /** Changes what models follow that have no settings of their own. @throws CorralError as {@link update} */
  async updateDefaults(settings: SettingsPatch): Promise<ModelDefaults> {
    const defaults = await this.#choices.changeDefaults(settings);
    this.#events.emit('models:defaults-changed', { defaults });
    this.#announceModels();
    return defaults;
  }

  /** Attaches a server that someone else runs. @throws CorralError as {@link AttachedEndpoints.attach} */
  attach(request: AttachRequest): Promise<Endpoint> {
    this.#requireAlive();
    return this.#endpoints.attach(request);
  }

  /** Looks at an attached server now. @throws CorralError `unknown_endpoint` */
  checkEndpoint(endpointId: string): Promise<Endpoint> {
    return this.#endpoints.checkNow(endpointId);
  }

  /** Lets go of an attached server; it runs on. @throws CorralError `unknown_endpoint` */
  detach(endpointId: string): Promise<void> {
    return this.#endpoints.detach(endpointId);
  }

  /**
   * Resolves when the model is ready. Rejects with CorralError `start_failed` as soon as it is clear that this start
   * will not make it (crashed, failed or stopped), with the reason and the log tail in `details`.
   */
  whenReady(modelId: string, signal?: AbortSignal): Promise<ModelStatus> {
    return this.#waiter.whenReady(modelId, signal);
  }

  /** Resolves when the model has no process and none is coming. */
  whenStopped(modelId: string, signal?: AbortSignal): Promise<ModelStatus> {
    return this.#waiter.whenStopped(modelId, signal);
  }

  /** Stops sampling and, unless they are to be left, every server; resolves when nothing is left. Idempotent. */
  async dispose(): Promise<void> {
    this.#disposed = true;
    this.#bulk.cancel();
    this.#owned.retire();
    await this.#opening;
    await this.#sampler.stop();
    if (this.#leavesRunning) await this.#saved.save(this.#owned.list());
    await Promise.all([this.#endpoints.dispose(), this.#owned.dispose(this.#leavesRunning)]);
    this.#waiter.dispose();
  }

  get #leavesRunning(): boolean {
    return this.#options.onExit === 'adopt';
  }

  readonly #announce = (managed: ManagedModel, previousState: ModelStatus['state']): void => {
    const model = managed.status();
    this.#sampling.knows(managed, model);
    this.#events.emit('model:state-changed', { model, previousState });
  };

  #announceModels(): void {
    for (const model of this.#all()) this.#sampling.knows(model);
    this.#events.emit('models:scanned', { models: this.list(), rejected: this.rejected });
    // Readers take a list for the end of a scan; one that goes on is announced anew.
    const { scanProgress } = this.#owned;
    if (scanProgress) this.#events.emit('models:scan-progressed', scanProgress);
  }

  #announceAttached(): void {
    const { endpoints } = this;
    if (endpoints.length > 0 && !this.#disposed) this.#events.emit('attached:changed', { endpoints });
  }

  #announceEndpoints(): void {
    if (this.#disposed) return;
    this.#events.emit('attached:changed', { endpoints: this.endpoints });
    this.#announceModels();
  }

  #all(): ManagedModel[] {
    return [...this.#owned.list(), ...this.#endpoints.models()];
  }

  #find(modelId: string): ManagedModel | undefined {
    return this.#owned.get(modelId) ?? this.#endpoints.model(modelId);
  }

  #requireAlive(): void {
    if (this.#disposed) throw new CorralError('disposed', 'Expected a manager that is not disposed');
  }

  #require(modelId: string): ManagedModel {
    const model = this.#find(modelId);
    if (!model)
      throw new CorralError('unknown_model', 'Expected the id of a known model', { details: { modelId } });
    return model;
  }
}
