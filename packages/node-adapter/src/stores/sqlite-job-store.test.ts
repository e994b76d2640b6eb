import { chmodSync } from 'node:fs';
import path from 'node:path';
import type { JobEvent } from '@corral/core';
import { SimulatedClock } from '@corral/core/testing';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { logLine, storedJob, storedTask, taskEvent } from './jobs.fixture.js';
import { storeMigrations } from './migrations.js';
import type { SqliteDatabase } from './sqlite-database.js';
import { asOther, StoreFolder } from './sqlite-folder.fixture.js';
import { SqliteJobStore } from './sqlite-job-store.js';
import { openInMemory } from './sqlite-memory.js';

let folder: StoreFolder;
let db: SqliteDatabase;
let store: SqliteJobStore;
beforeEach(() => {
  folder = new StoreFolder();
  db = folder.open();
  store = new SqliteJobStore(db, folder.logger);
});
afterEach(() => folder.dispose());

const all = { from: 0, limit: 1000 } as const;
const reopen = (): void => {
  db.close();
  db = folder.open();
  store = new SqliteJobStore(db, folder.logger);
};
const done: JobEvent = {
  type: 'done',
  seq: 9,
  ts: '2026-01-01T00:00:00.000Z',
  status: 'failed',
  totalCost: null,
};

