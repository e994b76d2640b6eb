import { type ChildSignal, childSignal } from '../child-signal.js';
import { isoTime } from '../clock.js';
import { CorralError } from '../errors.js';
import { CheckHistory, isAnswered } from './check-history.js';
import { type LaunchEnvironment, launchServer, takeOverServer } from './launch-server.js';
import type { ManagedModel } from './managed-model.js';
import type { LastExit, ModelAccess, ModelFile, ModelStatus } from './model.js';
import { MeasuredValues, type ModelDetails } from './model-details.js';
import { ModelSeries } from './model-series.js';
import { effectiveSettings, type ModelSettings } from './model-settings.js';
import { canTransition, isRunning, type ModelState } from './model-state.js';
import { ownedStatus } from './owned-status.js';
import type { LeftRunning, ModelChoices, ServerExit, ServerReading } from './ports.js';
import { awaitReadiness, type Failure, failureOf } from './readiness.js';
import { CrashCount, judgeExit, type RestartPolicy } from './restart-policy.js';
import { RestartTimer } from './restart-timer.js';
import { type RunningServer, type Slot, unknownSlot } from './running-server.js';

/** What a supervisor needs from the house around it. */
export interface SupervisorEnvironment extends LaunchEnvironment {
  /** A number in [0, 1). */
  readonly random: () => number;
  readonly restartPolicy: RestartPolicy;
  readonly startTimeoutMs: number;
  /** Longest wait in ms for running requests before a stop; part of the grace. */
  readonly drainMs: number;
  /** What every model runs with unless it is overridden. */
  readonly defaults: () => ModelSettings;
  readonly onStateChanged: (supervisor: ModelSupervisor, previous: ModelState) => void;
}

/**
 * Owns the lifecycle of one model's server and is the only writer of its state. Read `design.md` first.
 *
 * Commands decide at once and return; what follows is announced as changes of state. A command that is already
 * under way is joined. `#generation` grows with every launch and every end, so whatever finishes late for an
 * earlier generation is dropped.
 */
export class ModelSupervisor implements ManagedModel {
  readonly series = new ModelSeries();
  /** As the last scan found it; it holds from the next start on. */
  file: ModelFile;
  readonly #env: SupervisorEnvironment;
  #choices: ModelChoices;
  #state: ModelState = 'offline';
  #generation = 0;
  #failure: Failure | null = null;
  #lastExit: LastExit | null = null;
  readonly #crashes: CrashCount;
  readonly #restart: RestartTimer;
  #startAfterStop = false;
  /** The launch under way or done; settles with the server, or with nothing when there is none. */
  #launched: Promise<RunningServer | undefined> = Promise.resolve(undefined);
  #launching: ChildSignal | undefined;
  #draining: ChildSignal | undefined;
  #server: RunningServer | undefined;
  #lastLog: readonly string[] = [];
  #ending: Promise<void> = Promise.resolve();
  #history = new CheckHistory();
  #lastCheckedAt: string | null = null;
  #latencyMs: number | null = null;
  /** Whether the one retry on another port is used up; a stolen port is no crash of ours. */
  #portRetried = false;

  constructor(file: ModelFile, choices: ModelChoices, environment: SupervisorEnvironment) {
    this.file = file;
    this.#choices = choices;
    this.#env = environment;
    this.#crashes = new CrashCount(environment.restartPolicy);
    this.#restart = new RestartTimer(environment.clock);
  }

  get modelId(): string {
    return this.file.modelId;
  }

  get state(): ModelState {
    return this.#state;
  }

