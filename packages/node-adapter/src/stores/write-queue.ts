import { type Clock, sleep, systemClock } from '@corral/core';
import { AdapterError } from '../errors.js';
import type { Ballast } from './ballast.js';
import type { SqliteDatabase } from './sqlite-database.js';

/** What a {@link WriteQueue} works with. */
export interface WriteQueueOptions {
  /** Given up for writes that must not fail. Default: none. */
  readonly ballast?: Ballast;
  readonly clock?: Clock;
  /** A number in [0, 1). Default: `Math.random`. */
  readonly random?: () => number;
}

/** How often a write is tried while another process writes; each try waits for it as long as the store says. */
const tries = 3;
/** Milliseconds between two tries. */
const pauseMs = { least: 50, most: 250 };

/**
 * Writes to a store, one after another in the order in which they were asked for: a change that has to wait for another
 * process must not come after a later one, or it would undo it.
 */
export class WriteQueue {
  readonly #db: SqliteDatabase;
  readonly #ballast: Ballast | undefined;
  readonly #clock: Clock;
  readonly #random: () => number;
  #last: Promise<unknown> = Promise.resolve();

  constructor(
    db: SqliteDatabase,
    { ballast, clock = systemClock, random = Math.random }: WriteQueueOptions = {},
  ) {
    this.#db = db;
    // A store in memory gains nothing from it.
    this.#ballast = db.persistent ? ballast : undefined;
    this.#clock = clock;
    this.#random = random;
  }

  /**
   * Runs `work` as one change, when all before it are done.
   * @param important whether the ballast may be given up for it
   * @throws AdapterError `store_full`, `store_locked`, `store_unusable`; then nothing of the change was made
   */
  write<Answer>(work: () => Answer, important: boolean): Promise<Answer> {
    const written = this.#last.then(() => this.#try(work, important));
    this.#last = written.catch(() => {});
    return written;
  }

  async #try<Answer>(work: () => Answer, important: boolean): Promise<Answer> {
    for (let triesLeft = tries; ; ) {
      try {
        const answer = this.#db.transaction(work);
        this.#ballast?.keep();
        return answer;
      } catch (error) {
        if (hasCode(error, 'store_locked') && --triesLeft > 0) await sleep(this.#clock, this.#pauseMs());
        else if (!(hasCode(error, 'store_full') && important && this.#ballast?.free())) throw error;
      }
    }
  }

  #pauseMs(): number {
    return pauseMs.least + this.#random() * (pauseMs.most - pauseMs.least);
  }
}

function hasCode(error: unknown, code: AdapterError['code']): boolean {
  return error instanceof AdapterError && error.code === code;
}
