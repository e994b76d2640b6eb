import { type AgentReport, type Clock, childSignal, isoTime, sleep } from '@corral/core';
import type { Logger } from '../logger.js';
import type { ReportAnswer } from './hub-client.js';
import { fitReport } from './report-body.js';

/** What an agent knows of its machine at one moment. */
export type ReportFacts = Omit<AgentReport, 'seq' | 'at' | 'intervalMs'>;

/** What a {@link ReportPusher} is made of. */
export interface ReportPusherOptions {
  /** Sends one report. It rejects when there was no usable answer, and must settle soon after `signal` aborts. */
  readonly send: (report: AgentReport, token: string, signal: AbortSignal) => Promise<ReportAnswer>;
  /** The token: asked for at the start, and again after the hub refused it. */
  readonly token: () => Promise<string>;
  /** Reads the machine. */
  readonly collect: () => Promise<ReportFacts>;
  readonly intervalMs: number;
  readonly clock: Clock;
  /** A number in [0, 1). */
  readonly random: () => number;
  readonly logger: Logger;
}

/** Milliseconds that one report may take on its way. */
const deadlineMs = 5000;
/** Milliseconds between two tries that fail: the first, doubling to the last, each ±20 %. */
const retryMs = { first: 1000, last: 30_000 };
/** Milliseconds until a token that was refused is tried again: it may have been renewed. */
const refusedMs = 30_000;
/** The longest that a hub can make us wait, in ms. */
const mostRetryAfterMs = 60_000;

/**
 * Sends reports, one at a time: the next one an interval after the last one began, later when the hub does not take it.
 * What could not be sent is not sent later: only the newest numbers are worth anything.
 */
export class ReportPusher {
  readonly #options: ReportPusherOptions;
  #seq: number;
  #failures = 0;
  #replays = 0;
  #token: string | undefined;
  /** What was last told, so that a hub that is away for a night does not fill the log. */
  #told = '';
  #isCut = false;
  #wasReplayed = false;
  #running: { readonly ended: Promise<void>; readonly abort: () => void } | undefined;

  constructor(options: ReportPusherOptions) {
    this.#options = options;
    // Larger than all numbers of an earlier run, as long as nobody sends a thousand reports a second.
    this.#seq = Math.floor(options.clock.wallTime());
  }

  /** Begins to report. Idempotent. */
  start(): void {
    if (this.#running) return;
    const asked = childSignal();
    this.#running = { ended: this.#run(asked.signal), abort: () => asked.abort() };
  }

  /** Ends the report that is under way; resolves when nothing is. Idempotent. */
  async stop(): Promise<void> {
    this.#running?.abort();
    await this.#running?.ended;
    this.#running = undefined;
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const pauseMs = await this.#push(signal);
      await sleep(this.#options.clock, pauseMs, signal);
    }
  }

  /** Sends one report; answers the milliseconds until the next. */
  async #push(signal: AbortSignal): Promise<number> {
    const { clock, intervalMs, logger } = this.#options;
    const startedMs = clock.now();
    let answer: ReportAnswer;
    try {
      answer = await this.#send(signal);
    } catch (error) {
      if (!signal.aborted) this.#tell('no answer', () => logger.warn('a report did not arrive', { error }));
      return this.#backOff(null);
    }
    const { status, lastSeq } = answer;
    if (status >= 200 && status < 300) {
      this.#tell('taken', () => logger.info('the hub takes reports'));
      this.#failures = 0;
      this.#replays = 0;
      return Math.max(0, intervalMs - (clock.now() - startedMs));
    }
    if (status === 409 && lastSeq !== null && lastSeq < Number.MAX_SAFE_INTEGER) {
      this.#seq = Math.max(this.#seq, lastSeq);
      if (!this.#wasReplayed)
        logger.warn(
          'the hub has newer reports of this host: its clock was set back, or two agents report it',
        );
      this.#wasReplayed = true;
      if (this.#replays++ === 0) return 0;
    }
    return this.#refused(answer);
  }

  #refused({ status, code, retryAfterMs }: ReportAnswer): number {
    const { logger } = this.#options;
    this.#tell(`${status} ${code}`, () => logger.warn('the hub refuses reports', { status, code }));
    if (status !== 401 && status !== 403) return this.#backOff(retryAfterMs);
    this.#token = undefined;
    return refusedMs;
  }

  async #send(signal: AbortSignal): Promise<ReportAnswer> {
    const { clock, collect, intervalMs, token, send } = this.#options;
    const deadline = childSignal(signal);
    const timer = clock.setTimeout(() => deadline.abort(), deadlineMs);
    try {
      this.#token ??= await token();
      // A driver can hang for longer than anybody waits.
      const facts = await settledOrAborted(collect(), deadline.signal);
      const report = { ...facts, seq: ++this.#seq, at: isoTime(clock), intervalMs };
      return await send(this.#fitted(report), this.#token, deadline.signal);
    } finally {
      clock.clearTimeout(timer);
      deadline.dispose();
    }
  }

  #fitted(whole: AgentReport): AgentReport {
    const { report, leftOut } = fitReport(whole);
    const isCut = leftOut.endpoints + leftOut.models > 0;
    if (isCut && !this.#isCut) this.#options.logger.warn('reports are cut to what a hub takes', leftOut);
    this.#isCut = isCut;
    return report;
  }

  #backOff(retryAfterMs: number | null): number {
    const { random } = this.#options;
    const doubled = Math.min(retryMs.last, retryMs.first * 2 ** Math.min(this.#failures++, 10));
    const jittered = Math.min(retryMs.last, doubled * (0.8 + 0.4 * random()));
    return Math.max(jittered, Math.min(mostRetryAfterMs, retryAfterMs ?? 0));
  }

  /** Tells what is not what was told before. */
  #tell(what: string, tell: () => void): void {
    if (this.#told === what) return;
    this.#told = what;
    tell();
  }
}

/** The answer of `promise`, unless `signal` aborts first. */
function settledOrAborted<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(new Error('This machine could not be read in time'));
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
