import { childSignal } from '../child-signal.js';
import { type Clock, sleep } from '../clock.js';
import { limits } from '../limits.js';
import { CounterRate } from '../metrics/counter-rate.js';
import type { ModelStatus } from './model.js';
import { MeasuredValues } from './model-details.js';
import type { ModelMetric } from './model-series.js';
import type { ModelSettings } from './model-settings.js';
import type { ServerProbe, ServerProcess, ServerReading } from './ports.js';

/** What is known of a model only while it has a process. */
export type ServerFacts = Pick<
  ModelStatus,
  'pid' | 'requestCount' | 'errorCount' | 'totalResponseTimeMs' | 'startedAt' | 'uptimeSeconds' | 'load'
>;

/** The facts of a model without a process. */
export const noServerFacts: ServerFacts = {
  pid: null,
  requestCount: null,
  errorCount: null,
  totalResponseTimeMs: null,
  startedAt: null,
  uptimeSeconds: null,
  load: null,
};

/** One slot of each series; `null` where unknown. */
export type Slot = Readonly<Record<ModelMetric, number | null>>;

/** A slot of which nothing is known. */
export const unknownSlot: Slot = { tokensPerSecond: null, memoryGb: null, latencyMs: null };

/** What a {@link RunningServer} is made of. */
export interface RunningServerOptions {
  readonly process: ServerProcess;
  readonly probe: ServerProbe;
  readonly clock: Clock;
  readonly port: number;
  /** The settings it was started with. */
  readonly settings: ModelSettings;
  /** Wall time of its start in ms since the epoch; default: now. */
  readonly startedAtWall?: number;
}

/** One process with the probe that watches it: what lives and dies with a single start. */
export class RunningServer {
  readonly process: ServerProcess;
  readonly port: number;
  readonly settings: ModelSettings;
  readonly values = new MeasuredValues();
  /** Monotonic time since which this hub has it. */
  readonly startedAtMs: number;
  readonly startedAtWall: number;
  /** Monotonic time of its first readiness. */
  readySinceMs: number | undefined;
  readonly #rate = new CounterRate();
  readonly #probe: ServerProbe;
  readonly #clock: Clock;
  readonly #ageAtStartMs: number;
  #checking = false;
  #lastReading: ServerReading | undefined;
  #prompt: { readonly tokens: number; readonly seconds: number } | undefined;

  constructor({ process, probe, clock, port, settings, startedAtWall }: RunningServerOptions) {
    this.process = process;
    this.port = port;
    this.settings = settings;
    this.#probe = probe;
    this.#clock = clock;
    this.startedAtMs = clock.now();
    this.startedAtWall = startedAtWall ?? clock.wallTime();
    this.#ageAtStartMs = Math.max(0, clock.wallTime() - this.startedAtWall);
  }

  /** The facts of this moment. */
  facts(): ServerFacts {
    return {
      ...noServerFacts,
      ...this.process.requestTally(),
      pid: this.process.pid,
      startedAt: new Date(this.startedAtWall).toISOString(),
      uptimeSeconds: this.#uptimeSeconds(),
      load: this.#lastReading?.numbers?.load ?? null,
    };
  }

