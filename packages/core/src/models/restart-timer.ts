import type { Clock, TimerHandle } from '../clock.js';

/** The one timer that starts a crashed server again. */
export class RestartTimer {
  readonly #clock: Clock;
  #timer: TimerHandle | undefined;
  #dueMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whole seconds until the restart, rounded up; `null` when none is due. */
  get secondsLeft(): number | null {
    if (this.#timer === undefined) return null;
    return Math.ceil(Math.max(0, this.#dueMs - this.#clock.now()) / 1000);
  }

  /** Calls `restart` once after `delayMs`. */
  set(delayMs: number, restart: () => void): void {
    this.cancel();
    this.#dueMs = this.#clock.now() + delayMs;
    this.#timer = this.#clock.setTimeout(() => {
      this.#timer = undefined;
      restart();
    }, delayMs);
  }

  /** Calls it off. */
  cancel(): void {
    this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
