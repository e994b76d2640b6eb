import type { LiveJob } from './live-job.js';
import type { RunTools } from './run-host.js';

/** Gives jobs their turns: so many at a time, in the order in which they came. */
export class JobTurns {
  readonly #most: number;
  readonly #tools: RunTools;
  readonly #waiting: LiveJob[] = [];
  /** Who is first begins first when something is freed. */
  readonly #running = new Set<LiveJob>();
  #isOpen = false;

  constructor(most: number, tools: RunTools) {
    this.#most = most;
    this.#tools = tools;
  }

  /** Turns are given from now on. */
  open(): void {
    this.#isOpen = true;
    this.#next();
  }

  /** No more turns are given. */
  close(): void {
    this.#isOpen = false;
  }

  /** Has a job wait for its turn. */
  add(live: LiveJob): void {
    if (live.isEnding || live.hasTurn || this.#waiting.includes(live)) return;
    this.#waiting.push(live);
    this.#next();
  }

  /** Has a job leave the line; it keeps the turn that it may have. */
  drop(live: LiveJob): void {
    const place = this.#waiting.indexOf(live);
    if (place >= 0) this.#waiting.splice(place, 1);
  }

  /** A job is over. */
  leave(live: LiveJob): void {
    this.drop(live);
    this.#running.delete(live);
    this.#next();
  }

  /** Wakes all jobs, each time another one first: with few slots the first one would have them all. */
  wake(why: 'freed' | 'shared'): void {
    const jobs = [...this.#running];
    const [first] = jobs;
    if (!first) return;
    this.#running.delete(first);
    this.#running.add(first);
    for (const live of jobs) live.wake(why);
  }

  #next(): void {
    while (this.#isOpen && this.#running.size < this.#most) {
      const live = this.#waiting.shift();
      if (!live) return;
      this.#running.add(live);
      live.begin(this.#tools);
    }
  }
}