describe('SqliteJobStore', () => {
  it('keeps everything over a reopening', async () => {
    const job = storedJob('j', { status: 'failed', statusReason: 'tasks_failed', finalStatus: 'failed' });
    const plan = [
      storedTask('a', { status: 'completed', score: 0.875 }),
      storedTask('b', { status: 'failed' }),
    ];
    const events = [logLine(1), taskEvent(2, 'a'), done];
    await store.commit({ jobId: 'j', job, plan, result: { taskId: 'a', output: 'yes' }, events });
    await store.commit({ jobId: 'k', job: storedJob('k') });
    reopen();
    expect(await store.load('j')).toEqual(job);
    expect(await store.tasks('j', all)).toEqual(plan);
    expect(await store.output('j', 'a')).toBe('yes');
    expect(await store.events('j', { after: 0, limit: 10 })).toEqual(events);
    expect((await store.loadUnfinished()).map((stored) => stored.job.jobId)).toEqual(['k']);
    expect((await store.list({ limit: 10 })).jobs.map(({ jobId }) => jobId)).toEqual(['k', 'j']);
    expect(folder.warnings).toEqual([]);
  });

  it('gives back whatever text it was given', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), fc.uuid(), async (text, jobId) => {
        const job = storedJob(jobId, { projectDescription: text, labels: [text] });
        const task = storedTask('a', { prompt: text, title: text });
        const events = [logLine(1, text)];
        await store.commit({ jobId, job, plan: [task], result: { taskId: 'a', output: text }, events });
        expect(await store.load(jobId)).toEqual(job);
        expect(await store.task(jobId, 'a')).toEqual(task);
        expect(await store.output(jobId, 'a')).toBe(text);
        expect(await store.events(jobId, { after: 0, limit: 1 })).toEqual(events);
      }),
      { numRuns: 20 },
    );
  });

  it('takes ids for what they are, never for a part of a statement', async () => {
    await store.commit({ jobId: 'j', job: storedJob('j') });
    for (const jobId of ["' OR 1=1 --", 'j%', '*', '']) {
      expect(await store.load(jobId)).toBeUndefined();
      await store.delete(jobId);
    }
    const status = ["done') OR 1=1 --"] as unknown as ['done'];
    expect((await store.list({ limit: 5, status })).total).toBe(0);
    expect(await store.load('j')).toBeDefined();
  });

  it('counts log lines once though their change comes twice', async () => {
    const change = { jobId: 'j', job: storedJob('j'), events: [logLine(1), taskEvent(2, 'a'), logLine(3)] };
    await store.commit(change);
    await store.commit(change);
    expect(db.all('SELECT count FROM job_log_lines')).toEqual([{ count: 2 }]);
  });

  it('F80 keeps long texts out of the row that lists read, and writes them once', async () => {
    const projectDescription = 'Write a long book. '.repeat(3000);
    await store.commit({ jobId: 'j', job: storedJob('j', { projectDescription }) });
    expect(db.get('SELECT length(document) < 2500 AS isShort FROM jobs')).toEqual({ isShort: 1 });
    const changes = (): number => Number(db.get('SELECT total_changes() AS changes')?.['changes']);
    const before = changes();
    await store.commit({ jobId: 'j', job: storedJob('j', { projectDescription, totalTokens: 1 }) });
    expect(changes() - before).toBe(1);
    expect((await store.load('j'))?.job).toMatchObject({ projectDescription, totalTokens: 1 });
  });

  it('removes what is left of a job whose removal was cut off', async () => {
    const long = storedJob('j', { projectDescription: 'x'.repeat(2000) });
    await store.commit({ jobId: 'j', job: long, plan: [storedTask('a')], events: [logLine(1)] });
    db.run("UPDATE jobs SET job_id = 'removed/1', status = 'removed', document = ''");
    reopen();
    expect((await store.list({ limit: 10 })).total).toBe(0);
    expect(await store.loadUnfinished()).toEqual([]);
    await store.delete('another');
    for (const table of ['jobs', 'job_tasks', 'job_events', 'job_log_lines', 'job_texts'])
      expect(db.get(`SELECT count(*) AS rows FROM ${table}`)).toEqual({ rows: 0 });
    expect(folder.warnings).toEqual([]);
  });

  it.each([
    ['jobs', () => store.load('j'), '{'],
    [
      'jobs',
      () => store.load('j'),
      '{"job":{"jobId":"j"},"givenTasks":null,"planned":true,"reservations":[]}',
    ],
    ['job_tasks', () => store.task('j', 'a'), 'null'],
    ['job_results', () => store.output('j', 'a'), '7'],
    ['job_events', async () => (await store.events('j', { after: 0, limit: 9 }))[1], '{"type":"song"}'],
  ])('leaves out a row of %s that is none, with one warning', async (table, read, document) => {
    const events = [logLine(1), logLine(2)];
    const plan = [storedTask('a')];
    await store.commit({ jobId: 'i', job: storedJob('i') });
    await store.commit({
      jobId: 'j',
      job: storedJob('j'),
      plan,
      result: { taskId: 'a', output: '' },
      events,
    });
    expect(await read()).toBeDefined();
    const ofJ = table === 'jobs' ? "job_id = 'j'" : 'job = 2';
    const where = table === 'job_events' ? `${ofJ} AND seq = 2` : ofJ;
    expect(db.run(`UPDATE ${table} SET document = ? WHERE ${where}`, document)).toBe(1);
    expect(await read()).toBeUndefined();
    expect(await read()).toBeUndefined();
    expect((await store.list({ limit: 1 })).nextCursor).toBe('before-2');
    expect((await store.loadUnfinished())[0]?.job.jobId).toBe('i');
    expect(folder.warnings).toEqual([['a saved row was left out', expect.objectContaining({ table })]]);
  });

  it('ignores keys that it does not know', async () => {
    const { job, ...more } = storedJob('j');
    const document = JSON.stringify({ job: { ...job, colour: 'red' }, ...more, colour: 'red' });
    db.run("INSERT INTO jobs (job_id, status, document) VALUES ('j', 'running', ?)", document);
    expect(await store.load('j')).toEqual({ job, ...more });
    expect(folder.warnings).toEqual([]);
  });

  it('F68 goes on in memory, with the jobs that can be read, and says so', async () => {
    await store.commit({ jobId: 'j', job: storedJob('j'), plan: [storedTask('a')], events: [logLine(1)] });
    db.close();
    for (const [file, mode] of [
      [folder.path, 0o755],
      [folder.file, 0o444],
      [path.dirname(folder.file), 0o555],
    ] as const)
      chmodSync(file, mode);
    db = asOther(() => folder.open());
    store = new SqliteJobStore(db, folder.logger);
    expect(db.persistent).toBe(false);
    expect(await store.tasks('j', all)).toHaveLength(1);
    expect(await store.commit({ jobId: 'j', result: { taskId: 'a', output: 'x' } })).toBe(true);
    expect(await store.output('j', 'a')).toBe('x');
    await store.delete('j');
    expect((await store.list({ limit: 10 })).total).toBe(0);
  });
});

describe('F68 a store that is too large for memory', () => {
  it('is taken over without its jobs', async () => {
    await store.commit({ jobId: 'j', job: storedJob('j'), plan: [storedTask('a')], events: [logLine(1)] });
    db.run("INSERT INTO default_settings VALUES ('nThreads', '3')");
    const rows = (most: number): unknown[] => {
      const copy = openInMemory(folder.file, storeMigrations, most);
      const count = (table: string): unknown =>
        copy.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.['n'];
      const found = ['default_settings', 'jobs', 'job_tasks', 'job_events'].map(count);
      copy.close();
      return found;
    };
    expect(rows(1024 ** 2)).toEqual([1, 1, 1, 1]);
    expect(rows(1024)).toEqual([1, 0, 0, 0]);
  });
});

