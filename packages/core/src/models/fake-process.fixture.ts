import { type Clock, sleep } from '../clock.js';
import type { ModelLoad } from './model.js';
import { defaultModelSettings } from './model-settings.js';
import type { LeftRunning, RequestTally, ServerExit, ServerProcess, ServerReading } from './ports.js';

/** A process that does nothing and ends when it is told to. */
export class FakeProcess implements ServerProcess {
  readonly pid: number;
  readonly baseUrl: string;
  readonly identityKey = 'identity';
  readonly clientKey = 'client';
  readonly exited: Promise<ServerExit>;
  readonly modelId: string;
  readonly port: number;
  readonly launchedAtMs: number;
  endedAtMs: number | undefined;
  /** What its next checks find. */
  condition: ServerReading['condition'] = 'ready';
  tokens = 0;
  memoryBytes: number | null = 2_000_000_000;
  load: ModelLoad | null = { processing: 0, deferred: 0 };
  latencyMs = 5;
  problem: string | null = null;
  tally: RequestTally | null = null;
  /** Checks under way wait until they are aborted, as those of a frozen server do. */
  frozen = false;
  checks = 0;
  /** What each stop was given and when, oldest first. */
  readonly stops: { readonly atMs: number; readonly graceMs: number }[] = [];
  released = false;
  /** Absent where a test takes it away: a process that nobody can take over later. */
  release?: () => Promise<void>;
  readonly #clock: Clock;
  readonly #stopMs: number;
  #exit!: (exit: ServerExit) => void;

  constructor(pid: number, modelId: string, port: number, clock: Clock, stopMs = 0) {
    this.pid = pid;
    this.baseUrl = `http://127.0.0.1:${port}`;
    this.modelId = modelId;
    this.port = port;
    this.launchedAtMs = clock.now();
    this.#clock = clock;
    this.#stopMs = stopMs;
    this.exited = new Promise((resolve) => (this.#exit = resolve));
    this.release = async () => void (this.released = true);
  }

  get alive(): boolean {
    return this.endedAtMs === undefined;
  }

  /** Ends by itself. */
  crash(
    failureCode: string | null = null,
    message = 'Segmentation fault',
    facts: Partial<ServerExit> = {},
  ): void {
    if (!this.alive) return;
    this.endedAtMs = this.#clock.now();
    this.#exit({ exitCode: failureCode === null ? null : 1, signal: null, failureCode, message, ...facts });
  }

  /** Ends as one does that the kernel has killed for want of memory. */
  runOutOfMemory(): void {
    this.crash(null, 'Killed', { signal: 'SIGKILL', oomSuspected: true });
  }

  logTail(): readonly string[] {
    return [`log of ${this.pid}`];
  }

  requestTally(): RequestTally | null {
    return this.tally;
  }

  async stop(graceMs = 0): Promise<ServerExit> {
    this.stops.push({ atMs: this.#clock.now(), graceMs });
    if (this.#stopMs > 0 && this.alive) await sleep(this.#clock, this.#stopMs);
    this.crash(null, 'Stopped');
    return this.exited;
  }

  reading(): ServerReading {
    const up = this.alive && this.condition !== 'unreachable' && this.condition !== 'impostor';
    return {
      condition: this.alive ? this.condition : 'unreachable',
      latencyMs: up ? this.latencyMs : null,
      numbers: up
        ? {
            generatedTokens: { total: this.tokens, atMs: this.#clock.now(), epoch: String(this.pid) },
            promptTokens: 0,
            promptSeconds: 0,
            load: this.load,
            slots: 4,
            contextUsedTokens: null,
            contextSizeTokens: null,
            source: 'fake',
          }
        : null,
      memory:
        up && this.memoryBytes !== null
          ? {
              anonymousBytes: this.memoryBytes,
              mappedBytes: 0,
              vramBytes: null,
              source: 'fake',
              vramSource: 'no card',
            }
          : null,
      problem: up ? null : this.problem,
    };
  }
}

/** A server that an earlier hub left running, with its process. */
export function fakeLeftRunning(
  modelId: string,
  port: number,
  clock: Clock,
  facts: Partial<LeftRunning> = {},
): LeftRunning & { readonly process: FakeProcess } {
  const process = new FakeProcess(500 + port, modelId, port, clock);
  const startedAtWall = clock.wallTime();
  return { modelId, port, settings: defaultModelSettings, startedAtWall, ...facts, process };
}
