import { type Clock, sleep } from '../clock.js';
import { EventHub } from '../event-hub.js';
import type { HubEvents } from '../events.js';
import { Hub } from '../hub/hub.js';
import { SimulatedClock } from '../testing/simulated-clock.js';
import type { ModelFile, RejectedFile } from './model.js';
import { ModelManager, type ModelManagerOptions } from './model-manager.js';
import type { ModelState } from './model-state.js';
import {
  LaunchFailure,
  type LaunchRequest,
  type ModelSource,
  type RequestTally,
  type ScanResult,
  type ServerExit,
  type ServerLauncher,
  type ServerProbe,
  type ServerProber,
  type ServerProcess,
  type ServerReading,
} from './ports.js';

/** A process that does nothing and ends when it is told to. */
class FakeProcess implements ServerProcess {
  readonly pid: number;
  readonly baseUrl: string;
  readonly identityKey = 'identity';
  readonly clientKey = 'client';
  readonly exited: Promise<ServerExit>;
  readonly modelId: string;
  readonly launchedAtMs: number;
  endedAtMs: number | undefined;
  /** What its next checks find. */
  condition: ServerReading['condition'] = 'ready';
  tokens = 0;
  memoryBytes: number | null = 2_000_000_000;
  latencyMs = 5;
  problem: string | null = null;
  tally: RequestTally | null = null;
  /** Checks under way wait until they are aborted, as those of a frozen server do. */
  frozen = false;
  checks = 0;
  readonly #clock: Clock;
  readonly #stopMs: number;
  #exit!: (exit: ServerExit) => void;

