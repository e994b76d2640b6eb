import type { Job } from '@corral/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { logLine, storedJob, storedTask, taskEvent } from './jobs.fixture.js';
import type { SqliteDatabase } from './sqlite-database.js';
import { StoreFolder } from './sqlite-folder.fixture.js';
import { SqliteJobStore } from './sqlite-job-store.js';

let folder: StoreFolder;
let db: SqliteDatabase;
let store: SqliteJobStore;
// Made once: on a busy machine that alone takes seconds.
beforeAll(async () => {
  folder = new StoreFolder();
  db = folder.open();
  store = new SqliteJobStore(db, folder.logger);
  const projectDescription = 'Write a script that prints hello world. '.repeat(25);
  // As one change of the file: what is measured comes later.
  db.run('BEGIN IMMEDIATE');
  for (let i = 0; i < jobCount; i++) {
    const facts: Partial<Job> = { projectDescription, status: ended[i % 3] ?? 'done' };
    await store.commit({ jobId: `j${i}`, job: storedJob(`j${i}`, facts), events: [logLine(1), logLine(2)] });
  }
  await store.commit({ jobId: 'big', job: storedJob('big', { projectDescription }), plan });
  db.run('COMMIT');
}, 60_000);
afterAll(() => {
  folder.dispose();
  console.log(measured.join('\n'));
});

const measured: string[] = [];
const jobCount = 10_000;
const ended = ['done', 'failed', 'cancelled'] as const;
const plan = Array.from({ length: 10_000 }, (_, i) => storedTask(`t${i}`));

/** Milliseconds that `work` takes, sorted. */
const timesOf = async (times: number, work: () => Promise<unknown>): Promise<number[]> => {
  const found: number[] = [];
  for (let i = 0; i < times; i++) {
    const begun = performance.now();
    await work();
    found.push(performance.now() - begun);
  }
  return found.sort((a, b) => a - b);
};
/** Notes what was measured, for people. The median is judged: what else this machine does makes the rest. */
const medianOf = (name: string, times: readonly number[]): number => {
  const at = (share: number): number => times[Math.floor(times.length * share)] ?? Number.NaN;
  measured.push(`${name}: p50 ${at(0.5).toFixed(1)} ms, p99 ${at(0.99).toFixed(1)} ms`);
  return at(0.5);
};
const changes = (): number => Number(db.get('SELECT total_changes() AS changes')?.['changes']);

describe('F80 a store with 10,000 ended jobs and a job of 10,000 tasks', () => {
  it('lists a page in 50 ms, wherever it is', async () => {
    const { nextCursor, total } = await store.list({ limit: 50 });
    expect(total).toBe(jobCount + 1);
    const cursor = `before-${jobCount / 2}`;
    const queries = [
      {},
      { cursor: nextCursor ?? '' },
      { cursor },
      { status: ['failed'] as const, cursor },
      { status: ended },
      { status: ['running', 'pending', 'interrupted'] as const },
    ];
    for (const query of queries) {
      const times = await timesOf(20, () => store.list({ limit: 200, ...query }));
      expect(medianOf(`200 jobs ${JSON.stringify(query)}`, times)).toBeLessThan(50);
    }
    expect(
      medianOf('1,000 tasks', await timesOf(10, () => store.tasks('big', { from: 9000, limit: 1000 }))),
    ).toBeLessThan(200);
  });

  it('writes what changed and nothing else', async () => {
    const before = changes();
    const change = {
      jobId: 'big',
      job: storedJob('big', { totalTokens: 1 }),
      tasks: [storedTask('t5000', { status: 'completed' })],
      result: { taskId: 't5000', output: 'done' },
      events: [taskEvent(1, 't5000')],
    };
    await store.commit(change);
    // The job, the task, its result and the event.
    expect(changes() - before).toBe(4);
    let i = 0;
    const times = await timesOf(50, () => {
      const taskId = `t${i++}`;
      return store.commit({ ...change, tasks: [storedTask(taskId)], result: { taskId, output: 'done' } });
    });
    expect(medianOf('a finished task', times)).toBeLessThan(100);
  });

  it('prunes nothing in little time, and much in portions', async () => {
    const none = await timesOf(10, () => store.prune({ keepJobs: jobCount, keepEvents: 2 }));
    expect(medianOf('nothing to prune', none)).toBeLessThan(100);
    let turns = 0;
    const timer = setInterval(() => turns++, 0);
    const removed = await store.prune({ keepJobs: jobCount - 300, keepEvents: 1 });
    clearInterval(timer);
    expect([removed.length, new Set(removed).has('j299'), new Set(removed).has('j300')]).toEqual([
      300,
      true,
      false,
    ]);
    expect(turns).toBeGreaterThan(3);
    expect((await store.list({ limit: 1 })).total).toBe(jobCount - 300 + 1);
    expect(db.get("SELECT count(*) AS lines FROM job_events WHERE type = 'log'")).toEqual({
      lines: jobCount - 300,
    });
  });
});
