import { existsSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { latestVersion, type Migration, migrate, versionOf } from './migrations.js';
import { isDamage, storeError } from './sqlite-failure.js';
import { sizeOf } from './sqlite-files.js';
import { loadSqlite } from './sqlite-module.js';

/**
 * What is wrong with a store, for people; `undefined` when it is sound or new. Changes nothing in it.
 * @throws AdapterError for a store of a newer version; what SQLite throws when the fault is not in the file
 */
export function damageIn(
  file: string,
  migrations: readonly Migration[],
  busyTimeoutMs: number,
): string | undefined {
  if (sizeOf(file) === 0) {
    // SQLite would take it for a new store, and delete the log with all that is in it.
    return sizeOf(`${file}-wal`) === 0 ? undefined : 'the file is empty but its log is not';
  }
  // Read-only, since the last writer that closes merges the log into a file that may have to be kept as it is. Only a
  // write that was cut off before the log came into use must be undone first, by a writer.
  const readOnly = !existsSync(`${file}-journal`);
  const { DatabaseSync } = loadSqlite();
  const db = new DatabaseSync(file, { readOnly, timeout: busyTimeoutMs });
  try {
    return damageThrough(db, migrations);
  } finally {
    db.close();
  }
}

/** As {@link damageIn}, over a connection. */
export function damageThrough(db: DatabaseSync, migrations: readonly Migration[]): string | undefined {
  try {
    // One view for all questions: another process may be changing the store.
    db.exec('BEGIN');
    const version = versionOf(db);
    if (version > latestVersion(migrations)) throw storeError('newer');
    const found = db.prepare('PRAGMA quick_check(1)').get()?.['quick_check'];
    if (found !== 'ok') return String(found);
    const expected = columnsAt(migrations, version);
    return columnsOf(db) === expected ? undefined : `its tables are not those of version ${version}`;
  } catch (error) {
    if (isDamage(error)) return (error as Error).message;
    throw error;
  } finally {
    if (db.isTransaction) db.exec('ROLLBACK');
  }
}

/** The columns that a store of a version has. */
function columnsAt(migrations: readonly Migration[], version: number): string {
  const { DatabaseSync } = loadSqlite();
  const model = new DatabaseSync(':memory:');
  try {
    migrate(model, upTo(migrations, version));
    return columnsOf(model);
  } finally {
    model.close();
  }
}

/** The steps that a store of a version has taken. */
export function upTo(migrations: readonly Migration[], version: number): readonly Migration[] {
  return migrations.filter((migration) => migration.version <= version);
}

/** Extra columns count too: a step that makes them would fail on them at every start. */
function columnsOf(db: DatabaseSync): string {
  const rows = db
    .prepare(
      `SELECT tables.name AS tableName, columns.name AS columnName
       FROM sqlite_schema AS tables JOIN pragma_table_info(tables.name) AS columns
       WHERE tables.type = 'table' AND tables.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
       ORDER BY 1, 2`,
    )
    .all();
  return JSON.stringify(rows);
}