  constructor(pid: number, { file, port }: LaunchRequest, clock: Clock, stopMs: number) {
    this.pid = pid;
    this.baseUrl = `http://127.0.0.1:${port}`;
    this.modelId = file.modelId;
    this.launchedAtMs = clock.now();
    this.#clock = clock;
    this.#stopMs = stopMs;
    this.exited = new Promise((resolve) => (this.#exit = resolve));
  }

  get alive(): boolean {
    return this.endedAtMs === undefined;
  }

  /** Ends by itself. */
  crash(failureCode: string | null = null, message = 'Segmentation fault'): void {
    if (!this.alive) return;
    this.endedAtMs = this.#clock.now();
    this.#exit({ exitCode: failureCode === null ? null : 1, signal: null, failureCode, message });
  }

  logTail(): readonly string[] {
    return [`log of ${this.pid}`];
  }

  requestTally(): RequestTally | null {
    return this.tally;
  }

  async stop(): Promise<ServerExit> {
    if (this.#stopMs > 0 && this.alive) await sleep(this.#clock, this.#stopMs);
    this.crash(null, 'Stopped');
    return this.exited;
  }

  reading(): ServerReading {
    const up = this.alive && this.condition !== 'unreachable' && this.condition !== 'impostor';
    return {
      condition: this.alive ? this.condition : 'unreachable',
      latencyMs: up ? this.latencyMs : null,
      generatedTokens: up ? { total: this.tokens, atMs: this.#clock.now(), epoch: String(this.pid) } : null,
      memoryBytes: up ? this.memoryBytes : null,
      problem: up ? null : this.problem,
    };
  }
}

/** A launcher, a prober and a disk in one, all of them under the control of a test. */
class FakeServers implements ServerLauncher, ServerProber, ModelSource {
  readonly processes: FakeProcess[] = [];
  readonly launches: LaunchRequest[] = [];
  files: ModelFile[] = [];
  rejected: RejectedFile[] = [];
  launchMs = 0;
  stopMs = 0;
  openProbes = 0;
  /** Decides about a launch; an error is what the launch rejects with. */
  onLaunch: (request: LaunchRequest) => Error | undefined = () => undefined;
  /** Meets each new process before anyone else. */
  onProcess: (process: FakeProcess) => void = () => undefined;
  /** What a check does; default: answers at once. */
  onCheck: (process: FakeProcess, signal: AbortSignal) => Promise<ServerReading> = async (
    process,
    signal,
  ) => {
    if (process.frozen) await sleep(this.#clock, 1e9, signal);
    return process.frozen ? { ...process.reading(), ...silent } : process.reading();
  };
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get alive(): readonly FakeProcess[] {
    return this.processes.filter((process) => process.alive);
  }

  /** The newest process. */
  get newest(): FakeProcess {
    return this.processes.at(-1)!;
  }

  async scan(): Promise<ScanResult> {
    return { files: this.files, rejected: this.rejected };
  }

  async launch(request: LaunchRequest, signal: AbortSignal): Promise<ServerProcess> {
    this.launches.push(request);
    const failure = this.onLaunch(request);
    if (this.launchMs > 0) await sleep(this.#clock, this.launchMs, signal);
    else await Promise.resolve();
    if (failure) throw failure;
    if (signal.aborted) throw new LaunchFailure('aborted', 'Called off');
    const process = new FakeProcess(1000 + this.processes.length, request, this.#clock, this.stopMs);
    this.processes.push(process);
    this.onProcess(process);
    return process;
  }

  open(process: ServerProcess): ServerProbe {
    this.openProbes += 1;
    let open = true;
    return {
      check: (signal) => {
        (process as FakeProcess).checks += 1;
        return this.onCheck(process as FakeProcess, signal);
      },
      close: async () => {
        if (open) this.openProbes -= 1;
        open = false;
      },
    };
  }
}

const silent = {
  condition: 'unreachable',
  latencyMs: null,
  generatedTokens: null,
  memoryBytes: null,
} as const;

/** A model file named `m0`, `m1` and so on. */
export function fakeFile(index: number, sizeBytes = 3e9): ModelFile {
  return { modelId: `m${index}`, filename: `m${index}.gguf`, path: `/models/m${index}.gguf`, sizeBytes };
}

/** One event as it was announced. */
export type Heard = {
  [Name in keyof HubEvents]: { readonly name: Name; readonly payload: HubEvents[Name] };
}[keyof HubEvents];

/** A manager with everything around it, on a clock that stands still. */
export class FakeHouse {
  readonly clock = new SimulatedClock();
  readonly servers = new FakeServers(this.clock);
  readonly listenerErrors: unknown[] = [];
  readonly events = new EventHub<HubEvents>((error) => this.listenerErrors.push(error));
  readonly manager: ModelManager;
  readonly hub: Hub;
  readonly heard: Heard[] = [];

  constructor(models = 1, options: Partial<ModelManagerOptions> = {}) {
    const { clock, servers, events } = this;
    servers.files = Array.from({ length: models }, (_, i) => fakeFile(i));
    this.manager = new ModelManager({
      source: servers,
      launcher: servers,
      prober: servers,
      events,
      clock,
      random: () => 0.5,
      ...options,
    });
    this.hub = new Hub({ events, models: this.manager, sampleIntervalMs: 1000, clock });
  }

  /** Keeps every event in `heard`. */
  listen(): this {
    this.events.subscribeAny((name, payload) => this.heard.push({ name, payload } as Heard));
    return this;
  }

  /** A house whose first model is ready. */
  static async ready(options: Partial<ModelManagerOptions> = {}): Promise<FakeHouse> {
    const house = new FakeHouse(1, options).listen();
    await house.hub.open();
    house.manager.start('m0');
    await house.clock.advance(0);
    return house;
  }

  state(modelId = 'm0'): ModelState {
    return this.manager.get(modelId)!.state;
  }

  /** The states that a model went through. */
  path(modelId = 'm0'): ModelState[] {
    return this.of('model:state-changed')
      .filter(({ model }) => model.modelId === modelId)
      .map(({ model }) => model.state);
  }

  /** The payloads of one event, oldest first. */
  of<Name extends keyof HubEvents>(name: Name): HubEvents[Name][] {
    return this.heard.filter((event) => event.name === name).map(({ payload }) => payload as HubEvents[Name]);
  }

  /** Disposes while time goes on. */
  async dispose(): Promise<void> {
    const disposed = this.hub.dispose();
    await this.clock.advance(60_000);
    await disposed;
  }
}
