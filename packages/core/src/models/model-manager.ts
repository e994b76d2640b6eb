import { type Clock, isoTime, systemClock } from '../clock.js';
import { CorralError } from '../errors.js';
import type { EventHub } from '../event-hub.js';
import type { HubEvents } from '../events.js';
import { limits } from '../limits.js';
import {
  defaultModelSettings,
  type ModelAccess,
  type ModelFile,
  type ModelSettings,
  type ModelStatus,
  type ModelTier,
  type RejectedFile,
} from './model.js';
import { ModelSampler } from './model-sampler.js';
import {
  type ModelMetric,
  type ModelSample,
  type ModelSeriesView,
  type ModelSeriesWire,
  modelMetrics,
} from './model-series.js';
import { isRunning } from './model-state.js';
import { ModelSupervisor, type SupervisorEnvironment } from './model-supervisor.js';
import { PortAllocator, type PortRange } from './port-range.js';
import type { ModelSource, ServerLauncher, ServerProber } from './ports.js';
import { defaultRestartPolicy, type RestartPolicy } from './restart-policy.js';

/** The ports and choices that a {@link ModelManager} is built from. */
export interface ModelManagerOptions {
  readonly source: ModelSource;
  readonly launcher: ServerLauncher;
  readonly prober: ServerProber;
  /** Where facts are announced. */
  readonly events: EventHub<HubEvents>;
  readonly clock?: Clock;
  /** A number in [0, 1). Default: `Math.random`. */
  readonly random?: () => number;
  /** Default: 8100–8199. */
  readonly portRange?: PortRange;
  /** Time between two samples in ms. Default: 1000. */
  readonly sampleIntervalMs?: number;
  /** Default: 10 minutes. */
  readonly startTimeoutMs?: number;
  /** Time between SIGTERM and SIGKILL in ms. Default: 10 000. */
  readonly stopGraceMs?: number;
  readonly restartPolicy?: RestartPolicy;
  readonly settings?: ModelSettings;
  /** A person's tier for a file; default: none. */
  readonly tierOverride?: (file: ModelFile) => ModelTier | null;
}

/**
 * Finds models, runs their servers and samples them.
 *
 * Commands (`start`, `stop`, `restart`) decide at once and throw only for misuse; what follows is announced on
 * the event hub. Use {@link whenReady} and {@link whenStopped} to wait.
 */
export class ModelManager {
  readonly #options: ModelManagerOptions;
  readonly #events: EventHub<HubEvents>;
  readonly #clock: Clock;
  readonly #ports: PortAllocator;
  readonly #supervisors = new Map<string, ModelSupervisor>();
  readonly #announced = new Map<string, string>();
  readonly #sampler: ModelSampler;
  #rejected: readonly RejectedFile[] = [];
  #tick = 0;
  #scans = 0;
  #scanTaken = 0;
  #disposed = false;

  constructor(options: ModelManagerOptions) {
    this.#options = options;
    this.#events = options.events;
    this.#clock = options.clock ?? systemClock;
    this.#ports = new PortAllocator(options.portRange);
    this.#sampler = new ModelSampler(
      { onTick: (tick, signal) => this.#sampleAll(tick, signal) },
      this.#clock,
      options.sampleIntervalMs ?? limits.sampleIntervalMs,
    );
  }

  /** The number of the last tick; it goes up with time, also over ticks that were missed. */
  get tick(): number {
    return this.#tick;
  }

  /** Files that looked like models and are not, with the reason. */
  get rejected(): readonly RejectedFile[] {
    return this.#rejected;
  }

