import { CorralError, invalidArgument } from '../errors.js';

/** The ports that our own servers may use, both ends included. */
export interface PortRange {
  readonly from: number;
  readonly to: number;
}

/** The default range. */
export const defaultPortRange: PortRange = { from: 8100, to: 8199 };

/** Hands out ports of a range so that no two models hold the same. */
export class PortAllocator {
  readonly range: PortRange;
  readonly #held = new Map<string, number>();
  readonly #reserved = new Map<string, number>();
  readonly #last = new Map<string, number>();

  /** @throws CorralError `invalid_argument` unless 1 ≤ from ≤ to ≤ 65535 */
  constructor(range: PortRange = defaultPortRange) {
    const legal = (port: number): boolean => Number.isSafeInteger(port) && port >= 1 && port <= 65_535;
    if (!legal(range.from) || !legal(range.to) || range.from > range.to) {
      throw invalidArgument('portRange', 'two ports from 1 to 65535 in order', `${range.from}-${range.to}`);
    }
    this.range = range;
  }

  /**
   * Takes a port for its owner: the one reserved for it, else the one it had last, else the lowest that is free; above
   * `after` first, where that is given. `null` when there is none.
   */
  hold(owner: string, after: number | null = null): number | null {
    const reserved = this.#reserved.get(owner);
    if (reserved !== undefined) return this.ownerOf(reserved, owner) ? null : this.#take(owner, reserved);
    const last = this.#last.get(owner);
    const { from, to } = this.range;
    const again = after === null && last !== undefined && last >= from && last <= to;
    if (again && !this.ownerOf(last, owner)) return this.#take(owner, last);
    const count = to - from + 1;
    const first = after === null ? from : after + 1;
    const taken = new Set([...this.#held.values(), ...this.#reserved.values()]);
    for (let i = 0; i < count; i++) {
      const port = from + ((first - from + i) % count);
      if (!taken.has(port)) return this.#take(owner, port);
    }
    return null;
  }

  /** Takes this very port, also one outside the range: a server that runs there already has it. */
  adopt(owner: string, port: number): void {
    this.#take(owner, port);
  }

  /** Keeps a port for one owner alone, whether it runs or not; `null` gives it back. */
  reserve(owner: string, port: number | null): void {
    if (port === null) this.#reserved.delete(owner);
    else this.#reserved.set(owner, port);
  }

  /** Who holds or has reserved a port, other than `except`. */
  ownerOf(port: number, except: string): string | undefined {
    for (const owners of [this.#held, this.#reserved]) {
      for (const [owner, theirs] of owners) if (theirs === port && owner !== except) return owner;
    }
    return undefined;
  }

  /** Gives the owner's port back; what is reserved for it stays so. */
  release(owner: string): void {
    this.#held.delete(owner);
  }

  /** Forgets an owner altogether. */
  forget(owner: string): void {
    this.#held.delete(owner);
    this.#reserved.delete(owner);
    this.#last.delete(owner);
  }

  #take(owner: string, port: number): number {
    this.#held.set(owner, port);
    this.#last.set(owner, port);
    return port;
  }
}

/** The port of one model, as the allocator has it: the two can never say different things. */
export class PortLease {
  readonly #allocator: PortAllocator;
  readonly #owner: string;
  #port: number | null = null;

  constructor(allocator: PortAllocator, owner: string) {
    this.#allocator = allocator;
    this.#owner = owner;
  }

  /** The port that is held; `null` when none is. */
  get port(): number | null {
    return this.#port;
  }

  /** Takes a port, another one than `after`; keeps what it has when there is none. Answers whether it got one. */
  hold(after: number | null = null): boolean {
    const port = this.#allocator.hold(this.#owner, after);
    this.#port = port ?? this.#port;
    return port !== null;
  }

  /** Has a port, `fixed` where that is given. Answers whether there was one to have. */
  ensure(fixed: number | null): boolean {
    const suits = this.#port !== null && (fixed === null || fixed === this.#port);
    return suits || this.hold();
  }

  /** As {@link ensure}. @throws CorralError `no_port_available` when there is none to have */
  require(fixed: number | null): void {
    if (this.ensure(fixed)) return;
    const which = fixed === null ? 'a free port in the port range' : `port ${fixed} to be free`;
    throw new CorralError('no_port_available', `Expected ${which}`, { retryable: true });
  }

  /** Takes this very port, which a server that runs already has. */
  adopt(port: number): void {
    this.#allocator.adopt(this.#owner, port);
    this.#port = port;
  }

  /** Gives it back. */
  release(): void {
    this.#allocator.release(this.#owner);
    this.#port = null;
  }
}
