import type { DatabaseSync, SQLInputValue, SQLOutputValue, StatementSync } from 'node:sqlite';
import type { Logger } from '../logger.js';
import type { Ballast } from './ballast.js';
import { type Migration, migrate, storeMigrations, versionOf } from './migrations.js';
import { asStoreError, isFull, isReadOnly } from './sqlite-failure.js';
import { makePrivateFile, setAside } from './sqlite-files.js';
import { damageIn } from './sqlite-inspection.js';
import { openInMemory } from './sqlite-memory.js';
import { loadSqlite } from './sqlite-module.js';
import { inTransaction } from './sqlite-transaction.js';

/** One row of an answer. */
export type Row = Record<string, SQLOutputValue>;

/** How to open a store. */
export interface OpenDatabaseOptions {
  /** Hears, as one warning, that a store was damaged or cannot be written. */
  readonly logger: Logger;
  /** Default: all of ours. */
  readonly migrations?: readonly Migration[];
  /** How long to wait for another process that writes. It blocks this one as long. Default: 5000. */
  readonly busyTimeoutMs?: number;
  /** Wall time in ms since the epoch, for the name of a damaged file. Default: `Date.now`. */
  readonly now?: () => number;
  /** Given up where the disk is full, and made where it is not. Default: none. */
  readonly ballast?: Ballast;
}

/**
 * Opens the store in `file`, made where there is none, in a form that only its owner may read. A damaged file is moved
 * aside, never deleted, and a new one made. Where it cannot be opened for writing (a read-only file or folder, a full disk),
 * the store is in memory and begins with what could be read; see
 * {@link SqliteDatabase.persistent}.
 * @throws AdapterError when the store is of a newer version, another process keeps it locked, or it cannot be used
 */
export function openDatabase(file: string, options: OpenDatabaseOptions): SqliteDatabase {
  const { logger, migrations = storeMigrations, busyTimeoutMs = 5000, now = Date.now, ballast } = options;
  try {
    makePrivateFile(file);
    const damage = damageIn(file, migrations, busyTimeoutMs);
    if (damage !== undefined) {
      const kept = setAside(file, now());
      logger.warn('the store was damaged; it was moved aside and a new one begun', { file, kept, damage });
      makePrivateFile(file);
    }
    const db = connect(file, migrations, busyTimeoutMs);
    const store = new SqliteDatabase(db, { persistent: true, replaced: damage !== undefined });
    ballast?.keep();
    return store;
  } catch (error) {
    if (isFull(error) && ballast?.free()) return openDatabase(file, options);
    if (!isReadOnly(error) && !isFull(error)) throw asStoreError(error);
    const store = new SqliteDatabase(openInMemory(file, migrations), { persistent: false, replaced: false });
    logger.warn('the store cannot be written; changes last until this process ends', { file, error });
    return store;
  }
}

function connect(file: string, migrations: readonly Migration[], busyTimeoutMs: number): DatabaseSync {
  const { DatabaseSync } = loadSqlite();
  const db = new DatabaseSync(file, { timeout: busyTimeoutMs });
  try {
    // FULL: with less, a power cut may take what a save has already promised.
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON');
    // For full disks: the log stays so small that there is room for it in place of the ballast, and what SQLite notes down
    // to undo a statement needs no file.
    db.exec('PRAGMA wal_autocheckpoint = 500; PRAGMA temp_store = MEMORY');
    migrate(db, migrations);
    refuseReadOnly(db);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/**
 * Writes, without changing anything. SQLite opens a file for reading alone where it can do no better, and even a
 * transaction for writing begins there; it has to be known now, not at the first save.
 */
function refuseReadOnly(db: DatabaseSync): void {
  try {
    inTransaction(db, () => db.exec(`PRAGMA user_version = ${versionOf(db)}`));
  } catch (error) {
    // A full disk gets space again, and what is in the store can be read until then.
    if (!isFull(error)) throw error;
  }
}

/** An open store. Every method works at once, and throws AdapterError where the store cannot do it. */
export class SqliteDatabase {
  /** False: the file could not be written, and nothing outlasts this process. */
  readonly persistent: boolean;
  /** True: the file was damaged and moved aside, and this is a new one. */
  readonly replaced: boolean;
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(
    db: DatabaseSync,
    { persistent, replaced }: { readonly persistent: boolean; readonly replaced: boolean },
  ) {
    this.#db = db;
    this.persistent = persistent;
    this.replaced = replaced;
  }

  /** Every row that a query finds. Statements are prepared once and kept, so values go in `values`, not into `sql`. */
  all(sql: string, ...values: SQLInputValue[]): Row[] {
    return guarded(() => this.#statement(sql).all(...values));
  }

  /** The first row that a query finds. */
  get(sql: string, ...values: SQLInputValue[]): Row | undefined {
    return guarded(() => this.#statement(sql).get(...values));
  }

  /** Runs a statement that changes something; it is on disk afterwards. @returns how many rows it changed */
  run(sql: string, ...values: SQLInputValue[]): number {
    return guarded(() => Number(this.#statement(sql).run(...values).changes));
  }

  /**
   * Runs `work` as one change: all of it or, when it throws, nothing. One inside another is a part of it.
   * @param work must not be asynchronous: what others do meanwhile would become a part of it
   */
  transaction<Answer>(work: () => Answer): Answer {
    if (this.#db.isOpen && this.#db.isTransaction) return work();
    return guarded(() => inTransaction(this.#db, work));
  }

  /** Merges the log into the file and lets go of both. Idempotent. */
  close(): void {
    if (!this.#db.isOpen) return;
    try {
      // Without a wait for readers elsewhere: the log stays until they are done, which loses nothing.
      this.#db.exec('PRAGMA busy_timeout = 0; PRAGMA wal_checkpoint(TRUNCATE)');
    } catch {
      // What is not merged now is merged at the next opening.
    } finally {
      this.#statements.clear();
      this.#db.close();
    }
  }

  #statement(sql: string): StatementSync {
    const kept = this.#statements.get(sql);
    if (kept) return kept;
    const statement = this.#db.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }
}

function guarded<Answer>(work: () => Answer): Answer {
  try {
    return work();
  } catch (error) {
    throw asStoreError(error);
  }
}
