import type { AccessScope, Unsubscribe } from '@corral/core';
import type { TokenBook, TokenHolder } from './token-book.js';

/** Tokens that a test makes and revokes; changes are announced at once. */
export class FakeTokenBook implements TokenBook {
  readonly #bySecret = new Map<string, TokenHolder>();
  readonly #listeners = new Set<() => void>();
  /** How often somebody was looked for. */
  lookUps = 0;
  hasAny = false;

  /** Makes a token whose secret is its id with `secret-` before it. */
  make(id: string, scope: AccessScope, hostId: string | null = null): string {
    this.hasAny = true;
    this.#bySecret.set(`secret-${id}`, { id, scope, hostId });
    this.#announce();
    return `secret-${id}`;
  }

  revoke(id: string): void {
    this.#bySecret.delete(`secret-${id}`);
    this.#announce();
  }

  find(secret: string): TokenHolder | null {
    this.lookUps += 1;
    return this.#bySecret.get(secret) ?? null;
  }

  isUsable(id: string): boolean {
    return this.#bySecret.has(`secret-${id}`);
  }

  onChanged(listener: () => void): Unsubscribe {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** How many listen. */
  get listenerCount(): number {
    return this.#listeners.size;
  }

  #announce(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}
