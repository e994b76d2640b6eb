import { invalidArgument } from '../errors.js';

/** The ports that our own servers may use, both ends included. */
export interface PortRange {
  readonly from: number;
  readonly to: number;
}

/** The default range. */
export const defaultPortRange: PortRange = { from: 8100, to: 8199 };

/** Hands out ports of a range so that no two models hold the same. */
export class PortAllocator {
  readonly #range: PortRange;
  readonly #held = new Map<string, number>();

  /** @throws CorralError `invalid_argument` unless 1 ≤ from ≤ to ≤ 65535 */
  constructor(range: PortRange = defaultPortRange) {
    const legal = (port: number): boolean => Number.isSafeInteger(port) && port >= 1 && port <= 65_535;
    if (!legal(range.from) || !legal(range.to) || range.from > range.to) {
      throw invalidArgument('portRange', 'two ports from 1 to 65535 in order', `${range.from}-${range.to}`);
    }
    this.#range = range;
  }

  /** The lowest port that nobody holds, above `after` first, then from the start; `null` when there is none. */
  hold(owner: string, after: number | null = null): number | null {
    const taken = new Set(this.#held.values());
    const { from, to } = this.#range;
    const count = to - from + 1;
    const first = after === null ? from : after + 1;
    for (let i = 0; i < count; i++) {
      const port = from + ((first - from + i) % count);
      if (taken.has(port)) continue;
      this.#held.set(owner, port);
      return port;
    }
    return null;
  }

  /** Gives the owner's port back. */
  release(owner: string): void {
    this.#held.delete(owner);
  }
}
