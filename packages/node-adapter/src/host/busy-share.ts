/** A pair of counters that grow: what was used, out of what there was. */
export interface UseCounters {
  readonly used: number;
  readonly available: number;
}

/** Turns counters into the percentage of use since the reading before. */
export class BusyShare {
  #previous: UseCounters | null = null;
  #percent: number | null = null;

  /**
   * Takes the next reading. `null` for the first, for one that is `null`, and for counters that fell; the percentage of
   * before when they did not move: two who ask at the same moment get the same answer.
   */
  observe(counters: UseCounters | null): number | null {
    const previous = this.#previous;
    const available = counters && previous ? counters.available - previous.available : Number.NaN;
    if (available === 0) return this.#percent;
    this.#previous = counters;
    this.#percent = null;
    if (counters && previous && available > 0 && counters.used >= previous.used)
      this.#percent = Math.min(100, (100 * (counters.used - previous.used)) / available);
    return this.#percent;
  }
}
