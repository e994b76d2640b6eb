import type { AccessScope, Unsubscribe } from '@corral/core';

/** Whom a token stands for. */
export interface TokenHolder {
  /** The public id of the token. */
  readonly id: string;
  readonly scope: AccessScope;
  /** The one host that an agent may report; `null` for every other scope. */
  readonly hostId: string | null;
}

/** The tokens that let callers in. The HTTP side asks it for every request, so answers must be cheap and synchronous. */
export interface TokenBook {
  /**
   * Whether there is or was any token. From the first one on callers need one, also after the last was revoked: a
   * revocation must never open the door to everyone.
   */
  readonly hasAny: boolean;
  /** Whom this secret stands for; `null` when it is of no token, or of one that was revoked. */
  find(secret: string): TokenHolder | null;
  /** Whether the token of this id may be used. */
  isUsable(id: string): boolean;
  /** Calls back after tokens were made or revoked, within a second; the answer undoes it. */
  onChanged(listener: () => void): Unsubscribe;
}
