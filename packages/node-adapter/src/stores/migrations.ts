import type { DatabaseSync } from 'node:sqlite';
import { inTransaction } from './sqlite-transaction.js';

/** One step from a version of the store to the next. */
export interface Migration {
  /** The version that the store has afterwards. Grows by one a step. */
  readonly version: number;
  /** Statements without transaction commands: the step runs in one of its own. */
  readonly sql: string;
}

/**
 * Every step there ever was, oldest first. Append to it; a step that was released never changes, since stores that took it
 * would not take it again.
 */
export const storeMigrations: readonly Migration[] = [
  {
    version: 1,
    sql: `
      CREATE TABLE model_choices (model_id TEXT PRIMARY KEY, document TEXT NOT NULL) STRICT;
      CREATE TABLE default_settings (name TEXT PRIMARY KEY, document TEXT NOT NULL) STRICT;
      CREATE TABLE model_series (model_id TEXT PRIMARY KEY, document TEXT NOT NULL) STRICT;
      CREATE TABLE endpoints (id TEXT PRIMARY KEY, document TEXT NOT NULL) STRICT;
    `,
  },
  {
    version: 2,
    // The scope is judged when a row is read: a later version may know more of them.
    sql: `
      CREATE TABLE tokens (
        id TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        scope TEXT NOT NULL,
        host_id TEXT CHECK ((scope = 'agent') = (host_id IS NOT NULL)),
        hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
        created_at TEXT NOT NULL,
        last_used_at TEXT,
        revoked_at TEXT
      ) STRICT;
    `,
  },
  {
    version: 3,
    // `number` tells the order in which jobs came. Log lines are counted beside them: to count them would be to read them.
    sql: `
      CREATE TABLE jobs (
        number INTEGER PRIMARY KEY,
        job_id TEXT NOT NULL UNIQUE,
        status TEXT NOT NULL,
        document TEXT NOT NULL
      ) STRICT;
      CREATE INDEX jobs_by_status ON jobs (status, number);
      CREATE TABLE job_tasks (
        job INTEGER NOT NULL REFERENCES jobs ON DELETE CASCADE,
        position INTEGER NOT NULL,
        task_id TEXT NOT NULL,
        document TEXT NOT NULL,
        PRIMARY KEY (job, position),
        UNIQUE (job, task_id)
      ) STRICT;
      CREATE TABLE job_results (
        job INTEGER NOT NULL REFERENCES jobs ON DELETE CASCADE,
        task_id TEXT NOT NULL,
        document TEXT NOT NULL,
        PRIMARY KEY (job, task_id)
      ) STRICT;
      CREATE TABLE job_events (
        job INTEGER NOT NULL REFERENCES jobs ON DELETE CASCADE,
        seq INTEGER NOT NULL,
        type TEXT NOT NULL,
        document TEXT NOT NULL,
        PRIMARY KEY (job, seq)
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE job_log_lines (
        job INTEGER PRIMARY KEY REFERENCES jobs ON DELETE CASCADE,
        count INTEGER NOT NULL
      ) STRICT;
    `,
  },
  {
    version: 4,
    sql: `
      CREATE TABLE model_telemetry (
        provider TEXT NOT NULL,
        model TEXT NOT NULL,
        document TEXT NOT NULL,
        PRIMARY KEY (provider, model)
      ) STRICT;
    `,
  },
  {
    version: 5,
    // Long texts of a job, which never change: beside its facts they would be read with every list, and written with every fact.
    sql: `
      CREATE TABLE job_texts (
        job INTEGER PRIMARY KEY REFERENCES jobs ON DELETE CASCADE,
        document TEXT NOT NULL
      ) STRICT;
    `,
  },
];

/** The version that a store has after all of `migrations`. */
export function latestVersion(migrations: readonly Migration[]): number {
  return migrations.at(-1)?.version ?? 0;
}

/** The version that a store has; 0 for one that is new. */
export function versionOf(db: DatabaseSync): number {
  return Number(db.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0);
}

/**
 * Brings a store up to the latest version. A step and its version number are one transaction, so a step that fails or is
 * killed half-way leaves the store as it was, and is taken again the next time.
 */
export function migrate(db: DatabaseSync, migrations: readonly Migration[]): void {
  const before = versionOf(db);
  for (const { version, sql } of migrations) {
    if (version <= before) continue;
    inTransaction(db, () => {
      // Asked again under the lock: another process may have taken the step a moment ago.
      if (versionOf(db) < version) db.exec(`${sql}; PRAGMA user_version = ${version}`);
    });
  }
}
