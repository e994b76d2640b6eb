import { invalidArgument } from './errors.js';
import { limits } from './limits.js';

/**
 * A fixed window over the newest numbers. A push never allocates; the oldest value falls out when it is full.
 * `NaN` is a legal value and means *unknown*.
 */
export class RingBuffer {
  readonly #slots: Float64Array;
  #next = 0;
  #length = 0;

  /**
   * @param capacity how many values it keeps; default 20
   * @throws CorralError `invalid_argument` when it is not a positive integer
   */
  constructor(capacity: number = limits.seriesLength) {
    if (!Number.isSafeInteger(capacity) || capacity < 1)
      throw invalidArgument('capacity', 'a positive integer', capacity);
    this.#slots = new Float64Array(capacity);
  }

  /** How many values fit. */
  get capacity(): number {
    return this.#slots.length;
  }

  /** How many values it holds, 0 to `capacity`. */
  get length(): number {
    return this.#length;
  }

  /** The newest value; `undefined` when empty. */
  get last(): number | undefined {
    return this.#length === 0 ? undefined : this.at(this.#length - 1);
  }

  /** Adds a value at the new end. */
  push(value: number): void {
    this.#slots[this.#next] = value;
    this.#next = this.#next + 1 === this.#slots.length ? 0 : this.#next + 1;
    if (this.#length < this.#slots.length) this.#length += 1;
  }

  /** The value at `index`, 0 being the oldest; `undefined` outside of 0 … `length` - 1. */
  at(index: number): number | undefined {
    if (index < 0 || index >= this.#length) return undefined;
    const slots = this.#slots;
    const slot = this.#next - this.#length + index;
    return slots[slot < 0 ? slot + slots.length : slot];
  }

  /** Forgets every value. */
  clear(): void {
    this.#next = 0;
    this.#length = 0;
  }

  /** A copy, oldest first. */
  toArray(): number[] {
    return Array.from({ length: this.#length }, (_, index) => this.at(index) as number);
  }
}