  /** Scans once and begins to sample. */
  async open(): Promise<void> {
    await this.scan();
    if (!this.#disposed) this.#sampler.start();
  }

  /** Looks for models; new ones are added, and ones that are gone and not running are dropped. */
  async scan(): Promise<void> {
    const scan = ++this.#scans;
    const found = await this.#options.source.scan();
    if (this.#disposed || scan < this.#scanTaken) return;
    this.#scanTaken = scan;
    const present = new Set(found.files.map((file) => file.modelId));
    for (const [modelId, supervisor] of this.#supervisors) {
      if (present.has(modelId) || (supervisor.state !== 'offline' && supervisor.state !== 'failed')) continue;
      this.#supervisors.delete(modelId);
      this.#announced.delete(modelId);
      this.#ports.release(modelId);
    }
    for (const file of found.files) if (!this.#supervisors.has(file.modelId)) this.#add(file);
    this.#rejected = found.rejected;
    this.#events.emit('models:scanned', { models: this.list(), rejected: this.#rejected });
  }

  /** Every model, in the order in which they were found. */
  list(): ModelStatus[] {
    return Array.from(this.#supervisors.values(), (supervisor) => supervisor.status());
  }

  /** One model; `undefined` for an unknown id. */
  get(modelId: string): ModelStatus | undefined {
    return this.#supervisors.get(modelId)?.status();
  }

  /** The rolling windows of one model; `undefined` for an unknown id. */
  series(modelId: string): ModelSeriesView | undefined {
    return this.#supervisors.get(modelId)?.series;
  }

  /** The rolling windows of every model as they travel. */
  seriesWire(): ModelSeriesWire[] {
    return Array.from(this.#supervisors.values(), ({ file, series }) => series.toWire(file.modelId));
  }

  /** The newest log lines of the model's server, or of its last one, oldest first. @throws CorralError `unknown_model` */
  logTail(modelId: string): readonly string[] {
    return this.#require(modelId).logTail;
  }

  /**
   * Where the model's server can be called directly.
   * @throws CorralError `unknown_model`; `action_not_supported` (retryable) while no server runs
   */
  access(modelId: string): ModelAccess {
    const { server, file } = this.#require(modelId);
    if (!server) {
      throw new CorralError('action_not_supported', `Expected \`${file.filename}\` to be running`, {
        retryable: true,
      });
    }
    return { baseUrl: server.process.baseUrl, apiKey: server.process.clientKey };
  }

  /** Starts a model's server. @throws CorralError `unknown_model`, `model_disabled`, `no_port_available`, `disposed` */
  start(modelId: string): void {
    if (this.#disposed) throw new CorralError('disposed', 'Expected a manager that is not disposed');
    this.#require(modelId).start();
  }

  /** Stops a model's server. @throws CorralError `unknown_model` */
  stop(modelId: string): void {
    this.#require(modelId).stop();
  }

  /** Stops, then starts. @throws CorralError as {@link start} */
  restart(modelId: string): void {
    if (this.#disposed) throw new CorralError('disposed', 'Expected a manager that is not disposed');
    this.#require(modelId).restart();
  }

  /**
   * Resolves when the model is ready. Rejects with CorralError `start_failed` as soon as it is clear that this start
   * will not make it (crashed, failed or stopped), with the reason and the log tail in `details`.
   */
  async whenReady(modelId: string, signal?: AbortSignal): Promise<ModelStatus> {
    const supervisor = this.#require(modelId);
    return this.#when(modelId, signal, (model) => {
      if (model.state === 'ready' || model.state === 'sleeping') return model;
      if (isRunning(model.state)) return undefined;
      throw new CorralError('start_failed', model.errorMessage ?? `\`${model.filename}\` is ${model.state}`, {
        retryable: model.state === 'backoff',
        details: { failureCode: model.failureCode, logTail: supervisor.logTail },
      });
    });
  }

  /** Resolves when the model has no process and none is coming. */
  async whenStopped(modelId: string, signal?: AbortSignal): Promise<ModelStatus> {
    this.#require(modelId);
    return this.#when(modelId, signal, (model) =>
      model.state === 'offline' || model.state === 'failed' ? model : undefined,
    );
  }

  /** Stops sampling and every server; resolves when nothing is left. Idempotent. */
  async dispose(): Promise<void> {
    this.#disposed = true;
    await Promise.all([
      this.#sampler.stop(),
      ...Array.from(this.#supervisors.values(), (supervisor) => supervisor.dispose()),
    ]);
  }

  #add(file: ModelFile): void {
    const { launcher, prober, random, restartPolicy, startTimeoutMs, stopGraceMs, settings, tierOverride } =
      this.#options;
    const environment: SupervisorEnvironment = {
      launcher,
      prober,
      clock: this.#clock,
      random: random ?? Math.random,
      restartPolicy: restartPolicy ?? defaultRestartPolicy,
      startTimeoutMs: startTimeoutMs ?? limits.startTimeoutMs,
      stopGraceMs: stopGraceMs ?? limits.stopGraceMs,
      nextPort: (taken) => this.#ports.hold(file.modelId, taken),
      onStateChanged: (supervisor, previousState) => {
        const model = supervisor.status();
        this.#announced.set(file.modelId, slowFacts(model));
        this.#events.emit('model:state-changed', { model, previousState });
      },
    };
    const choices = {
      enabled: true,
      tierOverride: tierOverride?.(file) ?? null,
      settings: settings ?? defaultModelSettings,
    };
    const supervisor = new ModelSupervisor(file, choices, this.#ports.hold(file.modelId), environment);
    this.#supervisors.set(file.modelId, supervisor);
    this.#announced.set(file.modelId, slowFacts(supervisor.status()));
  }

  async #sampleAll(tick: number, signal: AbortSignal): Promise<void> {
    const sampled = Array.from(this.#supervisors.values());
    const slots = await Promise.all(sampled.map((supervisor) => supervisor.sample(signal)));
    // From here to the event nothing waits: a snapshot holds either all slots of a tick or none.
    const missed = Math.max(0, tick - this.#tick - 1);
    this.#tick = tick;
    const samples: ModelSample[] = [];
    sampled.forEach(({ file, series }, i) => {
      const slot = slots[i] as Record<ModelMetric, number | null>;
      series.pushGap(missed);
      const last = series.current();
      series.push(slot);
      if (modelMetrics.some((metric) => slot[metric] !== last[metric]))
        samples.push({ modelId: file.modelId, ...slot });
    });
    // A model found in the meantime was not asked; readers give it a slot all the same.
    for (const supervisor of this.#supervisors.values()) {
      if (!sampled.includes(supervisor)) supervisor.series.pushGap(missed + 1);
    }
    this.#events.emit('models:sampled', { tick, at: isoTime(this.#clock), samples });
    for (const supervisor of sampled) this.#announceUpdate(supervisor);
  }

  #announceUpdate(supervisor: ModelSupervisor): void {
    const model = supervisor.status();
    const facts = slowFacts(model);
    if (this.#announced.get(model.modelId) === facts || !this.#supervisors.has(model.modelId)) return;
    this.#announced.set(model.modelId, facts);
    this.#events.emit('model:updated', { model });
  }

  #require(modelId: string): ModelSupervisor {
    const supervisor = this.#supervisors.get(modelId);
    if (!supervisor)
      throw new CorralError('unknown_model', 'Expected the id of a known model', { details: { modelId } });
    return supervisor;
  }

  /** Resolves with the first status for which `pick` answers something; rejects with what it throws. */
  #when(
    modelId: string,
    signal: AbortSignal | undefined,
    pick: (model: ModelStatus) => ModelStatus | undefined,
  ): Promise<ModelStatus> {
    return new Promise((resolve, reject) => {
      const abort = (): void => settle(() => reject(asError(signal?.reason)));
      const look = (): void => {
        try {
          const found = pick(this.#require(modelId).status());
          if (found) settle(() => resolve(found));
        } catch (error) {
          settle(() => reject(asError(error)));
        }
      };
      // Looks a moment later: a restart passes through `offline` and is in `starting` by then.
      const unsubscribe = this.#events.subscribe('model:state-changed', (event) => {
        if (event.model.modelId === modelId) void Promise.resolve().then(look);
      });
      const settle = (finish: () => void): void => {
        unsubscribe();
        signal?.removeEventListener('abort', abort);
        finish();
      };
      signal?.addEventListener('abort', abort, { once: true });
      if (signal?.aborted) abort();
      else look();
    });
  }
}

/** The facts whose change is worth an event; what changes with every tick travels with the samples. */
function slowFacts(model: ModelStatus): string {
  return JSON.stringify({ ...model, uptimeSeconds: null, lastCheckedAt: null, latencyMs: null });
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}
