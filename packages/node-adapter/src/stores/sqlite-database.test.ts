import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AdapterError } from '../errors.js';
import { holdWriteLock } from './sqlite-children.fixture.js';
import type { SqliteDatabase } from './sqlite-database.js';
import { asOther, StoreFolder } from './sqlite-folder.fixture.js';

let folder: StoreFolder;
beforeEach(() => {
  folder = new StoreFolder();
});
afterEach(() => folder.dispose());

const modeOf = (file: string): string => (statSync(file).mode & 0o777).toString(8);
const add = (db: SqliteDatabase, name: string): number =>
  db.run('INSERT INTO default_settings VALUES (?, ?)', name, '1');
const names = (db: SqliteDatabase): unknown[] =>
  db.all('SELECT name FROM default_settings ORDER BY name').map(({ name }) => name);
const failure = (work: () => unknown): unknown => {
  try {
    return work();
  } catch (error) {
    return error;
  }
};

describe('openDatabase', () => {
  it('makes a store that only its owner may read, log included', () => {
    const db = folder.open();
    add(db, 'a');
    expect(db.persistent).toBe(true);
    expect(modeOf(folder.file)).toBe('600');
    expect(modeOf(`${folder.file}-wal`)).toBe('600');
    expect(modeOf(path.dirname(folder.file))).toBe('700');
    expect(folder.warnings).toEqual([]);
  });

  it('takes a store that others may read away from them', () => {
    folder.open().close();
    chmodSync(folder.file, 0o644);
    folder.open();
    expect(modeOf(folder.file)).toBe('600');
  });

  it('writes safely: a log, a full sync, foreign keys', () => {
    const db = folder.open();
    expect(db.get('PRAGMA journal_mode')).toEqual({ journal_mode: 'wal' });
    expect(db.get('PRAGMA synchronous')).toEqual({ synchronous: 2 });
    expect(db.get('PRAGMA foreign_keys')).toEqual({ foreign_keys: 1 });
    expect(db.get('PRAGMA busy_timeout')).toEqual({ timeout: 5000 });
  });

  it('keeps everything over a reopening, and leaves one file', () => {
    const db = folder.open();
    add(db, 'a');
    db.close();
    db.close();
    expect(readdirSync(path.dirname(folder.file))).toEqual(['corral.db']);
    expect(names(folder.open())).toEqual(['a']);
  });

  it('opens one file twice, and each sees what the other saves', () => {
    const [one, other] = [folder.open(), folder.open()];
    add(one, 'a');
    add(other, 'b');
    expect([names(one), names(other)]).toEqual([
      ['a', 'b'],
      ['a', 'b'],
    ]);
    one.close();
    add(other, 'c');
    expect(names(folder.open())).toEqual(['a', 'b', 'c']);
  });

  it('says so when the path cannot be a store', () => {
    mkdirSync(folder.file, { recursive: true });
    expect(() => folder.open()).toThrow(AdapterError);
    writeFileSync(path.join(folder.path, 'file'), '');
    expect(() => folder.open({}, path.join(folder.path, 'file', 'corral.db'))).toThrow(AdapterError);
  });

  it('F67 waits for another process that writes, and goes on', async () => {
    const db = folder.open();
    await holdWriteLock(folder.file, 300);
    add(db, 'a');
    expect(names(db)).toEqual(['a']);
  });

  it('F67 gives up on one that writes for too long, and can try again', () => {
    const db = folder.open({ busyTimeoutMs: 50 });
    const other = folder.raw();
    other.exec('BEGIN IMMEDIATE');
    expect(failure(() => add(db, 'a'))).toMatchObject({ name: 'AdapterError', retryable: true });
    expect(failure(() => db.transaction(() => add(db, 'a')))).toMatchObject({ retryable: true });
    other.exec('COMMIT');
    add(db, 'b');
    expect(names(db)).toEqual(['b']);
  });

  it('says so when another process has the store to itself', () => {
    folder.open().close();
    const other = folder.raw();
    other.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
    expect(failure(() => folder.open({ busyTimeoutMs: 50 }))).toMatchObject({
      name: 'AdapterError',
      retryable: true,
    });
    expect(folder.warnings).toEqual([]);
  });
});

