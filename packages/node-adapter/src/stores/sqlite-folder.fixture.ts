import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { LogFields, Logger } from '../logger.js';
import { type OpenDatabaseOptions, openDatabase, type SqliteDatabase } from './sqlite-database.js';
import { loadSqlite } from './sqlite-module.js';

/** A folder for one test, what is open in it, and what was warned of. */
export class StoreFolder {
  readonly path = mkdtempSync(path.join(tmpdir(), 'corral-store-'));
  readonly file = path.join(this.path, 'state', 'corral.db');
  readonly warnings: [message: string, fields: LogFields][] = [];
  readonly logger: Logger = {
    error: (message) => this.warnings.push([message, {}]),
    warn: (message, fields = {}) => this.warnings.push([message, fields]),
    info: () => {},
    debug: () => {},
  };
  readonly #open: { close(): void; readonly isOpen?: boolean }[] = [];

  open(options: Partial<OpenDatabaseOptions> = {}, file = this.file): SqliteDatabase {
    const db = openDatabase(file, { logger: this.logger, ...options });
    this.#open.push(db);
    return db;
  }

  /** A connection of someone else. */
  raw(file = this.file): DatabaseSync {
    const { DatabaseSync } = loadSqlite();
    const db = new DatabaseSync(file);
    this.#open.push(db);
    return db;
  }

  dispose(): void {
    for (const db of this.#open) if (db.isOpen !== false) db.close();
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** Root may write anywhere, so it is someone else meanwhile. */
export function asOther<Answer>(work: () => Answer): Answer {
  if (process.geteuid?.() !== 0) return work();
  process.seteuid?.(65_534);
  try {
    return work();
  } finally {
    process.seteuid?.(0);
  }
}
