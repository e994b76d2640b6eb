import { childSignal } from '../child-signal.js';
import { sleep, type TimerHandle } from '../clock.js';
import { CorralError } from '../errors.js';
import { limits } from '../limits.js';
import { CheckHistory } from './check-history.js';
import { type LaunchEnvironment, launchServer } from './launch-server.js';
import { assignTier, type ModelFile, type ModelSettings, type ModelStatus, type ModelTier } from './model.js';
import { type ModelMetric, ModelSeries } from './model-series.js';
import { canTransition, isRunning, type ModelState } from './model-state.js';
import { LaunchFailure, type ServerExit, type ServerReading } from './ports.js';
import { CrashCount, type RestartPolicy } from './restart-policy.js';
import { noServerFacts, type RunningServer } from './running-server.js';

/** What a supervisor needs from the house around it. */
export interface SupervisorEnvironment extends LaunchEnvironment {
  /** A number in [0, 1). */
  readonly random: () => number;
  readonly restartPolicy: RestartPolicy;
  readonly startTimeoutMs: number;
  readonly onStateChanged: (supervisor: ModelSupervisor, previous: ModelState) => void;
}

/** The choices of a person about one model. */
export interface ModelChoices {
  readonly enabled: boolean;
  readonly tierOverride: ModelTier | null;
  readonly settings: ModelSettings;
}

interface Failure {
  readonly code: string | null;
  readonly message: string;
}

const readinessPollMs = { first: 50, growth: 1.5, most: 1000 };

/**
 * Owns the lifecycle of one model's server and is the only writer of its state. Read `design.md` first.
 *
 * Commands decide at once and return; what follows is announced as changes of state. A command that is already
 * under way is joined. `#generation` grows with every launch and every end, so whatever finishes late for an
 * earlier generation is dropped.
 */
export class ModelSupervisor {
  readonly series = new ModelSeries();
  readonly choices: ModelChoices;
  readonly file: ModelFile;
  readonly #env: SupervisorEnvironment;
  #state: ModelState = 'offline';
  #generation = 0;
  #port: number | null;
  #failure: Failure | null = null;
  readonly #crashes: CrashCount;
  #restartTimer: TimerHandle | undefined;
  #startAfterStop = false;
  /** The launch under way or done; settles with the server, or with nothing when there is none. */
  #launched: Promise<RunningServer | undefined> = Promise.resolve(undefined);
  #abortLaunch: (() => void) | undefined;
  #server: RunningServer | undefined;
  #lastLog: readonly string[] = [];
  #ending: Promise<void> = Promise.resolve();
  #history = new CheckHistory();
  #lastCheckedAt: string | null = null;
  #latencyMs: number | null = null;

  constructor(
    file: ModelFile,
    choices: ModelChoices,
    port: number | null,
    environment: SupervisorEnvironment,
  ) {
    this.file = file;
    this.choices = choices;
    this.#port = port;
    this.#env = environment;
    this.#crashes = new CrashCount(environment.restartPolicy);
  }

  get state(): ModelState {
    return this.#state;
  }

  get port(): number | null {
    return this.#port;
  }

  /** The newest log lines of the server, or of the last one when none runs. */
  get logTail(): readonly string[] {
    return this.#server?.process.logTail() ?? this.#lastLog;
  }

  /** The server while there is one. */
  get server(): RunningServer | undefined {
    return this.#server;
  }