describe('F67 a store that another process writes', () => {
  it('is tried again after a pause by chance, and keeps the order of what waits', async () => {
    const clock = new SimulatedClock();
    const busy = folder.open({ busyTimeoutMs: 1 });
    const chances = [0.5];
    const waiting = new SqliteJobStore(busy, folder.logger, { clock, random: () => chances.pop() ?? 0 });
    await store.commit({ jobId: 'j', job: storedJob('j') });
    const other = folder.raw();
    other.exec('BEGIN IMMEDIATE');
    const first = waiting.commit({ jobId: 'j', job: storedJob('j', { elapsedS: 1 }) });
    const second = waiting.commit({ jobId: 'j', job: storedJob('j', { elapsedS: 2 }) });
    await clock.advance(40);
    other.exec('COMMIT');
    await clock.advance(109);
    expect((await waiting.load('j'))?.job.elapsedS).toBe(0);
    await clock.advance(1);
    expect([await first, await second]).toEqual([true, true]);
    expect((await waiting.load('j'))?.job.elapsedS).toBe(2);
    expect(clock.timerCount).toBe(0);
  });

  it('is given up after a few tries, and the next change is tried as well', async () => {
    const clock = new SimulatedClock();
    const busy = folder.open({ busyTimeoutMs: 1 });
    const waiting = new SqliteJobStore(busy, folder.logger, { clock, random: () => 0 });
    const other = folder.raw();
    other.exec('BEGIN IMMEDIATE');
    const refused = waiting.commit({ jobId: 'j', job: storedJob('j') }).catch((error: unknown) => error);
    const next = waiting.commit({ jobId: 'k', job: storedJob('k') });
    await clock.advance(100);
    expect(await refused).toMatchObject({ code: 'store_locked', retryable: true });
    other.exec('COMMIT');
    await clock.advance(50);
    expect(await next).toBe(true);
    expect((await waiting.list({ limit: 5 })).jobs.map(({ jobId }) => jobId)).toEqual(['k']);
  });
});

describe('the step to a store with jobs', () => {
  const before = storeMigrations.filter(({ version }) => version < 3);
  const third = storeMigrations.filter(({ version }) => version === 3);

  it('F69 F70 keeps what was there, is taken again when it was cut off, and is refused by an older version', async () => {
    const file = `${folder.file}-old`;
    const old = folder.open({ migrations: before }, file);
    old.run("INSERT INTO default_settings VALUES ('nThreads', '3')");
    old.close();
    const cutOff = third.map(({ version, sql }) => ({
      version,
      sql: `${sql}; INSERT INTO nowhere VALUES (1)`,
    }));
    expect(() => folder.open({ migrations: [...before, ...cutOff] }, file)).toThrow(/cannot be used/);
    const after = folder.open({ migrations: before }, file);
    expect(after.all("SELECT name FROM sqlite_schema WHERE name LIKE 'job%'")).toEqual([]);
    after.close();
    const now = folder.open({}, file);
    expect(now.all('SELECT name FROM default_settings')).toEqual([{ name: 'nThreads' }]);
    expect(await new SqliteJobStore(now, folder.logger).commit({ jobId: 'j', job: storedJob('j') })).toBe(
      true,
    );
    now.close();
    expect(() => folder.open({ migrations: before }, file)).toThrow(/newer version/);
    expect(folder.warnings).toEqual([]);
  });

  it('F70 reads a job of long texts as an earlier step kept it', async () => {
    const file = `${folder.file}-old`;
    const old = folder.open({ migrations: storeMigrations.filter(({ version }) => version < 5) }, file);
    const job = storedJob('j', { projectDescription: 'x'.repeat(5000), status: 'running' });
    const sql = "INSERT INTO jobs (job_id, status, document) VALUES ('j', 'running', ?)";
    old.run(sql, JSON.stringify(job));
    old.close();
    const now = folder.open({}, file);
    const kept = new SqliteJobStore(now, folder.logger);
    expect(await kept.loadUnfinished()).toEqual([job]);
    await kept.commit({ jobId: 'j', job });
    expect(await kept.load('j')).toEqual(job);
    now.close();
  });
});
