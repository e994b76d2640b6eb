import type { Clock, TimerHandle } from '../clock.js';

interface Timer {
  readonly dueMs: number;
  readonly order: number;
  readonly callback: () => void;
}

/** A clock that stands still until it is told to move on. */
export class SimulatedClock implements Clock {
  readonly #timers = new Map<number, Timer>();
  #nowMs = 0;
  #wallOffsetMs: number;
  #orders = 0;

  /** @param wallStartMs wall time at the start, in ms since the epoch; default 2026-01-01 */
  constructor(wallStartMs: number = Date.UTC(2026, 0, 1)) {
    this.#wallOffsetMs = wallStartMs;
  }

  now(): number {
    return this.#nowMs;
  }

  wallTime(): number {
    return this.#wallOffsetMs + this.#nowMs;
  }

  /** Moves the wall clock alone, as an NTP step does. */
  jumpWallTime(byMs: number): void {
    this.#wallOffsetMs += byMs;
  }

  setTimeout(callback: () => void, delayMs: number): TimerHandle {
    const order = ++this.#orders;
    this.#timers.set(order, { dueMs: this.#nowMs + Math.max(0, delayMs), order, callback });
    return order;
  }

  clearTimeout(handle: TimerHandle | undefined): void {
    if (typeof handle === 'number') this.#timers.delete(handle);
  }

  /** How many timers wait. */
  get timerCount(): number {
    return this.#timers.size;
  }

  /** Moves on, firing every timer that comes due, each with the promises that hang on it settled. */
  async advance(byMs: number): Promise<void> {
    const untilMs = this.#nowMs + byMs;
    await settlePromises();
    for (let timer = this.#nextDue(untilMs); timer; timer = this.#nextDue(untilMs)) {
      this.#nowMs = Math.max(this.#nowMs, timer.dueMs);
      this.#timers.delete(timer.order);
      timer.callback();
      await settlePromises();
    }
    this.#nowMs = untilMs;
  }

  /** Moves on without firing anything: a blocked event loop. What came due fires at the next {@link advance}. */
  block(byMs: number): void {
    this.#nowMs += byMs;
  }

  #nextDue(untilMs: number): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers.values()) {
      if (timer.dueMs > untilMs) continue;
      if (!next || timer.dueMs < next.dueMs || (timer.dueMs === next.dueMs && timer.order < next.order))
        next = timer;
    }
    return next;
  }
}

/** Lets chains of already settled promises run out. Forty turns are more than any chain in this package has. */
async function settlePromises(): Promise<void> {
  for (let turn = 0; turn < 40; turn++) await Promise.resolve();
}
