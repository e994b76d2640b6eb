import { childSignal } from '../child-signal.js';
import type { Clock } from '../clock.js';
import { CounterRate } from '../metrics/counter-rate.js';
import type { ModelStatus } from './model.js';
import type { ServerProbe, ServerProcess, ServerReading } from './ports.js';

/** What is known of a model only while it has a process. */
export type ServerFacts = Pick<
  ModelStatus,
  'pid' | 'requestCount' | 'errorCount' | 'totalResponseTimeMs' | 'startedAt' | 'uptimeSeconds'
>;

/** The facts of a model without a process. */
export const noServerFacts: ServerFacts = {
  pid: null,
  requestCount: null,
  errorCount: null,
  totalResponseTimeMs: null,
  startedAt: null,
  uptimeSeconds: null,
};

/** One process with the probe that watches it: what lives and dies with a single start. */
export class RunningServer {
  readonly process: ServerProcess;
  readonly rate = new CounterRate();
  readonly startedAtMs: number;
  readonly startedAtWall: number;
  /** Monotonic time of its first readiness. */
  readySinceMs: number | undefined;
  lastReading: ServerReading | undefined;
  readonly #probe: ServerProbe;
  readonly #clock: Clock;
  #checking = false;

  constructor(process: ServerProcess, probe: ServerProbe, clock: Clock) {
    this.process = process;
    this.#probe = probe;
    this.#clock = clock;
    this.startedAtMs = clock.now();
    this.startedAtWall = clock.wallTime();
  }

  /** The facts of this moment. */
  facts(): ServerFacts {
    const { pid } = this.process;
    const tally = this.process.requestTally();
    return {
      ...noServerFacts,
      ...tally,
      pid,
      startedAt: new Date(this.startedAtWall).toISOString(),
      uptimeSeconds: Math.floor((this.#clock.now() - this.startedAtMs) / 1000),
    };
  }

  /** One check; `undefined` while an earlier one is still under way (single flight). */
  async check(signal: AbortSignal): Promise<ServerReading | undefined> {
    if (this.#checking) return undefined;
    this.#checking = true;
    try {
      this.lastReading = await this.#probe.check(signal);
      return this.lastReading;
    } finally {
      this.#checking = false;
    }
  }

  /** One check that ends after `deadlineMs`, or earlier with `signal`. */
  async checkWithin(deadlineMs: number, signal: AbortSignal): Promise<ServerReading> {
    const deadline = childSignal(signal);
    const timer = this.#clock.setTimeout(() => deadline.abort(), deadlineMs);
    try {
      return (await this.check(deadline.signal)) ?? unanswered;
    } finally {
      this.#clock.clearTimeout(timer);
      deadline.dispose();
    }
  }

  /** Ends the process; first gives up our own connection, which a polite stop would wait for. */
  async end(graceMs: number): Promise<void> {
    await this.close();
    await this.process.stop(graceMs);
  }

  close(): Promise<void> {
    return this.#probe.close();
  }
}

const unanswered: ServerReading = {
  condition: 'unreachable',
  latencyMs: null,
  generatedTokens: null,
  memoryBytes: null,
  problem: 'An earlier check is still under way',
};
