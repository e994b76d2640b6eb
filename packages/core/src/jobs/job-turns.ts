import type { LiveJob } from './live-job.js';
import type { RunTools, Turn } from './run-host.js';

/** For each turn, how many jobs may have lent theirs: each looks for an endpoint now and then. */
const lentForEach = 8;

/**
 * Gives jobs their turns: so many at a time, in the order in which they came.
 *
 * A job that can begin nothing, and has nothing under way, lends its turn to one that can: those that wait for a model
 * that is not there would keep all others from servers that are. It has it back before it begins anything.
 */
export class JobTurns {
  readonly #most: number;
  readonly #tools: RunTools;
  readonly #waiting: LiveJob[] = [];
  /** Who is first begins first when something is freed. */
  readonly #running = new Set<LiveJob>();
  /** Those of them that lent their turn. */
  readonly #lent = new Set<LiveJob>();
  /** Those of them that want it back. */
  readonly #wanted = new Set<LiveJob>();
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
    for (const jobs of [this.#running, this.#lent, this.#wanted]) jobs.delete(live);
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
    this.#next();
  }

  #next(): void {
    while (this.#isOpen && this.#running.size - this.#lent.size < this.#most) {
      const [back] = this.#wanted;
      if (back) {
        this.#wanted.delete(back);
        this.#lent.delete(back);
        back.wake('turn');
        continue;
      }
      const live = this.#nextInLine();
      if (!live) return;
      this.drop(live);
      this.#running.add(live);
      live.begin(this.#tools, this.#turnOf(live));
    }
  }

  /** With a turn that is lent only a job begins that can begin something: others would lend it on and on. */
  #nextInLine(): LiveJob | undefined {
    if (this.#running.size < this.#most) return this.#waiting[0];
    return this.#waiting.find(({ record }) => this.#tools.slots.free(record.spec) !== 0);
  }

  #turnOf(live: LiveJob): Turn {
    return {
      lend: () => {
        if (!this.#running.has(live)) return;
        this.#wanted.delete(live);
        if (this.#lent.size < this.#most * lentForEach) this.#lent.add(live);
        this.#next();
      },
      takeBack: () => {
        if (!this.#lent.has(live)) return true;
        const isFree = this.#running.size - this.#lent.size < this.#most;
        if (isFree) this.#lent.delete(live);
        else this.#wanted.add(live);
        return isFree;
      },
    };
  }
}
