import { limits } from '../limits.js';

/**
 * Decides from single checks whether a server is up, slowly enough not to flap: three misses in a row bring it
 * down, two hits in a row bring it back.
 */
export class CheckHistory {
  #up = true;
  #misses = 0;
  #hits = 0;

  /** Missed checks in a row. */
  get misses(): number {
    return this.#misses;
  }

  /** Takes the outcome of one check and answers whether the server counts as up. */
  record(answered: boolean): boolean {
    this.#misses = answered ? 0 : this.#misses + 1;
    this.#hits = answered ? this.#hits + 1 : 0;
    if (this.#misses >= limits.missesUntilUnhealthy) this.#up = false;
    else if (this.#hits >= limits.hitsUntilReady) this.#up = true;
    return this.#up;
  }
}
