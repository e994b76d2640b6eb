import type { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { AdapterError } from '../errors.js';
import { type Migration, migrate, versionOf } from './migrations.js';
import { sizeOf } from './sqlite-files.js';
import { damageThrough, upTo } from './sqlite-inspection.js';
import { loadSqlite } from './sqlite-module.js';

/** The tables that grow with what is done, not with what there is. */
const growing = /^job/;

/**
 * A store in memory, for a file that cannot be written. What is in the file is taken over where it can still be read, so
 * that models run as people chose; of a file that is too large for that everything but its jobs.
 * @param mostBytes of a file that is taken over whole. Default: 256 MiB
 * @throws AdapterError for a store of a newer version
 */
export function openInMemory(
  file: string,
  migrations: readonly Migration[],
  mostBytes = 256 * 1024 ** 2,
): DatabaseSync {
  const size = sizeOf(file);
  const wanted = (table: string): boolean => size <= mostBytes || !growing.test(table);
  // The second way reads what is in the file itself where the log beside it cannot be opened.
  for (const access of size > 0 ? ['mode=ro', 'immutable=1'] : []) {
    const copy = copyOf(`${pathToFileURL(file).href}?${access}`, migrations, wanted);
    if (copy) return copy;
  }
  return fresh(migrations);
}

function copyOf(
  url: string,
  migrations: readonly Migration[],
  wanted: (table: string) => boolean,
): DatabaseSync | undefined {
  let copy: DatabaseSync | undefined;
  try {
    const version = soundVersion(url, migrations);
    if (version === undefined) return undefined;
    copy = fresh(upTo(migrations, version));
    copyRows(copy, url, wanted);
    migrate(copy, migrations);
    return copy;
  } catch (error) {
    copy?.close();
    if (error instanceof AdapterError) throw error;
    return undefined;
  }
}

/** The version of a store that is sound. */
function soundVersion(url: string, migrations: readonly Migration[]): number | undefined {
  const { DatabaseSync } = loadSqlite();
  const kept = new DatabaseSync(url, { readOnly: true });
  try {
    return damageThrough(kept, migrations) === undefined ? versionOf(kept) : undefined;
  } finally {
    kept.close();
  }
}

function copyRows(copy: DatabaseSync, url: string, wanted: (table: string) => boolean): void {
  const tables = copy.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
  copy.prepare('ATTACH ? AS kept').run(url);
  for (const name of tables.map((table) => String(table['name'])).filter(wanted))
    copy.exec(`INSERT INTO main."${name}" SELECT * FROM kept."${name}"`);
  copy.exec('DETACH kept');
}

function fresh(migrations: readonly Migration[]): DatabaseSync {
  const { DatabaseSync } = loadSqlite();
  const db = new DatabaseSync(':memory:');
  migrate(db, migrations);
  return db;
}
