import type { Clock } from '@corral/core';

/** What a {@link RateWindow} allows. */
export interface RateWindowOptions {
  /** How many in any span of `windowMs`, for each key. */
  readonly most: number;
  readonly windowMs: number;
  /** Keys that are remembered; the one that was silent the longest is forgotten first. */
  readonly mostKeys: number;
  readonly clock: Clock;
}

/** Counts what came in the last while, by key, exactly: there is no border of a window at which twice as many pass. */
export class RateWindow {
  readonly #options: RateWindowOptions;
  readonly #taken = new Map<string, readonly number[]>();

  constructor(options: RateWindowOptions) {
    this.#options = options;
  }

  /** Takes one more. @returns 0, or, when there were as many as there may be, the seconds until there is room */
  take(key: string): number {
    const { most, windowMs, mostKeys, clock } = this.#options;
    const nowMs = clock.now();
    const recent = (this.#taken.get(key) ?? []).filter((atMs) => nowMs - atMs < windowMs);
    const [oldest] = recent;
    const isFull = recent.length >= most;
    // Taken out and put in again, the map is in the order of the last calls.
    this.#taken.delete(key);
    this.#taken.set(key, isFull ? recent : [...recent, nowMs]);
    const [silent] = this.#taken.keys();
    if (this.#taken.size > mostKeys && silent !== undefined) this.#taken.delete(silent);
    return isFull && oldest !== undefined ? Math.max(1, Math.ceil((oldest + windowMs - nowMs) / 1000)) : 0;
  }

  /** Gives back what was taken last: nothing came of it. */
  giveBack(key: string): void {
    const recent = this.#taken.get(key);
    if (recent) this.#taken.set(key, recent.slice(0, -1));
  }
}