  /**
   * Starts the server, unless one is there or on its way. While stopping: starts again afterwards.
   * @throws CorralError `model_disabled`, `no_port_available`
   */
  start(): void {
    if (!this.choices.enabled) {
      throw new CorralError(
        'model_disabled',
        `Expected \`${this.file.filename}\` to be enabled before a start`,
      );
    }
    if (this.#state === 'stopping') this.#startAfterStop = true;
    if (isRunning(this.#state)) return;
    if (this.#port === null && this.#holdPort(null) === null)
      throw new CorralError('no_port_available', 'Expected a free port in the port range');
    this.#crashes.forget();
    this.#launch();
  }

  /** Stops the server, or calls off the restart of a crashed one. Without either it does nothing. */
  stop(): void {
    this.#startAfterStop = false;
    if (this.#state === 'backoff') {
      this.#cancelRestart();
      this.#enter('offline');
    } else if (isRunning(this.#state) && this.#state !== 'stopping') {
      this.#ending = this.#halt();
    }
  }

  /** Stops, then starts; a server that is off is started. */
  restart(): void {
    if (isRunning(this.#state)) {
      this.stop();
      this.#startAfterStop = true;
    } else this.start();
  }

  /** Stops for good; resolves when nothing is left. */
  async dispose(): Promise<void> {
    this.stop();
    this.#startAfterStop = false;
    // Asked by a listener in the middle of a change, the end under way is known only after it.
    await Promise.resolve();
    await this.#ending;
  }

  /** Checks the server once and answers what its next slot is; unknown where the check found nothing. Never rejects. */
  async sample(signal: AbortSignal): Promise<Record<ModelMetric, number | null>> {
    const server = this.#server;
    const generation = this.#generation;
    const checked = this.#state === 'ready' || this.#state === 'unhealthy' || this.#state === 'sleeping';
    const reading = checked ? await server?.check(signal) : undefined;
    if (!server || generation !== this.#generation)
      return { tokensPerSecond: null, memoryGb: null, latencyMs: null };
    if (reading) this.#apply(reading);
    const stopping = this.#state === 'stopping';
    // While it loads the readiness checks have seen its memory grow; that is worth a slot.
    const memoryBytes = (checked ? reading : stopping ? undefined : server.lastReading)?.memoryBytes ?? null;
    return {
      tokensPerSecond: server.rate.observe(reading?.generatedTokens ?? null),
      memoryGb: memoryBytes === null ? null : memoryBytes / 1e9,
      latencyMs: reading?.latencyMs ?? null,
    };
  }

  /** Everything known of the model now. */
  status(): ModelStatus {
    const server = this.#server;
    return {
      modelId: this.file.modelId,
      filename: this.file.filename,
      sizeBytes: this.file.sizeBytes,
      assignedTier: assignTier(this.file.sizeBytes),
      tierOverride: this.choices.tierOverride,
      enabled: this.choices.enabled,
      control: 'owned',
      port: this.#port,
      state: this.#state,
      failureCode: this.#failure?.code ?? null,
      isHealthy: this.#state === 'ready' || this.#state === 'sleeping',
      consecutiveFailures: this.#history.misses,
      lastCheckedAt: this.#lastCheckedAt,
      latencyMs: server ? this.#latencyMs : null,
      errorMessage: this.#failure?.message ?? null,
      settings: this.choices.settings,
      ...(server?.facts() ?? noServerFacts),
    };
  }

  #launch(): void {
    const generation = ++this.#generation;
    const abort = childSignal();
    this.#abortLaunch = () => abort.abort();
    this.#failure = null;
    this.#history = new CheckHistory();
    this.#latencyMs = null;
    this.#enter('starting');
    this.#launched = this.#spawn(generation, abort.signal);
    void this.#launched.then((server) => {
      if (server && generation === this.#generation)
        return this.#awaitReadiness(generation, server, abort.signal);
    });
  }

  /** Makes the server. Answers nothing when there is none, or when nobody waits for this generation any more. */
  async #spawn(generation: number, signal: AbortSignal): Promise<RunningServer | undefined> {
    const { file, choices } = this;
    try {
      const server = await launchServer(
        { ...this.#env, nextPort: (taken) => this.#holdPort(taken) },
        file,
        choices.settings,
        this.#port as number,
        signal,
      );
      if (generation === this.#generation) {
        this.#server = server;
        void server.process.exited.then((exit) => this.#onExit(generation, exit));
      }
      return server;
    } catch (error) {
      if (generation !== this.#generation) return undefined;
      this.#failure = failureOf(error);
      this.#enter('failed');
      return undefined;
    }
  }

  async #awaitReadiness(generation: number, server: RunningServer, signal: AbortSignal): Promise<void> {
    const { clock, startTimeoutMs } = this.#env;
    let delayMs = readinessPollMs.first;
    for (;;) {
      const reading = await server.checkWithin(limits.checkDeadlineMs, signal);
      if (generation !== this.#generation) return;
      if (reading.condition === 'ready' || reading.condition === 'sleeping') {
        server.rate.observe(reading.generatedTokens);
        this.#apply({ ...reading, condition: 'ready' });
        return;
      }
      if (reading.condition === 'impostor') {
        const message = reading.problem ?? 'Another server answers on the port';
        return this.#giveUp(server, { code: 'port_hijacked', message });
      }
      if (reading.condition === 'loading' && this.#state === 'starting') this.#enter('loading');
      if (clock.now() - server.startedAtMs > startTimeoutMs) {
        const message = `Not ready within ${startTimeoutMs / 1000} s`;
        return this.#giveUp(server, { code: 'start_timeout', message });
      }
      await sleep(clock, delayMs, signal);
      if (generation !== this.#generation) return;
      delayMs = Math.min(delayMs * readinessPollMs.growth, readinessPollMs.most);
    }
  }

  /** Takes in what a check of a ready server found. */
  #apply(reading: ServerReading): void {
    const answered = reading.condition === 'ready' || reading.condition === 'sleeping';
    const up = this.#history.record(answered);
    this.#lastCheckedAt = new Date(this.#env.clock.wallTime()).toISOString();
    if (answered) this.#latencyMs = reading.latencyMs;
    this.#failure = answered ? null : { code: null, message: reading.problem ?? 'The server did not answer' };
    const next = stateAfter(reading, up, this.#state);
    if (answered !== up || this.#state === next || !canTransition(this.#state, next)) return;
    this.#enter(next);
  }

  #onExit(generation: number, exit: ServerExit): void {
    if (generation !== this.#generation) return;
    this.#generation += 1;
    this.#abortLaunch?.();
    const readyForMs = this.#server ? this.#env.clock.now() - (this.#server.readySinceMs ?? Infinity) : 0;
    this.#dropServer();
    this.#failure = { code: exit.failureCode, message: exit.message };
    if (exit.failureCode !== null) {
      this.#enter('failed');
      return;
    }
    const delayMs = this.#crashes.add(readyForMs, this.#env.random());
    if (delayMs === null) {
      this.#failure = {
        code: 'crash_loop',
        message: `Crashed ${this.#crashes.crashes} times in a row. ${exit.message}`,
      };
      this.#enter('failed');
      return;
    }
    this.#restartTimer = this.#env.clock.setTimeout(() => this.#launch(), delayMs);
    this.#enter('backoff');
  }

  /** Ends a server that will never be ready. The state stays until the process is gone, so that none is left. */
  async #giveUp(server: RunningServer, failure: Failure): Promise<void> {
    const generation = ++this.#generation;
    await server.end(this.#env.stopGraceMs);
    if (generation !== this.#generation) return;
    this.#dropServer();
    this.#failure = failure;
    this.#enter('failed');
  }

  async #halt(): Promise<void> {
    this.#generation += 1;
    this.#abortLaunch?.();
    this.#enter('stopping');
    // Stopped by a listener of `starting`, the launch of that very moment is known only after it.
    await Promise.resolve();
    const server = await this.#launched;
    await server?.end(this.#env.stopGraceMs);
    this.#dropServer();
    this.#failure = null;
    this.#enter('offline');
    if (!this.#startAfterStop) return;
    this.#startAfterStop = false;
    this.start();
  }

  #dropServer(): void {
    this.#lastLog = this.#server?.process.logTail() ?? this.#lastLog;
    void this.#server?.close();
    this.#server = undefined;
  }

  #cancelRestart(): void {
    this.#env.clock.clearTimeout(this.#restartTimer);
    this.#restartTimer = undefined;
  }

  /** Takes another port; what the allocator holds for this model and what the model says are always the same. */
  #holdPort(taken: number | null): number | null {
    const port = this.#env.nextPort(taken);
    this.#port = port ?? this.#port;
    return port;
  }

  /** The one place where the state changes. */
  #enter(next: ModelState): void {
    const previous = this.#state;
    if (!canTransition(previous, next)) throw new Error(`Illegal change of state: ${previous} → ${next}`);
    if (next === 'starting') this.#cancelRestart();
    if (next === 'ready' && this.#server) this.#server.readySinceMs ??= this.#env.clock.now();
    this.#state = next;
    this.#env.onStateChanged(this, previous);
  }
}

/** The state that a check leads to. A server that was unhealthy is ready before it can be asleep. */
function stateAfter(reading: ServerReading, up: boolean, state: ModelState): ModelState {
  if (!up) return 'unhealthy';
  return reading.condition === 'sleeping' && state !== 'unhealthy' ? 'sleeping' : 'ready';
}

function failureOf(error: unknown): Failure {
  if (error instanceof LaunchFailure) return { code: error.failureCode, message: error.message };
  return { code: 'launch_failed', message: error instanceof Error ? error.message : String(error) };
}
