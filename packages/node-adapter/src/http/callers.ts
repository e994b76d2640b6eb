import { timingSafeEqual } from 'node:crypto';
import { type AccessScope, mayDo } from '@corral/core';
import type { TokenBook } from '../tokens/token-book.js';
import { hashOf } from '../tokens/token-secret.js';
import type { NeededScope } from './route-scopes.js';

/** Who asks. */
export interface Caller {
  readonly scope: AccessScope;
  /** The public id of the token; `null` where none is needed, and for the one of the command line. */
  readonly id: string | null;
  /** The one host that an agent may report. */
  readonly hostId: string | null;
}

/** Whoever comes, where no token is needed. */
const anyone: Caller = { scope: 'admin', id: null, hostId: null };
/** Who bears the token that the hub was started with. */
const owner: Caller = { scope: 'admin', id: null, hostId: null };

/** What {@link Callers} are told by. */
export interface CallersOptions {
  /** The token that the hub was started with; it may do everything that people may. */
  readonly token?: string | undefined;
  readonly tokens?: TokenBook | undefined;
  /** Whether a token is needed even where there is none. */
  readonly tokenNeeded?: boolean;
}

/** Tells callers by the Authorization header, and by nothing else: every other header that may hold a key is ignored. */
export class Callers {
  readonly #ownerHash: Buffer | undefined;
  readonly #tokens: TokenBook | undefined;
  readonly #tokenNeeded: boolean;

  constructor({ token, tokens, tokenNeeded = false }: CallersOptions) {
    this.#ownerHash = token === undefined ? undefined : hashOf(token);
    this.#tokens = tokens;
    this.#tokenNeeded = tokenNeeded || token !== undefined;
  }

  /** Whether no token is needed: none was given and none was ever made. */
  get open(): boolean {
    return !this.#tokenNeeded && this.#tokens?.hasAny !== true;
  }

  /** Who sends this header; `null` for a stranger. */
  find(authorization: string | undefined): Caller | null {
    if (this.open) return anyone;
    const secret = authorization?.match(/^Bearer (\S{1,4096})$/)?.[1];
    if (secret === undefined) return null;
    const holder = this.#tokens?.find(secret);
    if (holder) return holder;
    // Compared as hashes, so that neither length nor content shows in the time it takes.
    return this.#ownerHash && timingSafeEqual(hashOf(secret), this.#ownerHash) ? owner : null;
  }

  /** Whether this caller would be let in again: for streams, which are asked for once and last. */
  isWelcome(caller: Caller): boolean {
    if (caller === anyone) return this.open;
    return caller === owner || (caller.id !== null && this.#tokens?.isUsable(caller.id) === true);
  }
}

/** Whether this caller may ask for what needs this scope. */
export function mayAsk(caller: Caller, needed: NeededScope): boolean {
  if (needed === 'open' || caller === anyone) return true;
  return needed === 'agent' ? caller.scope === 'agent' : mayDo(caller.scope, needed);
}

/** Whether this caller may report this host: agents are bound to theirs. */
export function mayReport(caller: Caller, hostId: string): boolean {
  return caller === anyone || caller.hostId === hostId;
}