  /** One check; `undefined` while an earlier one is still under way (single flight). */
  async check(signal: AbortSignal): Promise<ServerReading | undefined> {
    if (this.#checking) return undefined;
    this.#checking = true;
    try {
      const reading = await this.#probe.check(signal);
      this.#lastReading = reading;
      this.#takeValues(reading);
      return reading;
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

  /** The slot that a reading makes. While the server loads, its readiness checks have seen its memory grow. */
  slot(reading: ServerReading | undefined, loads: boolean): Slot {
    const memory = (loads ? this.#lastReading : reading)?.memory ?? null;
    const tokensPerSecond = this.#rate.observe(reading?.numbers?.generatedTokens ?? null);
    const source = reading?.numbers?.source ?? 'the server has not told';
    this.values.set('tokensPerSecond', tokensPerSecond, `rate of ${source}`, this.#clock.now());
    return {
      tokensPerSecond,
      memoryGb: memory && (memory.anonymousBytes + memory.mappedBytes + (memory.vramBytes ?? 0)) / 1e9,
      latencyMs: reading?.latencyMs ?? null,
    };
  }

  /**
   * Ends the process within `graceMs`. Requests may finish first, for `drainMs` of it or until `hurry` aborts; then our
   * own connection is given up, which a polite stop would wait for.
   */
  async end(graceMs: number, drainMs = 0, hurry?: AbortSignal): Promise<void> {
    const beganMs = this.#clock.now();
    if (drainMs > 0) await this.#drain(drainMs, hurry);
    await this.close();
    await this.process.stop(Math.max(0, graceMs - (this.#clock.now() - beganMs)));
  }

  close(): Promise<void> {
    return this.#probe.close();
  }

  /** Waits until no request runs or waits. Where the server does not tell there is nothing to wait for. */
  async #drain(ms: number, hurry?: AbortSignal): Promise<void> {
    const over = childSignal(hurry);
    void this.process.exited.then(() => over.abort());
    await this.#untilIdle(this.#clock.now() + ms, over.signal);
    over.dispose();
  }

  async #untilIdle(untilMs: number, over: AbortSignal): Promise<void> {
    const leftMs = (): number => untilMs - this.#clock.now();
    let misses = 0;
    while (leftMs() > 0 && !over.aborted) {
      const reading = await this.checkWithin(Math.min(limits.checkDeadlineMs, leftMs()), over);
      const load = reading.numbers?.load;
      const isMissed = reading.condition === 'unreachable' || reading.condition === 'unchecked';
      // A busy server may miss a check; one that misses three in a row will not tell any more.
      misses = isMissed && reading !== unanswered ? misses + 1 : 0;
      if (misses >= limits.missesUntilUnhealthy) return;
      if (!isMissed && (!load || load.processing + load.deferred === 0)) return;
      await sleep(this.#clock, Math.max(0, Math.min(drainPollMs, leftMs())), over);
    }
  }

  #uptimeSeconds(): number {
    return Math.floor((this.#ageAtStartMs + this.#clock.now() - this.startedAtMs) / 1000);
  }

  #takeValues(reading: ServerReading): void {
    const atMs = this.#clock.now();
    const tally = this.process.requestTally();
    const source = tally ? 'log of the server, since its start' : 'the log of the server does not tell';
    this.values.take(reading, atMs);
    this.values.set('requestCount', tally?.requestCount ?? null, source, atMs);
    this.values.set('errorCount', tally?.errorCount ?? null, source, atMs);
    this.values.set('totalResponseTimeMs', tally?.totalResponseTimeMs ?? null, source, atMs);
    this.values.set('uptimeSeconds', this.#uptimeSeconds(), 'start of the process', atMs);
    this.#takePromptSpeed(reading, atMs);
  }

  /** Prompt speed = Δprompt tokens ÷ Δprompt seconds: both move when a prompt is done, so it is of the last prompts. */
  #takePromptSpeed({ numbers }: ServerReading, atMs: number): void {
    const { promptTokens: tokens, promptSeconds: seconds } = numbers ?? noPrompt;
    if (tokens === null || seconds === null) {
      this.values.set('promptTokensPerSecond', null, 'the server has not told', atMs);
      return;
    }
    const before = this.#prompt;
    this.#prompt = { tokens, seconds };
    if (!before || !(seconds > before.seconds) || tokens < before.tokens) return;
    const speed = (tokens - before.tokens) / (seconds - before.seconds);
    const source = `growth of prompt tokens ÷ growth of prompt seconds in ${numbers?.source ?? ''}`;
    this.values.set('promptTokensPerSecond', speed, source, atMs);
  }
}

const drainPollMs = 250;
const noPrompt = { promptTokens: null, promptSeconds: null } as const;

const unanswered: ServerReading = {
  condition: 'unreachable',
  latencyMs: null,
  numbers: null,
  memory: null,
  problem: 'An earlier check is still under way',
};
