import { limits } from '../limits.js';
import type { ModelState } from './model-state.js';
import type { ServerReading } from './ports.js';

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

  /**
   * The state that a reading leads to, `undefined` when it changes nothing yet. A server that was unhealthy is ready
   * before it can be asleep.
   */
  stateAfter(reading: ServerReading, state: ModelState): ModelState | undefined {
    const answered = isAnswered(reading);
    if (this.record(answered) !== answered) return undefined;
    if (!answered) return 'unhealthy';
    return reading.condition === 'sleeping' && state !== 'unhealthy' ? 'sleeping' : 'ready';
  }
}

/** Whether the server itself answered. */
export function isAnswered({ condition }: ServerReading): boolean {
  return condition === 'ready' || condition === 'sleeping';
}
