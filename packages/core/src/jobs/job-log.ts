import type { Clock, TimerHandle } from '../clock.js';
import { isoTime } from '../clock.js';
import { limits } from '../limits.js';
import type {
  JobDoneEvent,
  JobEvent,
  JobEventBatch,
  JobLogEvent,
  JobLogLevel,
  JobTaskEvent,
} from './job-event.js';
import { logLines } from './log-lines.js';
import type { JobStore } from './ports.js';
import { nextPage } from './stored-events.js';
import { charactersOf } from './waiting-lines.js';

/** An event before it has its number and time. */
export type NewJobEvent =
  | Omit<JobLogEvent, 'seq' | 'ts'>
  | Omit<JobTaskEvent, 'seq' | 'ts'>
  | Omit<JobDoneEvent, 'seq' | 'ts'>;

/** What a {@link JobLog} works with. */
export interface JobLogOptions {
  readonly jobId: string;
  readonly store: Pick<JobStore, 'events' | 'eventRange'>;
  readonly clock: Clock;
  readonly redact: (text: string) => string;
  /** The number after which numbers are given. */
  readonly last: number;
  /** Has waiting events stored. */
  readonly flush: () => void;
}

/** Stored events that stay in memory for readers who keep up. */
const kept = { least: 256, most: 512 } as const;

/** What may wait to be stored. Of more the lines are counted, not kept: those that say least first. */
const mostUnstored = { events: 10_000, characters: 2 * 1024 * 1024 } as const;

/**
 * What happens in one job: numbers it, lets it wait to be stored together, and tells any number of followers.
 *
 * Log lines are told at once. What the store must know first (results, the end) is held back, with all that comes after
 * it, until it is stored.
 */
export class JobLog {
  readonly #options: JobLogOptions;
  /** All that is not known to be stored, and the latest that is. */
  readonly #events: JobEvent[] = [];
  readonly #held: number[] = [];
  readonly #wake = new Set<() => void>();
  /** From this number on all events are in memory. */
  #memoryFrom: number;
  #last: number;
  #lastTaken: number;
  #lastStored: number;
  /** Characters of log lines that wait to be stored. */
  #unstored = 0;
  #left = 0;
  #timer: TimerHandle | undefined;
  #ended = false;
  #removed = false;

  constructor(options: JobLogOptions) {
    this.#options = options;
    this.#last = this.#lastTaken = this.#lastStored = options.last;
    this.#memoryFrom = options.last + 1;
  }

  /** The number of the latest event. */
  get last(): number {
    return this.#last;
  }

  /** Says something; it is told at once. */
  say(level: JobLogLevel, message: string, taskId: string | null = null): void {
    if (this.#ended || this.#removed) return;
    for (const msg of logLines(message, this.#options.redact)) {
      if (!this.#hasRoom(level === 'debug' ? 0.5 : 1)) this.#left += 1;
      else this.#number({ type: 'log', level, msg, taskId });
    }
    this.#tell();
    this.#timer ??= this.#options.clock.setTimeout(() => this.#flush(), limits.jobLogFlushMs);
  }

  /** Says something that nobody hears before it is stored. */
  sayWhenStored(level: JobLogLevel, message: string, taskId: string | null = null): void {
    this.hold(logLines(message, this.#options.redact).map((msg) => ({ type: 'log', level, msg, taskId })));
  }

  /** Tells how far something is at once; it is stored with the next change. Too much of it is left out. */
  add(event: NewJobEvent): void {
    if (this.#ended || this.#removed) return;
    if (this.#hasRoom(1)) this.#number(event);
    this.#tell();
    this.#timer ??= this.#options.clock.setTimeout(() => this.#flush(), limits.jobLogFlushMs);
  }

  /** Lines that were told cannot be stored. */
  leftOut(lines: number): void {
    this.#left += lines;
  }

  /** Adds facts that nobody hears of before they are stored. */
  hold(events: readonly NewJobEvent[]): void {
    for (const event of events) this.#held.push(this.#number(event));
  }

  /** What waits to be stored. The caller stores it and then says so. */
  take(): readonly JobEvent[] {
    this.#options.clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    const events = this.#after(this.#lastTaken);
    this.#lastTaken = this.#last;
    return events;
  }

  /** All up to this number is stored. */
  stored(upTo: number): void {
    this.#lastStored = Math.max(this.#lastStored, upTo);
    this.#unstored = charactersOf(this.#after(this.#lastStored));
    const still = this.#held.findIndex((seq) => seq > this.#lastStored);
    this.#held.splice(0, still < 0 ? this.#held.length : still);
    this.#forget();
    this.#tell();
    if (this.#left === 0) return;
    const message = `${this.#left} lines were left out: more came than could be stored`;
    this.#left = 0;
    this.say('warn', message);
  }

  /** Nothing more comes: followers end when they have it all. */
  end(): void {
    this.#ended = true;
    this.#stop();
  }

  /** The job is gone: followers end now. */
  remove(): void {
    this.#removed = true;
    this.#stop();
  }

  /** What happened after this number, and what happens from now on. */
  async *follow(after: number, signal: AbortSignal | undefined): AsyncGenerator<JobEventBatch> {
    const { jobId, store } = this.#options;
    let cursor = after;
    while (!signal?.aborted && !this.#isGone()) {
      const known = this.#memoryFrom - 1;
      const page = cursor < known ? await nextPage(store, jobId, cursor) : undefined;
      const events = page ? page.events : this.#told(cursor);
      const last = events.at(-1);
      if (last) {
        cursor = last.seq;
        // It may have been removed while we read.
        if (!this.#isGone()) yield { events, gap: page?.gap ?? false };
      } else if (page) cursor = known;
      else if (this.#ended) return;
      else await this.#next(signal);
    }
  }

  #isGone(): boolean {
    return this.#removed;
  }

  /** @param share of what may wait */
  #hasRoom(share: number): boolean {
    const { events, characters } = mostUnstored;
    return this.#last - this.#lastStored < events * share && this.#unstored < characters * share;
  }

  #number(event: NewJobEvent): number {
    this.#last += 1;
    if (event.type === 'log') this.#unstored += event.msg.length;
    this.#events.push({ ...event, seq: this.#last, ts: isoTime(this.#options.clock) });
    return this.#last;
  }

  #told(after: number): readonly JobEvent[] {
    const firstHeld = this.#held[0] ?? Infinity;
    return this.#after(after).filter(({ seq }) => seq < firstHeld);
  }

  /** Events in memory above this number; numbers in memory follow each other without holes. */
  #after(seq: number): readonly JobEvent[] {
    const first = this.#events[0]?.seq ?? 0;
    return this.#events.slice(Math.max(0, seq + 1 - first));
  }

  #forget(): void {
    const stored = this.#events.length - (this.#last - this.#lastStored);
    if (stored <= kept.most) return;
    this.#events.splice(0, stored - kept.least);
    this.#memoryFrom = this.#events[0]?.seq ?? this.#last + 1;
  }

  #flush(): void {
    this.#timer = undefined;
    this.#options.flush();
  }

  #next(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#wake.delete(wake);
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      this.#wake.add(wake);
      signal?.addEventListener('abort', wake, { once: true });
    });
  }

  #tell(): void {
    for (const wake of this.#wake) wake();
  }

  #stop(): void {
    this.#options.clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#tell();
  }
}
