import { type Clock, type JobLogger, type JobLogLevel, limits, sleep, type TaskProgress } from '@corral/core';
import type { SaidBatch } from './messages.js';

/** Milliseconds for which words wait for others. */
const gatherMs = 50;

/** Lines and characters that wait at most, should Redis be away or slow. */
const most = { lines: 1000, characters: 1_000_000 };

/** Gathers what a task says, and sends it in order, one batch at a time. */
export class TaskFeed {
  readonly log: JobLogger;
  readonly #send: (batch: SaidBatch) => Promise<unknown>;
  readonly #clock: Clock;
  #lines: [JobLogLevel, string][] = [];
  #characters = 0;
  #leftOut = 0;
  #progress: TaskProgress | null = null;
  #sending: Promise<void> | undefined;

  constructor(clock: Clock, send: (batch: SaidBatch) => Promise<unknown>) {
    this.#clock = clock;
    this.#send = send;
    const say =
      (level: JobLogLevel) =>
      (message: string): void =>
        this.#say(level, message);
    this.log = { debug: say('debug'), info: say('info'), warn: say('warn'), error: say('error') };
  }

  /** Says how far the task is; what is left out stays as it was. */
  report(progress: TaskProgress): void {
    this.#progress = { ...this.#progress, ...progress };
    this.#arm();
  }

  /** Resolves when all that was said is sent. */
  async drain(): Promise<void> {
    while (this.#sending || this.#hasWords) await (this.#sending ?? this.#flush());
  }

  #say(level: JobLogLevel, message: unknown): void {
    // Executors in plain JavaScript may say anything.
    const text = String(message).slice(0, limits.jobLogLength);
    if (this.#lines.length >= most.lines || this.#characters + text.length > most.characters)
      this.#leftOut += 1;
    else {
      this.#lines.push([level, text]);
      this.#characters += text.length;
    }
    this.#arm();
  }

  get #hasWords(): boolean {
    return this.#lines.length > 0 || this.#leftOut > 0 || this.#progress !== null;
  }

  #arm(): void {
    this.#sending ??= sleep(this.#clock, gatherMs)
      .then(() => this.#flush())
      .finally(() => {
        this.#sending = undefined;
        if (this.#hasWords) this.#arm();
      });
  }

  async #flush(): Promise<void> {
    const lines = this.#lines;
    if (this.#leftOut > 0) lines.push(['warn', `${this.#leftOut} lines were left out`]);
    const batch = { lines, progress: this.#progress };
    this.#lines = [];
    this.#characters = 0;
    this.#leftOut = 0;
    this.#progress = null;
    // What cannot be sent now can never be: the connection itself waits for Redis.
    await this.#send(batch).catch(() => {});
  }
}