  /**
   * Starts the server, unless one is there or on its way. While stopping: starts again afterwards.
   * @throws CorralError `model_disabled`, `no_port_available`
   */
  async start(): Promise<void> {
    this.#requireEnabled();
    if (this.#state === 'stopping') this.#startAfterStop = true;
    if (isRunning(this.#state)) return;
    this.#env.port.require(this.#choices.port);
    this.#crashes.forget();
    this.#portRetried = false;
    this.#launchOwn();
  }

  /**
   * Stops the server, or calls off the restart of a crashed one; without either it does nothing. Requests that run may
   * finish within the drain time; a second stop ends that wait.
   */
  async stop(): Promise<void> {
    this.#startAfterStop = false;
    if (this.#state === 'backoff') {
      this.#restart.cancel();
      this.#enter('offline');
    } else if (this.#state === 'stopping') this.#draining?.abort();
    else if (isRunning(this.#state)) this.#ending = this.#halt();
  }

  /** Stops, then starts; a server that is off is started. @throws CorralError as {@link start} */
  async restart(): Promise<void> {
    this.#requireEnabled();
    if (!isRunning(this.#state)) return this.start();
    // Nothing waits in between: a stop that comes later must not be undone.
    if (this.#state !== 'stopping') void this.stop();
    this.#startAfterStop = true;
  }

  /** Takes over a server that an earlier hub left running. It is ready once it has proved its identity. */
  adopt(left: LeftRunning): void {
    if (isRunning(this.#state)) throw new Error(`Cannot take a server over while ${this.#state}`);
    this.#env.port.adopt(left.port);
    this.#launch(async () => takeOverServer(this.#env, left));
  }

  /** Stops for good; resolves when nothing is left. With `leaveRunning`, servers that can be taken over later stay. */
  async dispose({ leaveRunning = false }: { readonly leaveRunning?: boolean } = {}): Promise<void> {
    if (leaveRunning && isRunning(this.#state) && this.#state !== 'stopping' && (await this.#letGo())) return;
    await this.stop();
    this.#startAfterStop = false;
    // Asked by a listener in the middle of a change, the end under way is known only after it.
    await Promise.resolve();
    await this.#ending;
  }

  async sample(signal: AbortSignal): Promise<Slot> {
    const server = this.#server;
    const generation = this.#generation;
    const checked = this.#state === 'ready' || this.#state === 'unhealthy' || this.#state === 'sleeping';
    const reading = checked ? await server?.check(signal) : undefined;
    if (!server || generation !== this.#generation) return unknownSlot;
    if (reading) this.#apply(reading);
    return server.slot(reading, this.#state === 'starting' || this.#state === 'loading');
  }

  /** What a person disables goes on while it runs, but is not started again. */
  choose(choices: ModelChoices): void {
    this.#choices = choices;
    if (!choices.enabled && this.#state === 'backoff') void this.stop();
  }

  access(): ModelAccess {
    const process = this.#server?.process;
    if (process) return { baseUrl: process.baseUrl, apiKey: process.clientKey };
    throw new CorralError('action_not_supported', `Expected \`${this.file.filename}\` to be running`, {
      retryable: true,
    });
  }

  details(): ModelDetails {
    const { values = new MeasuredValues('no server runs'), process } = this.#server ?? {};
    const logTail = process?.logTail() ?? this.#lastLog;
    return { modelId: this.modelId, values: values.list(this.#env.clock.now()), logTail };
  }

  status(): ModelStatus {
    return ownedStatus(this.file, this.#choices, {
      state: this.#state,
      server: this.#server,
      settings: this.#settings,
      port: this.#env.port.port,
      failure: this.#failure,
      lastExit: this.#lastExit,
      misses: this.#history.misses,
      lastCheckedAt: this.#lastCheckedAt,
      latencyMs: this.#latencyMs,
      restartInSeconds: this.#restart.secondsLeft,
    });
  }

  get #settings(): ModelSettings {
    return effectiveSettings(this.#env.defaults(), this.#choices.overrides);
  }

  #requireEnabled(): void {
    if (this.#choices.enabled) return;
    throw new CorralError(
      'model_disabled',
      `Expected \`${this.file.filename}\` to be enabled before a start`,
    );
  }

  #launchOwn(): void {
    this.#launch((signal) => launchServer(this.#env, this.file, this.#settings, signal));
  }

  /** Begins a generation with a server that `open` makes, or takes over. */
  #launch(open: (signal: AbortSignal) => Promise<RunningServer>): void {
    const generation = ++this.#generation;
    const launching = childSignal();
    this.#launching = launching;
    this.#restart.cancel();
    this.#failure = null;
    this.#history = new CheckHistory();
    this.#latencyMs = null;
    if (this.#state !== 'starting') this.#enter('starting');
    this.#launched = this.#open(generation, open(launching.signal));
    void this.#launched.then((server) => {
      if (server && generation === this.#generation)
        return this.#settle(generation, server, launching.signal);
    });
  }

  /** Answers nothing when there is no server, or when nobody waits for this generation any more. */
  async #open(generation: number, opening: Promise<RunningServer>): Promise<RunningServer | undefined> {
    try {
      const server = await opening;
      if (generation === this.#generation) {
        this.#server = server;
        void server.process.exited.then((exit) => this.#onExit(generation, exit));
      }
      return server;
    } catch (error) {
      if (generation !== this.#generation) return undefined;
      this.#fail(failureOf(error));
      return undefined;
    }
  }

  async #settle(generation: number, server: RunningServer, signal: AbortSignal): Promise<void> {
    const { clock, startTimeoutMs } = this.#env;
    const onLoading = (): void => {
      if (generation === this.#generation && this.#state === 'starting') this.#enter('loading');
    };
    const readiness = await awaitReadiness(server, { clock, startTimeoutMs, signal, onLoading });
    if (generation !== this.#generation || readiness.outcome === 'called off') return;
    if (readiness.outcome === 'hopeless') return this.#giveUp(server, readiness.failure);
    server.slot(readiness.reading, true);
    this.#apply({ ...readiness.reading, condition: 'ready' });
  }

  /** Takes in what a check of a ready server found. */
  #apply(reading: ServerReading): void {
    if (reading.condition === 'unchecked') return;
    const answered = isAnswered(reading);
    const next = this.#history.stateAfter(reading, this.#state);
    this.#lastCheckedAt = isoTime(this.#env.clock);
    if (answered) this.#latencyMs = reading.latencyMs;
    this.#failure = answered ? null : { code: null, message: reading.problem ?? 'The server did not answer' };
    if (next !== undefined && next !== this.#state && canTransition(this.#state, next)) this.#enter(next);
  }

  #onExit(generation: number, exit: ServerExit): void {
    if (generation !== this.#generation) return;
    this.#generation += 1;
    this.#launching?.abort();
    const { clock, random } = this.#env;
    const readyForMs = this.#server ? clock.now() - (this.#server.readySinceMs ?? Infinity) : 0;
    this.#dropServer();
    const { exitCode, signal, message } = exit;
    this.#lastExit = { exitCode, signal, message, at: isoTime(clock) };
    if (exit.failureCode === 'port_in_use' && this.#tryAnotherPort()) return;
    const verdict = judgeExit(exit, this.#crashes, readyForMs, random());
    const isDisabled = verdict.delayMs !== null && !this.#choices.enabled;
    this.#failure = isDisabled ? { code: 'model_disabled', message } : verdict.failure;
    if (verdict.delayMs === null || isDisabled) {
      this.#enter('failed');
      return;
    }
    this.#restart.set(verdict.delayMs, () => {
      // On the port that a person may have chosen meanwhile.
      this.#env.port.ensure(this.#choices.port);
      this.#launchOwn();
    });
    this.#enter('backoff');
  }

  /** Another program took the port between our look and the server's: one retry elsewhere, and no crash. */
  #tryAnotherPort(): boolean {
    if (this.#state !== 'starting' || this.#portRetried || this.#choices.port !== null) return false;
    this.#portRetried = true;
    if (!this.#env.port.hold(this.#env.port.port)) return false;
    this.#launchOwn();
    return true;
  }

  /** Ends a server that will never be ready. The state stays until the process is gone, so that none is left. */
  async #giveUp(server: RunningServer, failure: Failure): Promise<void> {
    const generation = ++this.#generation;
    await server.end(this.#env.stopGraceMs);
    if (generation !== this.#generation) return;
    this.#dropServer();
    this.#fail(failure);
  }

  async #halt(): Promise<void> {
    this.#generation += 1;
    this.#launching?.abort();
    const wasReady = this.#state === 'ready';
    const draining = childSignal();
    this.#draining = draining;
    this.#enter('stopping');
    // Stopped by a listener of `starting`, the launch of that very moment is known only after it.
    await Promise.resolve();
    const server = await this.#launched;
    const { drainMs, stopGraceMs } = this.#env;
    const drainsMs = wasReady ? Math.min(drainMs, stopGraceMs / 2) : 0;
    await server?.end(stopGraceMs, drainsMs, draining.signal);
    this.#draining = undefined;
    this.#dropServer();
    this.#failure = null;
    this.#enter('offline');
    if (!this.#startAfterStop) return;
    this.#startAfterStop = false;
    await this.start().catch((error: unknown) => this.#fail(failureOf(error)));
  }

  /** Lets go of the server without ending it. Answers whether there was one that can be left. */
  async #letGo(): Promise<boolean> {
    this.#launching?.abort();
    const generation = this.#generation;
    const server = await this.#launched;
    // It may have ended meanwhile.
    if (generation !== this.#generation || !server?.process.release) return false;
    this.#generation += 1;
    await server.close();
    await server.process.release();
    return true;
  }

  #dropServer(): void {
    this.#lastLog = this.#server?.process.logTail() ?? this.#lastLog;
    void this.#server?.close();
    this.#server = undefined;
  }

  #fail(failure: Failure): void {
    this.#failure = failure;
    this.#enter('failed');
  }

  /** The one place where the state changes. */
  #enter(next: ModelState): void {
    const previous = this.#state;
    if (!canTransition(previous, next)) throw new Error(`Illegal change of state: ${previous} → ${next}`);
    if (next === 'ready' && this.#server) this.#server.readySinceMs ??= this.#env.clock.now();
    // A restart keeps its port.
    if (next === 'failed' || (next === 'offline' && !this.#startAfterStop)) this.#env.port.release();
    this.#state = next;
    this.#env.onStateChanged(this, previous);
  }
}
