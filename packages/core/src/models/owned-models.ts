import type { Clock } from '../clock.js';
import { limits } from '../limits.js';
import { noChoices } from './managed-model.js';
import type { ModelFile, ModelTier, RejectedFile } from './model.js';
import type { ChoiceBook } from './model-choices.js';
import { isRunning } from './model-state.js';
import { ModelSupervisor, type SupervisorEnvironment } from './model-supervisor.js';
import { type PortAllocator, PortLease } from './port-range.js';
import type {
  LeftRunning,
  ModelChoices,
  ModelSource,
  Progress,
  ScanResult,
  ServerLauncher,
  ServerProber,
} from './ports.js';
import { defaultRestartPolicy, type RestartPolicy } from './restart-policy.js';

/** The part of a manager's options that its own models are made with. */
export interface OwnedModelsOptions {
  readonly source: ModelSource;
  readonly launcher: ServerLauncher;
  readonly prober: ServerProber;
  /** A number in [0, 1). Default: `Math.random`. */
  readonly random?: () => number;
  /** Default: 10 minutes. */
  readonly startTimeoutMs?: number;
  /** Time between SIGTERM and SIGKILL in ms. Default: 10 000. */
  readonly stopGraceMs?: number;
  /** The part of it in which running requests may finish, in ms; at most half. Default: 5000. */
  readonly drainMs?: number;
  readonly restartPolicy?: RestartPolicy;
  /** The tier that a file begins with; a person's choice beats it. Default: none. */
  readonly tierOverride?: (file: ModelFile) => ModelTier | null;
}

/** What {@link OwnedModels} need of the manager around them. */
export interface OwnedModelsHouse {
  readonly clock: Clock;
  readonly ports: PortAllocator;
  readonly choices: ChoiceBook;
  readonly onStateChanged: SupervisorEnvironment['onStateChanged'];
  readonly onProgress: (progress: Progress) => void;
  /** The list of models was read anew. */
  readonly onScanned: () => void;
}

/** The models on this machine's disk, each with its supervisor. */
export class OwnedModels {
  readonly #options: OwnedModelsOptions;
  readonly #house: OwnedModelsHouse;
  readonly #supervisors = new Map<string, ModelSupervisor>();
  #rejected: readonly RejectedFile[] = [];
  #progress: Progress | null = null;
  #scanning: Promise<void> | undefined;
  #nextScan: Promise<void> | undefined;
  #retired = false;

  constructor(options: OwnedModelsOptions, house: OwnedModelsHouse) {
    this.#options = options;
    this.#house = house;
  }

  /** Files that looked like models and are not. */
  get rejected(): readonly RejectedFile[] {
    return this.#rejected;
  }

  /** How far the scan under way has come; `null` when there is none. */
  get scanProgress(): Progress | null {
    return this.#progress;
  }

  /** In the order in which they were found. */
  list(): ModelSupervisor[] {
    return [...this.#supervisors.values()];
  }

  get(modelId: string): ModelSupervisor | undefined {
    return this.#supervisors.get(modelId);
  }

  /** The choices of a model that nobody has touched. */
  beginning(modelId: string): ModelChoices {
    const file = this.#supervisors.get(modelId)?.file;
    return file ? this.#beginningOf(file) : noChoices;
  }

  /**
   * Never rejects: a disk that cannot be searched changes nothing and is named in `rejected`. Scans asked for while one is
   * under way share the one after it.
   */
  scan(): Promise<void> {
    if (this.#scanning) {
      this.#nextScan ??= this.#scanning.then(() => {
        this.#nextScan = undefined;
        return this.scan();
      });
      return this.#nextScan;
    }
    this.#scanning = this.#scanOnce().finally(() => (this.#scanning = undefined));
    return this.#scanning;
  }

  /**
   * Servers whose model is still here go on; the others are of no use to anyone and are ended. After {@link retire}
   * nobody would watch them: they are let go of with `leaveRunning`, and ended without.
   */
  async takeOver(leftRunning: readonly LeftRunning[], leaveRunning: boolean): Promise<void> {
    const { stopGraceMs = limits.stopGraceMs } = this.#options;
    // A folder that is away for a moment says nothing of the models in it.
    const isSure = !this.#rejected.some(({ code, filename }) => code === 'no_folder' || filename === '');
    await Promise.all(
      leftRunning.map(async (left) => {
        const supervisor = this.#retired ? undefined : this.#supervisors.get(left.modelId);
        if (supervisor && !isRunning(supervisor.state)) supervisor.adopt(left);
        else if ((this.#retired || !isSure) && leaveRunning && left.process.release)
          await left.process.release();
        else await left.process.stop(stopGraceMs);
      }),
    );
  }

  /** From now on nothing is found or taken over any more. */
  retire(): void {
    this.#retired = true;
  }

  /** Ends every server, or lets go of those that can be left. */
  async dispose(leaveRunning: boolean): Promise<void> {
    this.retire();
    await Promise.all(this.list().map((supervisor) => supervisor.dispose({ leaveRunning })));
  }

  async #scanOnce(): Promise<void> {
    const onProgress = (progress: Progress): void => {
      if (this.#retired) return;
      this.#progress = progress;
      this.#house.onProgress(progress);
    };
    const found = await this.#options.source.scan(onProgress).catch(() => this.#unsearched());
    this.#progress = null;
    if (this.#retired) return;
    this.#take(found);
    this.#house.onScanned();
  }

  #take({ files, rejected }: ScanResult): void {
    const present = new Set(files.map((file) => file.modelId));
    for (const [modelId, { state }] of this.#supervisors) {
      if (present.has(modelId) || (state !== 'offline' && state !== 'failed')) continue;
      this.#supervisors.delete(modelId);
      // What a person chose is kept, and so is the port that was chosen.
      this.#house.ports.release(modelId);
    }
    for (const file of files) {
      const known = this.#supervisors.get(file.modelId);
      if (known) known.file = file;
      else this.#supervisors.set(file.modelId, this.#supervise(file));
    }
    this.#rejected = rejected;
  }

  #unsearched(): ScanResult {
    const reason = 'The models could not be searched for';
    return {
      files: this.list().map(({ file }) => file),
      rejected: [{ filename: '', code: 'unreadable', reason }],
    };
  }

  #supervise(file: ModelFile): ModelSupervisor {
    const { launcher, prober, random, restartPolicy, startTimeoutMs, stopGraceMs, drainMs } = this.#options;
    const { clock, ports, choices, onStateChanged } = this.#house;
    const environment: SupervisorEnvironment = {
      launcher,
      prober,
      clock,
      random: random ?? Math.random,
      restartPolicy: restartPolicy ?? defaultRestartPolicy,
      startTimeoutMs: startTimeoutMs ?? limits.startTimeoutMs,
      stopGraceMs: stopGraceMs ?? limits.stopGraceMs,
      drainMs: drainMs ?? limits.drainMs,
      defaults: () => choices.defaults.settings,
      port: new PortLease(ports, file.modelId),
      onStateChanged,
    };
    return new ModelSupervisor(file, choices.of(file.modelId) ?? this.#beginningOf(file), environment);
  }

  #beginningOf(file: ModelFile): ModelChoices {
    return { ...noChoices, tierOverride: this.#options.tierOverride?.(file) ?? null };
  }
}
