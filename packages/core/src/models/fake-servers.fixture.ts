import { type Clock, sleep } from '../clock.js';
import { EventHub } from '../event-hub.js';
import type { HubEvents } from '../events.js';
import { Hub } from '../hub/hub.js';
import { JobRunner } from '../jobs/job-runner.js';
import { fleetBackends } from '../metrics/fleet-backends.js';
import { MetricsCollector } from '../metrics/metrics-collector.js';
import { FakeNetwork } from '../registry/fake-backends.fixture.js';
import { LlmRegistry } from '../registry/llm-registry.js';
import { SimulatedClock } from '../testing/simulated-clock.js';
import { FakeProcess } from './fake-process.fixture.js';
import type { ModelFile, RejectedFile } from './model.js';
import { ModelManager, type ModelManagerOptions } from './model-manager.js';
import type { ModelState } from './model-state.js';
import {
  LaunchFailure,
  type LaunchRequest,
  type ModelSource,
  type Progress,
  type ScanResult,
  type ServerLauncher,
  type ServerProbe,
  type ServerProber,
  type ServerProcess,
  type ServerReading,
} from './ports.js';

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

  async scan(onProgress?: (progress: Progress) => void): Promise<ScanResult> {
    onProgress?.({ done: this.files.length, total: this.files.length });
    return { files: this.files, rejected: this.rejected };
  }

  async launch(request: LaunchRequest, signal: AbortSignal): Promise<ServerProcess> {
    this.launches.push(request);
    const failure = this.onLaunch(request);
    if (this.launchMs > 0) await sleep(this.#clock, this.launchMs, signal);
    else await Promise.resolve();
    if (failure) throw failure;
    if (signal.aborted) throw new LaunchFailure('aborted', 'Called off');
    const process = new FakeProcess(
      1000 + this.processes.length,
      request.file.modelId,
      request.port,
      this.#clock,
      this.stopMs,
    );
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
  numbers: null,
  memory: null,
} as const;

/** A model file named `m0`, `m1` and so on. */
export function fakeFile(index: number, sizeBytes = 3e9): ModelFile {
  return {
    modelId: `m${index}`,
    filename: `m${index}.gguf`,
    path: `/models/m${index}.gguf`,
    sizeBytes,
    gguf: null,
  };
}

/** One event as it was announced. */
export type Heard = {
  [Name in keyof HubEvents]: { readonly name: Name; readonly payload: HubEvents[Name] };
}[keyof HubEvents];

/** A manager with everything around it, on a clock that stands still. */
export class FakeHouse {
  readonly clock: SimulatedClock;
  readonly servers: FakeServers;
  readonly network = new FakeNetwork();
  readonly listenerErrors: unknown[] = [];
  readonly events = new EventHub<HubEvents>((error) => this.listenerErrors.push(error));
  readonly manager: ModelManager;
  readonly hub: Hub;
  readonly heard: Heard[] = [];
  readonly #ownListeners: number;

  /**
   * @param options with `collects`: numbers of the fleet are collected, too
   * @param clock the clock of an earlier house, where this one comes after it
   */
  constructor(
    models = 1,
    { collects = false, ...options }: Partial<ModelManagerOptions> & { collects?: boolean } = {},
    clock = new SimulatedClock(),
  ) {
    this.clock = clock;
    this.servers = new FakeServers(clock);
    const { servers, events } = this;
    servers.files = Array.from({ length: models }, (_, i) => fakeFile(i));
    this.manager = new ModelManager({
      source: servers,
      launcher: servers,
      prober: servers,
      connector: this.network,
      events,
      clock,
      random: () => 0.5,
      ...options,
    });
    for (const { process } of options.leftRunning ?? []) servers.processes.push(process as FakeProcess);
    const registry = new LlmRegistry({ events, connector: this.network, clock, random: () => 0.5 });
    const metrics = new MetricsCollector(() => fleetBackends(registry), {
      clock,
      onCollected: (snapshots) => events.emit('metrics:collected', { snapshots }),
    });
    const jobs = new JobRunner({
      ...{ events, clock },
      executor: {
        plan: async ({ projectDescription }) => [{ prompt: projectDescription }],
        runTask: async (_task, { log }) => {
          log.info('working');
          return { output: 'done', score: 1, model: 'm0' };
        },
      },
    });
    this.hub = new Hub({
      ...{ events, registry, clock, jobs, models: this.manager, sampleIntervalMs: 1000 },
      ...(collects && { metrics }),
    });
    this.#ownListeners = events.listenerCount;
  }

  /** Subscriptions beyond those of the services themselves. */
  get addedListeners(): number {
    return this.events.listenerCount - this.#ownListeners;
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
