import { timingSafeEqual } from 'node:crypto';
import path from 'node:path';
import { type Clock, systemClock, type TimerHandle, type Unsubscribe } from '@corral/core';
import type { Logger } from '../logger.js';
import { openDatabase, type SqliteDatabase } from '../stores/sqlite-database.js';
import { SqliteTokenStore, type StoredToken } from '../stores/sqlite-token-store.js';
import type { TokenBook, TokenHolder } from './token-book.js';
import { hashOf } from './token-secret.js';

/** Milliseconds between two looks for changes of others: half of the second in which a revocation has to hold. */
const lookMs = 500;
/** A use is written when the one written before is older than this, in ms. */
const useIntervalMs = 60_000;
/** Right secrets that are known without hashing them. Wrong ones are never kept, so guessing pushes none out. */
const mostFound = 64;
/** Time in ms to wait for another writer. Uses are noted by the way: they wait for the next turn instead. */
const busyTimeoutMs = 200;

/** Where the store with the tokens is. */
export function tokenFile(stateDir: string): string {
  return path.join(stateDir, 'corral.db');
}

/** What a {@link StoredTokenBook} is opened with. */
export interface OpenTokenBookOptions {
  readonly stateDir: string;
  readonly logger: Logger;
  readonly clock?: Clock;
}

/**
 * Opens the tokens of a state directory, over a connection of its own: only then can changes by others be told from ours.
 * Open the hub on the directory first; it repairs the store.
 * @throws AdapterError when the store is of a newer version, another process keeps it locked, or it cannot be used
 */
export function openTokenBook({ stateDir, logger, clock }: OpenTokenBookOptions): StoredTokenBook {
  const database = openDatabase(tokenFile(stateDir), {
    // That the store cannot be written was said when the hub was opened.
    logger: { ...logger, warn: (message, fields) => logger.debug(message, fields) },
    busyTimeoutMs,
  });
  return new StoredTokenBook({ database, logger, ...(clock && { clock }) });
}

/**
 * The tokens of the embedded store, held in memory. The store is asked twice a second whether another connection changed
 * it, since the command line creates and revokes tokens while the hub runs. Who opens it closes it.
 */
export class StoredTokenBook implements TokenBook {
  readonly #database: SqliteDatabase;
  readonly #store: SqliteTokenStore;
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #listeners = new Set<() => void>();
  readonly #found = new Map<string, TokenHolder>();
  /** Times of uses by token id: those written, and those still to be written. */
  readonly #noted = new Map<string, number>();
  readonly #unwritten = new Map<string, string>();
  #byHash = new Map<string, StoredToken>();
  #usable = new Set<string>();
  #hasAny = false;
  #dataVersion: number;
  #failing = false;
  #timer: TimerHandle | undefined;

  constructor(options: {
    readonly database: SqliteDatabase;
    readonly logger: Logger;
    readonly clock?: Clock;
  }) {
    const { database, logger, clock = systemClock } = options;
    this.#database = database;
    this.#store = new SqliteTokenStore(database, logger);
    this.#logger = logger;
    this.#clock = clock;
    // The version first: what changes in between is then read twice, never missed.
    this.#dataVersion = this.#store.dataVersion;
    this.#read();
    this.#schedule();
  }

  get hasAny(): boolean {
    return this.#hasAny;
  }

  find(secret: string): TokenHolder | null {
    const holder = this.#found.get(secret) ?? this.#lookUp(secret);
    if (holder) this.#noteUse(holder.id);
    return holder;
  }

  isUsable(id: string): boolean {
    return this.#usable.has(id);
  }

  onChanged(listener: () => void): Unsubscribe {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Writes what is still to be written and lets go of the store. Idempotent. */
  close(): void {
    this.#clock.clearTimeout(this.#timer);
    if (this.#unwritten.size > 0) this.#attempt(() => this.#writeUses());
    this.#listeners.clear();
    this.#database.close();
  }

  #lookUp(secret: string): TokenHolder | null {
    const hash = hashOf(secret);
    const token = this.#byHash.get(hash.toString('hex'));
    if (!token || !timingSafeEqual(token.hash, hash)) return null;
    const holder: TokenHolder = { id: token.id, scope: token.scope, hostId: token.hostId };
    const [oldest] = this.#found.keys();
    if (this.#found.size >= mostFound && oldest !== undefined) this.#found.delete(oldest);
    this.#found.set(secret, holder);
    return holder;
  }

  #noteUse(id: string): void {
    const nowMs = this.#clock.now();
    const last = this.#noted.get(id);
    if (last !== undefined && nowMs - last < useIntervalMs) return;
    this.#noted.set(id, nowMs);
    this.#unwritten.set(id, new Date(this.#clock.wallTime()).toISOString());
  }

  #schedule(): void {
    this.#timer = this.#clock.setTimeout(() => {
      this.#attempt(() => this.#look());
      this.#schedule();
    }, lookMs);
  }

  /** A store that cannot be asked for a while changes nothing: the tokens stay as they were known last. */
  #attempt(work: () => void): void {
    try {
      work();
      this.#failing = false;
    } catch (error) {
      if (!this.#failing) this.#logger.warn('the store of tokens cannot be used now', { error });
      this.#failing = true;
    }
  }

  #look(): void {
    const { dataVersion } = this.#store;
    if (dataVersion !== this.#dataVersion) {
      const before = this.#summary();
      this.#read();
      this.#dataVersion = dataVersion;
      if (this.#summary() !== before) this.#announce();
    }
    if (this.#unwritten.size > 0) this.#writeUses();
  }

  #read(): void {
    const usable = this.#store.list().filter(({ revokedAt }) => revokedAt === null);
    this.#hasAny = this.#store.hasAny;
    this.#byHash = new Map(usable.map((token) => [Buffer.from(token.hash).toString('hex'), token]));
    this.#usable = new Set(usable.map(({ id }) => id));
    this.#found.clear();
  }

  #summary(): string {
    return `${this.#hasAny} ${[...this.#usable].join()}`;
  }

  #announce(): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener();
      } catch (error) {
        this.#logger.error('a listener threw', { event: 'tokens changed', error });
      }
    }
  }

  #writeUses(): void {
    this.#store.noteUses(this.#unwritten);
    this.#unwritten.clear();
  }
}
