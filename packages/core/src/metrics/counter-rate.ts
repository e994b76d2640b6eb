/** What a counter said at one moment. */
export interface CounterReading {
  /** The running total; it grows until the source restarts. Finite and at least 0. */
  readonly total: number;
  /** Monotonic time of the reading in ms. */
  readonly atMs: number;
  /** Changes when the source restarts; `null` where the source has no such mark. */
  readonly epoch: string | null;
}

/**
 * Turns readings of a growing counter into a rate per second.
 *
 * rate = Δtotal ÷ Δt, over the time since the last reading that was known. A falling total or a new epoch means
 * that the source restarted: what it counted since then is all we know, so Δtotal is the new total. The rate is
 * therefore never negative, never infinite, and the sum of rate × Δt never exceeds what was really counted.
 */
export class CounterRate {
  #previous: CounterReading | undefined;

  /**
   * Takes the next reading and answers the rate per second since the one before.
   * `null` (unknown) for the first reading, for a reading that is `null`, and when no time has passed.
   */
  observe(reading: CounterReading | null): number | null {
    if (reading === null || !Number.isFinite(reading.total) || reading.total < 0) return null;
    const previous = this.#previous;
    if (previous === undefined) {
      this.#previous = reading;
      return null;
    }
    const elapsedS = (reading.atMs - previous.atMs) / 1000;
    if (!(elapsedS > 0)) return null;
    this.#previous = reading;
    const restarted = reading.epoch !== previous.epoch || reading.total < previous.total;
    const increase = restarted ? reading.total : reading.total - previous.total;
    return increase / elapsedS;
  }

  /** Forgets the last reading: the next one starts anew. */
  reset(): void {
    this.#previous = undefined;
  }
}
