import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AdapterError } from '../errors.js';
import { type Migration, storeMigrations } from './migrations.js';
import { StoreFolder } from './sqlite-folder.fixture.js';

let folder: StoreFolder;
beforeEach(() => {
  folder = new StoreFolder();
});
afterEach(() => folder.dispose());

const first: Migration = { version: 1, sql: 'CREATE TABLE herds (name TEXT)' };
const second: Migration = { version: 2, sql: 'CREATE TABLE riders (name TEXT)' };
/** Changes much, then fails on its last statement. */
const broken: Migration = {
  version: 2,
  sql: 'CREATE TABLE riders (name TEXT); DELETE FROM herds; INSERT INTO nowhere VALUES (1)',
};

describe('migrate', () => {
  it('numbers its steps from 1 without a gap', () => {
    expect(storeMigrations.map(({ version }) => version)).toEqual(storeMigrations.map((_, i) => i + 1));
  });

  it('takes an older store further and keeps what is in it', () => {
    const old = folder.open({ migrations: [first] });
    old.run("INSERT INTO herds VALUES ('north')");
    old.close();
    const db = folder.open({ migrations: [first, second] });
    expect(db.all('SELECT name FROM herds')).toEqual([{ name: 'north' }]);
    expect(db.all('SELECT name FROM riders')).toEqual([]);
    expect(folder.warnings).toEqual([]);
  });

  it('F70 leaves the old version when a step fails half-way, and takes the step again', () => {
    const old = folder.open({ migrations: [first] });
    old.run("INSERT INTO herds VALUES ('north')");
    old.close();
    expect(() => folder.open({ migrations: [first, broken] })).toThrow(AdapterError);
    const after = folder.raw();
    expect(after.prepare('PRAGMA user_version').get()).toEqual({ user_version: 1 });
    expect(after.prepare('SELECT name FROM herds').all()).toEqual([{ name: 'north' }]);
    expect(after.prepare("SELECT name FROM sqlite_schema WHERE name = 'riders'").all()).toEqual([]);
    after.close();
    const db = folder.open({ migrations: [first, second] });
    expect(db.all('SELECT name FROM herds')).toEqual([{ name: 'north' }]);
    expect(db.get('PRAGMA user_version')).toEqual({ user_version: 2 });
    expect(folder.warnings).toEqual([]);
  });

  it('F69 refuses a store of a newer version and does not touch it', () => {
    folder.open({ migrations: [first, second] }).close();
    const before = readFileSync(folder.file);
    expect(() => folder.open({ migrations: [first] })).toThrow(/newer version/);
    expect(readFileSync(folder.file)).toEqual(before);
    expect(folder.warnings).toEqual([]);
  });
});