describe('F68 a store that cannot be written', () => {
  const withhold = (): void => {
    const state = path.dirname(folder.file);
    chmodSync(folder.path, 0o755);
    chmodSync(folder.file, 0o444);
    for (const suffix of ['-wal', '-shm'])
      if (existsSync(folder.file + suffix)) chmodSync(folder.file + suffix, 0o444);
    chmodSync(state, 0o555);
  };
  const giveBack = (): void => chmodSync(path.dirname(folder.file), 0o700);

  it.each(['closed', 'left open'])('is copied into memory when it was %s', (end) => {
    const before = folder.open();
    add(before, 'a');
    if (end === 'closed') before.close();
    withhold();
    const bytes = readFileSync(folder.file);
    const db = asOther(() => folder.open());
    giveBack();
    expect(db.persistent).toBe(false);
    expect(names(db)).toEqual(['a']);
    add(db, 'b');
    expect(names(db)).toEqual(['a', 'b']);
    expect(readFileSync(folder.file)).toEqual(bytes);
    expect(folder.warnings).toHaveLength(1);
    expect(folder.warnings[0]?.[0]).toMatch(/cannot be written/);
  });

  it('is found out at the opening, though SQLite opens it for reading', () => {
    folder.open().close();
    chmodSync(folder.path, 0o755);
    chmodSync(path.dirname(folder.file), 0o777);
    chmodSync(folder.file, 0o400);
    if (process.geteuid?.() === 0) chownSync(folder.file, 65_534, 65_534);
    expect(asOther(() => folder.open()).persistent).toBe(false);
    expect(folder.warnings).toHaveLength(1);
  });

  it('is empty when there was none', () => {
    chmodSync(folder.path, 0o555);
    const db = asOther(() => folder.open());
    expect(db.persistent).toBe(false);
    expect(names(db)).toEqual([]);
    expect(existsSync(folder.file)).toBe(false);
    expect(folder.warnings).toHaveLength(1);
    db.close();
  });

  it('is refused when it is of a newer version', () => {
    const more = [{ version: 1, sql: 'CREATE TABLE herds (name TEXT)' }];
    folder.open({ migrations: more }).close();
    withhold();
    expect(() => asOther(() => folder.open({ migrations: [] }))).toThrow(/newer version/);
    giveBack();
  });
});

describe('SqliteDatabase', () => {
  it('undoes a transaction that throws, with those inside it, and hands the error on', () => {
    const db = folder.open();
    const error = new Error('mine');
    const thrown = failure(() =>
      db.transaction(() => {
        add(db, 'a');
        db.transaction(() => add(db, 'b'));
        throw error;
      }),
    );
    expect(thrown).toBe(error);
    expect(names(db)).toEqual([]);
    expect(db.transaction(() => add(db, 'c'))).toBe(1);
    expect(names(db)).toEqual(['c']);
  });

  it('F64 leaves what was there when the disk is full, and goes on when it is not', () => {
    const db = folder.open();
    add(db, 'a');
    const pages = Number(db.get('PRAGMA page_count')?.['page_count']);
    db.get(`PRAGMA max_page_count = ${pages}`);
    const big = 'x'.repeat(100_000);
    const fill = (): unknown =>
      db.transaction(() => {
        db.run('DELETE FROM default_settings');
        add(db, big);
      });
    expect(failure(fill)).toMatchObject({ name: 'AdapterError', retryable: true });
    expect(failure(() => add(db, big))).toMatchObject({ name: 'AdapterError', retryable: true });
    expect(names(db)).toEqual(['a']);
    db.get('PRAGMA max_page_count = 100000');
    fill();
    expect(names(db)).toEqual([big]);
  });

  it('throws a typed error after its end, and for a statement that is wrong', () => {
    const db = folder.open();
    expect(failure(() => db.all('SELECT * FROM nowhere'))).toMatchObject({
      name: 'AdapterError',
      retryable: false,
    });
    db.close();
    expect(failure(() => names(db))).toBeInstanceOf(AdapterError);
    expect(failure(() => db.transaction(() => 1))).toBeInstanceOf(AdapterError);
  });
});
