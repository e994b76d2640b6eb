import type { JobEvent, JobEventBatch, JobLogEvent, JobTask } from '@corral/core';

/** What the events of a job say: its tasks as they are now, and the lines that nobody has shown yet. */
export class EventRecord {
  readonly #tasks = new Map<string, JobTask>();
  #lines: JobLogEvent[] = [];
  #lastSeq = 0;
  #hasGap = false;
  #isDone = false;
  #generation = 0;

  /** Tasks in the order in which they came. */
  get tasks(): ReadonlyMap<string, JobTask> {
    return this.#tasks;
  }

  /** The number of the last event that was taken in. */
  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** Whether events are missing. */
  get hasGap(): boolean {
    return this.#hasGap;
  }

  /** Whether the last thing heard of the job is that it ended. */
  get isDone(): boolean {
    return this.#isDone;
  }

  /** Another number after each {@link clear}: what was shown before is of something else. */
  get generation(): number {
    return this.#generation;
  }

  /** Takes events in. Those that are known already are left out. */
  take({ events, gap }: JobEventBatch): void {
    if (gap) this.#hasGap = true;
    for (const event of events) this.#takeOne(event);
  }

  /** Lines that came since the last call. */
  takeLines(): readonly JobLogEvent[] {
    const lines = this.#lines;
    if (lines.length > 0) this.#lines = [];
    return lines;
  }

  clear(): void {
    this.#tasks.clear();
    this.#lines = [];
    this.#lastSeq = 0;
    this.#hasGap = false;
    this.#isDone = false;
    this.#generation += 1;
  }

  #takeOne(event: JobEvent): void {
    if (event.seq <= this.#lastSeq) return;
    this.#lastSeq = event.seq;
    this.#isDone = event.type === 'done';
    if (event.type === 'log') this.#lines.push(event);
    else if (event.type === 'task') this.#tasks.set(event.taskId, event);
  }
}
