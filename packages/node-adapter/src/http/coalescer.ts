import type { Clock, TimerHandle } from '@corral/core';

/** Hands values on at most once per key and interval: the first at once, then the latest of each interval. */
export class Coalescer<Value> {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  readonly #hand: (value: Value) => void;
  readonly #merge: (waiting: Value, next: Value) => Value;
  readonly #waiting = new Map<string, { latest: Value | undefined; timer: TimerHandle }>();

  /** @param merge what is left of a value that waits when the next one comes; default: the next one */
  constructor(
    clock: Clock,
    intervalMs: number,
    hand: (value: Value) => void,
    merge: (waiting: Value, next: Value) => Value = (_, next) => next,
  ) {
    this.#merge = merge;
    this.#clock = clock;
    this.#intervalMs = intervalMs;
    this.#hand = hand;
  }

  push(key: string, value: Value): void {
    const entry = this.#waiting.get(key);
    if (entry) {
      entry.latest = entry.latest === undefined ? value : this.#merge(entry.latest, value);
      return;
    }
    this.#open(key);
    this.#hand(value);
  }

  /** Hands on all that waits, in the order of its keys. */
  flush(): void {
    for (const [key, { latest, timer }] of [...this.#waiting]) {
      this.#clock.clearTimeout(timer);
      this.#waiting.delete(key);
      if (latest !== undefined) this.#hand(latest);
    }
  }

  /** Drops all that waits. */
  dispose(): void {
    for (const { timer } of this.#waiting.values()) this.#clock.clearTimeout(timer);
    this.#waiting.clear();
  }

  #open(key: string): void {
    const timer = this.#clock.setTimeout(() => {
      const latest = this.#waiting.get(key)?.latest;
      this.#waiting.delete(key);
      if (latest === undefined) return;
      this.#open(key);
      this.#hand(latest);
    }, this.#intervalMs);
    this.#waiting.set(key, { latest: undefined, timer });
  }
}
