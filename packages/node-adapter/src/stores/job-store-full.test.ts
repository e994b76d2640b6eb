import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { SimulatedClock } from '@corral/core/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Ballast } from './ballast.js';
import { logLine, numbersOf, storedJob, storedTask, taskEvent } from './jobs.fixture.js';
import { canMount, SmallDisk } from './small-disk.fixture.js';
import type { SqliteDatabase } from './sqlite-database.js';
import { StoreFolder } from './sqlite-folder.fixture.js';
import { SqliteJobStore } from './sqlite-job-store.js';

const mebibyte = 1024 ** 2;
const full = expect.objectContaining({ name: 'AdapterError', code: 'store_full', retryable: true });
let folder: StoreFolder;
beforeEach(() => {
  folder = new StoreFolder();
});
afterEach(() => folder.dispose());

/** Adds log lines until there is no space. @returns the numbers of those that are kept */
const writeUntilFull = async (store: SqliteJobStore, from: number): Promise<number[]> => {
  const kept: number[] = [];
  for (let seq = from; ; seq++) {
    try {
      await store.commit({ jobId: 'j', events: [logLine(seq, 'x'.repeat(2000))] });
      kept.push(seq);
    } catch (error) {
      expect(error).toEqual(full);
      return kept;
    }
  }
};

const begin = async (store: SqliteJobStore): Promise<void> => {
  await store.commit({ jobId: 'j', job: storedJob('j'), plan: [storedTask('a'), storedTask('b')] });
};
const finished = {
  jobId: 'j',
  job: storedJob('j', { totalTokens: 10 }),
  tasks: [storedTask('a', { status: 'completed' })],
  result: { taskId: 'a', output: 'x'.repeat(20_000) },
  events: [taskEvent(900_000, 'a')],
};

describe('F64 a store that may not grow', () => {
  it('rejects a change as a whole, is read on, and takes it when there is space', async () => {
    const db = folder.open();
    const store = new SqliteJobStore(db, folder.logger);
    await begin(store);
    db.get(`PRAGMA max_page_count = ${Number(db.get('PRAGMA page_count')?.['page_count']) + 8}`);
    const kept = await writeUntilFull(store, 1);
    await expect(store.commit(finished)).rejects.toEqual(full);
    expect(numbersOf(await store.events('j', { after: 0, limit: 10_000 }))).toEqual(kept);
    expect(await store.output('j', 'a')).toBeUndefined();
    expect(await store.task('j', 'a')).toMatchObject({ status: 'pending' });
    expect((await store.load('j'))?.job.totalTokens).toBe(0);
    expect(await store.list({ limit: 10 })).toMatchObject({ total: 1 });
    db.get('PRAGMA max_page_count = 100000');
    expect(await store.commit(finished)).toBe(true);
    expect(await store.output('j', 'a')).toBe(finished.result.output);
    expect(db.get('PRAGMA quick_check')).toEqual({ quick_check: 'ok' });
  });
});

// Where nobody may mount a disk, the test above has to do.
if (canMount) {
  describe('F64 a store on a full disk', () => {
    let disk: SmallDisk;
    let db: SqliteDatabase;
    let clock: SimulatedClock;
    beforeEach(() => {
      disk = new SmallDisk(folder.path, 24);
      db = folder.open({}, storeFile());
      clock = new SimulatedClock();
    });
    afterEach(() => {
      db.close();
      disk.dispose();
    });

    const storeFile = (): string => path.join(disk.path, 'corral.db');
    const ballastFile = (): string => path.join(disk.path, 'corral.ballast');
    const ballast = (): Ballast => new Ballast(ballastFile(), { roomBytes: 8 * mebibyte, clock });
    const open = (): SqliteJobStore => new SqliteJobStore(db, folder.logger, { ballast: ballast() });
    const hasBallast = (): boolean => readdirSync(disk.path).includes('corral.ballast');

    it('keeps finished tasks and can be made smaller, by giving up its ballast', async () => {
      const store = open();
      await begin(store);
      expect(statSync(ballastFile())).toMatchObject({ size: 4 * mebibyte, mode: 0o100_600 });
      disk.fill();
      const kept = await writeUntilFull(store, 1);
      expect(hasBallast()).toBe(true);
      expect(await store.commit(finished)).toBe(true);
      expect(hasBallast()).toBe(false);
      disk.fill();
      const after = await writeUntilFull(store, 500_000);
      const seqs = [...kept, ...after, 900_000];
      expect(numbersOf(await store.events('j', { after: 0, limit: 10_000 }))).toEqual(seqs);
      expect(await store.output('j', 'a')).toBe(finished.result.output);
      await expect(store.commit({ ...finished, result: { taskId: 'b', output: 'x' } })).rejects.toEqual(full);
      disk.clear();
      await store.commit({ jobId: 'j', events: [logLine(900_001)] });
      expect(hasBallast()).toBe(false);
      await clock.advance(10_000);
      await store.commit({ jobId: 'j', events: [logLine(900_002)] });
      expect(hasBallast()).toBe(true);
      expect(db.get('PRAGMA quick_check')).toEqual({ quick_check: 'ok' });
      expect(folder.warnings).toEqual([]);
    });

    it('is opened with the space of the ballast', async () => {
      await begin(new SqliteJobStore(db, folder.logger));
      db.close();
      folder.open({ ballast: ballast() }, storeFile()).close();
      expect(hasBallast()).toBe(true);
      disk.fill();
      expect(folder.open({}, storeFile()).persistent).toBe(false);
      db = folder.open({ ballast: ballast() }, storeFile());
      expect([db.persistent, hasBallast()]).toEqual([true, false]);
      expect(await new SqliteJobStore(db, folder.logger).commit(finished)).toBe(true);
      expect(folder.warnings).toHaveLength(1);
    });

    it('removes a job that is much larger than the ballast', async () => {
      const store = open();
      await begin(store);
      const events = Array.from({ length: 10_000 }, (_, i) => logLine(i + 1, 'x'.repeat(700)));
      await store.commit({ jobId: 'j', events });
      db.get('PRAGMA wal_checkpoint(TRUNCATE)');
      expect(statSync(storeFile()).size).toBeGreaterThan(7 * mebibyte);
      disk.fill();
      await store.delete('j');
      expect(db.all('SELECT count(*) AS count FROM job_events')).toEqual([{ count: 0 }]);
      expect(folder.warnings).toEqual([]);
    });

    it.each([
      ['a deletion', async (store: SqliteJobStore) => store.delete('j')],
      [
        'the end of a job',
        async (store: SqliteJobStore) => {
          await store.commit({
            jobId: 'j',
            job: storedJob('j', { status: 'cancelled', labels: ['x'.repeat(50_000)] }),
          });
          await store.delete('j');
        },
      ],
      ['a pruning', async (store: SqliteJobStore) => store.prune({ keepJobs: 0, keepEvents: 0 })],
    ])('has room for %s with the ballast, and none without it', async (_, shrink) => {
      const bare = new SqliteJobStore(db, folder.logger);
      await bare.commit({ jobId: 'j', job: storedJob('j', { status: 'done' }), plan: [storedTask('a')] });
      const store = open();
      await store.commit({ jobId: 'other', job: storedJob('other') });
      disk.fill();
      await writeUntilFull(store, 1);
      await expect(shrink(bare)).rejects.toEqual(full);
      await shrink(store);
      expect(hasBallast()).toBe(false);
      expect(await store.load('j')).toBeUndefined();
      expect(await store.eventRange('j')).toBeUndefined();
      expect(await store.load('other')).toBeDefined();
      await store.commit({ jobId: 'other', events: [logLine(1)] });
    });
  });
}
