import { copyFileSync, existsSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { latestVersion, storeMigrations } from './migrations.js';
import type { SqliteDatabase } from './sqlite-database.js';
import { StoreFolder } from './sqlite-folder.fixture.js';

let folder: StoreFolder;
beforeEach(() => {
  folder = new StoreFolder();
});
afterEach(() => folder.dispose());

const pageBytes = 4096;
const rows = (db: SqliteDatabase): unknown[] =>
  db.all('SELECT name FROM default_settings ORDER BY rowid').map(({ name }) => name);
const jobs = (db: SqliteDatabase): unknown[] =>
  db.all('SELECT job_id AS name FROM jobs ORDER BY number').map(({ name }) => name);
/** Saves in two tables at once, so that half of it would be seen. */
const save = (db: SqliteDatabase, name: string): void =>
  db.transaction(() => {
    db.run('INSERT INTO default_settings VALUES (?, ?)', name, 'x'.repeat(1000));
    db.run("INSERT INTO jobs (job_id, status, document) VALUES (?, 'done', ?)", name, 'x'.repeat(1000));
  });
const edit = (file: string, change: (bytes: Buffer) => void): void => {
  const bytes = readFileSync(file);
  change(bytes);
  writeFileSync(file, bytes);
};
const asideOf = (file: string): string[] =>
  readdirSync(path.dirname(file)).filter((name) => name.includes('.corrupt-'));

describe('F65 a damaged store', () => {
  beforeEach(() => {
    const db = folder.open();
    for (let i = 0; i < 50; i++) save(db, `row-${i}`);
    db.close();
  });

  it.each<[string, (file: string) => void]>([
    ['a header that is none', (file) => edit(file, (bytes) => bytes.fill('not a database.', 0, 16))],
    ['a page of zeroes', (file) => edit(file, (bytes) => bytes.fill(0, pageBytes, pageBytes * 6))],
    ['half its pages', (file) => truncateSync(file, Math.floor(readFileSync(file).length / 2))],
    ['a piece of its first page', (file) => truncateSync(file, 60)],
    ['text in its place', (file) => writeFileSync(file, 'hello')],
    ['a version of 0 over its tables', (file) => edit(file, (bytes) => bytes.writeInt32BE(0, 60))],
    ['a negative version', (file) => edit(file, (bytes) => bytes.writeInt32BE(-7, 60))],
    [
      'nothing but a log',
      (file) => {
        writeFileSync(file, '');
        writeFileSync(`${file}-wal`, 'log');
      },
    ],
  ])('with %s is moved aside as it is, and a new one made, once', (_, damage) => {
    damage(folder.file);
    const bytes = readFileSync(folder.file);
    const db = folder.open({ now: () => Date.UTC(2025, 0, 2, 3, 4, 5, 6) });
    const aside = `${folder.file}.corrupt-20250102T030405006Z`;
    expect(readFileSync(aside)).toEqual(bytes);
    expect(folder.warnings).toHaveLength(1);
    expect(folder.warnings[0]?.[1]).toMatchObject({ file: folder.file, kept: aside });
    expect([db.persistent, db.replaced, rows(db)]).toEqual([true, true, []]);
    save(db, 'new');
    db.close();
    const next = folder.open();
    expect([next.replaced, rows(next)]).toEqual([false, ['new']]);
    expect(folder.warnings).toHaveLength(1);
  });

  it('with a table less is moved aside too', () => {
    const other = folder.raw();
    other.exec('DROP TABLE endpoints');
    other.close();
    folder.open();
    expect(folder.warnings[0]?.[1]).toMatchObject({
      damage: `its tables are not those of version ${latestVersion(storeMigrations)}`,
    });
  });

  it('takes its log along', () => {
    const db = folder.open();
    save(db, 'in-the-log');
    const copy = path.join(folder.path, 'copy.db');
    copyFileSync(folder.file, copy);
    copyFileSync(`${folder.file}-wal`, `${copy}-wal`);
    // The log has newer copies of some pages, and those are not damaged.
    edit(copy, (bytes) => bytes.fill(0, pageBytes));
    const log = readFileSync(`${copy}-wal`);
    folder.open({ now: () => 0 }, copy);
    expect(readFileSync(`${copy}.corrupt-19700101T000000000Z-wal`)).toEqual(log);
  });

  it('does not take the place of one that was moved aside before', () => {
    for (const text of ['one', 'two', 'three']) {
      writeFileSync(folder.file, text);
      folder.open({ now: () => 0 }).close();
    }
    const texts = asideOf(folder.file).map((name) =>
      readFileSync(path.join(path.dirname(folder.file), name), 'utf8'),
    );
    expect(texts.sort()).toEqual(['one', 'three', 'two']);
  });

  it('of zero length is a new one', () => {
    truncateSync(folder.file, 0);
    expect(rows(folder.open())).toEqual([]);
    expect(folder.warnings).toEqual([]);
    expect(asideOf(folder.file)).toEqual([]);
  });

  it('never brings more down than a typed error, whichever bytes are wrong', () => {
    const sound = readFileSync(folder.file);
    let n = 0;
    const flips = fc.array(fc.tuple(fc.nat(sound.length - 1), fc.integer({ min: 1, max: 255 })), {
      minLength: 1,
      maxLength: 20,
    });
    // Half of them in the header, where a byte says more.
    const inHeader = fc.array(fc.tuple(fc.nat(99), fc.integer({ min: 1, max: 255 })), {
      minLength: 1,
      maxLength: 3,
    });
    fc.assert(
      fc.property(fc.oneof(flips, inHeader), (changes) => {
        const file = path.join(folder.path, `flip-${n++}.db`);
        const bytes = Buffer.from(sound);
        for (const [at, mask] of changes) bytes.writeUInt8(bytes.readUInt8(at) ^ mask, at);
        writeFileSync(file, bytes, { mode: 0o600 });
        try {
          const db = folder.open({}, file);
          rows(db);
          jobs(db);
          db.close();
        } catch (error) {
          // A wrong version number cannot be told from that of a newer version.
          expect(error).toMatchObject({ name: 'AdapterError', message: expect.stringContaining('newer') });
          expect(readFileSync(file)).toEqual(bytes);
        }
        expect(existsSync(file)).toBe(true);
      }),
      { numRuns: 150 },
    );
  });
});

describe('F63 a log that a power cut tore', () => {
  it('opens soundly with all that was merged, and of the rest what came before the tear', () => {
    const merged = Array.from({ length: 20 }, (_, i) => `merged-${i}`);
    const first = folder.open();
    for (const name of merged) save(first, name);
    first.close();
    const writer = folder.open();
    const logged = Array.from({ length: 20 }, (_, i) => `logged-${i}`);
    for (const name of logged) save(writer, name);
    const [store, log] = [readFileSync(folder.file), readFileSync(`${folder.file}-wal`)];
    let n = 0;
    let leastKept = logged.length;
    let mostKept = 0;
    const tear = fc.record({
      length: fc.integer({ min: 0, max: log.length }),
      flips: fc.array(fc.tuple(fc.nat(log.length - 1), fc.integer({ min: 1, max: 255 })), { maxLength: 4 }),
    });
    fc.assert(
      fc.property(tear, ({ length, flips }) => {
        const file = path.join(folder.path, `torn-${n++}.db`);
        const torn = Buffer.from(log.subarray(0, length));
        for (const [at, mask] of flips) if (at < length) torn.writeUInt8(torn.readUInt8(at) ^ mask, at);
        writeFileSync(file, store, { mode: 0o600 });
        writeFileSync(`${file}-wal`, torn, { mode: 0o600 });
        const db = folder.open({}, file);
        const found = rows(db);
        expect(jobs(db)).toEqual(found);
        const kept = found.length - merged.length;
        expect(found).toEqual([...merged, ...logged.slice(0, Math.max(0, kept))]);
        expect(db.get('PRAGMA quick_check')).toEqual({ quick_check: 'ok' });
        db.close();
        leastKept = Math.min(leastKept, kept);
        mostKept = Math.max(mostKept, kept);
      }),
      { numRuns: 100, examples: [[{ length: log.length, flips: [] }], [{ length: 0, flips: [] }]] },
    );
    expect(folder.warnings).toEqual([]);
    // Otherwise the log was never read, or never torn.
    expect([leastKept, mostKept]).toEqual([0, logged.length]);
  });
});
