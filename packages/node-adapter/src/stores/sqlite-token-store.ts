import { existsSync } from 'node:fs';
import { type AccessScope, accessScopes } from '@corral/core';
import * as z from 'zod';
import type { Logger } from '../logger.js';
import type { Row, SqliteDatabase } from './sqlite-database.js';
import { loadSqlite } from './sqlite-module.js';

/** A token as it is kept. The secret itself is nowhere: only its hash is. */
export interface StoredToken {
  /** Short and public: it names the token in lists and in the log. */
  readonly id: string;
  /** What a person calls it; may be empty. */
  readonly name: string;
  readonly scope: AccessScope;
  /** The one host that an agent's token may report; `null` for every other scope. */
  readonly hostId: string | null;
  /** SHA-256 of the secret, 32 bytes. */
  readonly hash: Uint8Array;
  /** ISO 8601, as the next two. */
  readonly createdAt: string;
  /** Written once a minute at most; `null` when it was never used. */
  readonly lastUsedAt: string | null;
  /** `null` while it may be used. */
  readonly revokedAt: string | null;
}

const tokenRow: z.ZodType<StoredToken> = z
  .object({
    id: z.string().min(1),
    name: z.string(),
    scope: z.enum(accessScopes),
    hostId: z.string().nullable(),
    hash: z.instanceof(Uint8Array).refine((hash) => hash.length === 32),
    createdAt: z.string(),
    lastUsedAt: z.string().nullable(),
    revokedAt: z.string().nullable(),
  })
  .refine(({ scope, hostId }) => (scope === 'agent') === (hostId !== null), { path: ['hostId'] });

/** Keeps tokens in the embedded store, where the hub and the command line meet. Every method throws AdapterError. */
export class SqliteTokenStore {
  readonly #db: SqliteDatabase;
  readonly #logger: Logger;

  constructor(db: SqliteDatabase, logger: Logger) {
    this.#db = db;
    this.#logger = logger;
  }

  /** Whether there is or was any token, revoked and unreadable ones included. */
  get hasAny(): boolean {
    return this.#db.get('SELECT 1 FROM tokens LIMIT 1') !== undefined;
  }

  /** Changes whenever another connection, of this process or of another one, has changed the store. */
  get dataVersion(): number {
    return Number(this.#db.get('PRAGMA data_version')?.['data_version']);
  }

  /** Every token, the oldest first. A row that is not what it should be is left out, so it lets nobody in. */
  list(): readonly StoredToken[] {
    const rows = this.#db.all(`SELECT id, name, scope, host_id AS hostId, hash, created_at AS createdAt,
      last_used_at AS lastUsedAt, revoked_at AS revokedAt FROM tokens ORDER BY rowid`);
    return rows.flatMap((row) => this.#read(row));
  }

  /** Keeps a new token. @returns false when its id is taken, and then nothing was changed */
  add({ id, name, scope, hostId, hash, createdAt, lastUsedAt, revokedAt }: StoredToken): boolean {
    const sql = `INSERT INTO tokens (id, name, scope, host_id, hash, created_at, last_used_at, revoked_at)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`;
    return this.#db.run(sql, id, name, scope, hostId, hash, createdAt, lastUsedAt, revokedAt) === 1;
  }

  /** Ends a token for good; one that has ended keeps its date. @returns whether there is one of this id */
  revoke(id: string, at: string): boolean {
    return this.#db.run('UPDATE tokens SET revoked_at = coalesce(revoked_at, ?) WHERE id = ?', at, id) === 1;
  }

  /** Notes when tokens were used last, all in one write. @param uses ISO 8601 by token id */
  noteUses(uses: ReadonlyMap<string, string>): void {
    this.#db.transaction(() => {
      for (const [id, at] of uses) this.#db.run('UPDATE tokens SET last_used_at = ? WHERE id = ?', at, id);
    });
  }

  #read(row: Row): readonly StoredToken[] {
    const parsed = tokenRow.safeParse(row);
    if (parsed.success) return [parsed.data];
    const wrong = parsed.error.issues.map((issue) => issue.path.join('.')).join(', ');
    this.#logger.warn('a saved row was left out', { table: 'tokens', id: String(row['id']), wrong });
    return [];
  }
}

/**
 * Whether the store in `file` holds a token that may be used. Changes nothing and makes no file; a store that cannot be
 * read holds none, so that whoever asks before opening a door keeps it shut.
 */
export function holdsUsableToken(file: string): boolean {
  if (!existsSync(file)) return false;
  const { DatabaseSync } = loadSqlite();
  try {
    const db = new DatabaseSync(file, { readOnly: true, timeout: 5000 });
    try {
      return db.prepare('SELECT 1 FROM tokens WHERE revoked_at IS NULL LIMIT 1').get() !== undefined;
    } finally {
      db.close();
    }
  } catch {
    return false;
  }
}
