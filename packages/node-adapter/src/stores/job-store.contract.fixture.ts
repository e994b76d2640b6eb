import { briefJob, type Job, type JobStatus, type JobStore } from '@corral/core';
import { beforeEach, describe, expect, it } from 'vitest';
import { logLine, numbersOf, storedJob, storedTask, taskEvent } from './jobs.fixture.js';

/** Everything. */
const all = { from: 0, limit: 1000 } as const;

/** What holds for every store of jobs. */
export function describeJobStore(name: string, open: () => JobStore): void {
  describe(`the contract of JobStore, by ${name}`, () => {
    let store: JobStore;
    beforeEach(() => {
      store = open();
    });

    const add = (jobId: string, facts: Partial<Job> = {}): Promise<boolean> =>
      store.commit({ jobId, job: storedJob(jobId, facts) });
    const pages = async (status?: readonly JobStatus[], limit = 2): Promise<string[][]> => {
      const found: string[][] = [];
      let cursor: string | null | undefined;
      while (cursor !== null) {
        const page = await store.list({ limit, ...(status && { status }), ...(cursor && { cursor }) });
        found.push(page.jobs.map(({ jobId }) => jobId));
        cursor = page.nextCursor;
      }
      return found;
    };

    it('knows nothing at first', async () => {
      expect(await store.loadUnfinished()).toEqual([]);
      expect(await store.load('j')).toBeUndefined();
      expect(await store.list({ limit: 10 })).toEqual({ jobs: [], nextCursor: null, total: 0 });
      expect(await store.tasks('j', all)).toEqual([]);
      expect(await store.task('j', 't')).toBeUndefined();
      expect(await store.output('j', 't')).toBeUndefined();
      expect(await store.events('j', { after: 0, limit: 10 })).toEqual([]);
      expect(await store.eventRange('j')).toBeUndefined();
      await store.delete('j');
      expect(await store.prune({ keepJobs: 0, keepEvents: 0 })).toEqual([]);
    });

    it('gives back the newest of a job, with what it was given and what is set aside', async () => {
      const given = [{ taskId: 'a', title: 'A', prompt: '{{literal}} ${text}', dependsOn: [] }];
      const before = storedJob('j', { status: 'pending' }, { givenTasks: given, planned: false });
      expect(await store.commit({ jobId: 'j', job: before })).toBe(true);
      expect(await store.load('j')).toEqual(before);
      const reservations = [
        { id: 'r1', taskId: 'a', usd: 0.25, tokens: 500 },
        { id: 'r2', taskId: null, usd: null, tokens: 7 },
      ];
      const after = storedJob('j', { totalCost: 0.1 + 0.2, labels: ['\u{1f404}'] }, { reservations });
      expect(await store.commit({ jobId: 'j', job: after })).toBe(true);
      expect(await store.load('j')).toEqual(after);
    });

    it('keeps long texts whole, whatever else changes, and lists them no longer than others have them', async () => {
      const texts = {
        projectDescription: 'Write a long book. '.repeat(3000),
        successCriteria: Array.from({ length: 50 }, (_, n) => `Chapter ${n} `.repeat(100)),
        labels: Array.from({ length: 50 }, (_, n) => `label ${n}`),
      };
      await add('j', texts);
      const changed = storedJob('j', { ...texts, status: 'running', totalTokens: 5 });
      await store.commit({ jobId: 'j', job: changed });
      expect(await store.load('j')).toEqual(changed);
      expect(await store.loadUnfinished()).toEqual([changed]);
      const { jobs } = await store.list({ limit: 1 });
      expect(jobs.map(briefJob)).toEqual([briefJob(changed.job)]);
      const shorter = storedJob('j', { projectDescription: 'Write a short book' });
      await store.commit({ jobId: 'j', job: shorter });
      expect(await store.load('j')).toEqual(shorter);
    });

    it('keeps tasks in the order of the plan, and changes those that changed', async () => {
      const plan = ['c', 'a', 'b'].map((taskId) =>
        storedTask(taskId, { dependsOn: taskId === 'b' ? ['a'] : [] }),
      );
      await add('j');
      await add('other');
      await store.commit({ jobId: 'j', plan });
      await store.commit({ jobId: 'other', plan: [storedTask('a', { title: 'of another job' })] });
      const changed = storedTask('a', { status: 'failed', failureCode: 'poison', losses: 3 });
      await store.commit({ jobId: 'j', tasks: [changed] });
      expect(await store.tasks('j', all)).toEqual([plan[0], changed, plan[2]]);
      expect(await store.tasks('j', { from: 1, limit: 1 })).toEqual([changed]);
      expect(await store.tasks('j', { from: 3, limit: 5 })).toEqual([]);
      expect(await store.task('j', 'a')).toEqual(changed);
      expect(await store.task('j', 'x')).toBeUndefined();
      expect(await store.task('other', 'a')).toMatchObject({ title: 'of another job' });
    });

    it('F62 takes one result of a task, and nothing of a change that brings another', async () => {
      const plan = [storedTask('a'), storedTask('b')];
      await store.commit({ jobId: 'j', job: storedJob('j'), plan });
      const first = {
        jobId: 'j',
        tasks: [storedTask('a', { status: 'completed', attempt: 1 })],
        result: { taskId: 'a', output: 'first\u0000\ud800' },
        events: [taskEvent(1, 'a')],
      };
      expect(await store.commit(first)).toBe(true);
      const second = {
        jobId: 'j',
        job: storedJob('j', { totalTokens: 99 }),
        tasks: [storedTask('a', { status: 'degraded', attempt: 2 }), storedTask('b', { status: 'failed' })],
        result: { taskId: 'a', output: 'second' },
        events: [taskEvent(2, 'a')],
      };
      expect(await store.commit(second)).toBe(false);
      expect(await store.output('j', 'a')).toBe('first\u0000\ud800');
      expect(await store.tasks('j', all)).toEqual([first.tasks[0], plan[1]]);
      expect((await store.load('j'))?.job.totalTokens).toBe(0);
      expect(await store.eventRange('j')).toEqual({ first: 1, last: 1 });
      expect(await store.commit({ jobId: 'j', result: { taskId: 'b', output: '' } })).toBe(true);
      expect(await store.output('j', 'b')).toBe('');
    });

    it('loads what has not ended, oldest first', async () => {
      const statuses = ['running', 'done', 'pending', 'failed', 'interrupted', 'cancelled'] as const;
      for (const status of statuses) await add(status, { status });
      await add('running', { status: 'running', elapsedS: 5 });
      const unfinished = await store.loadUnfinished();
      expect(unfinished.map(({ job }) => job.jobId)).toEqual(['running', 'pending', 'interrupted']);
      expect(unfinished[0]?.job.elapsedS).toBe(5);
    });

    it('lists the newest first, page after page, by their states', async () => {
      expect(await pages()).toEqual([[]]);
      for (let i = 1; i <= 6; i++) await add(`j${i}`, { status: i % 2 ? 'done' : 'failed' });
      await add('j5', { status: 'failed' });
      expect(await pages()).toEqual([
        ['j6', 'j5'],
        ['j4', 'j3'],
        ['j2', 'j1'],
      ]);
      expect(await pages(['failed'], 3)).toEqual([['j6', 'j5', 'j4'], ['j2']]);
      expect(await pages(['failed', 'done'], 50)).toHaveLength(1);
      expect(await pages(['running'])).toEqual([[]]);
      expect((await store.list({ limit: 1, status: ['done'] })).total).toBe(2);
      expect((await store.list({ limit: 1 })).total).toBe(6);
    });

    it('goes on behind a job that is gone, and before those that came meanwhile', async () => {
      for (let i = 1; i <= 4; i++) await add(`j${i}`);
      const { nextCursor } = await store.list({ limit: 2 });
      await store.delete('j3');
      await add('j5');
      const next = await store.list({ limit: 2, ...(nextCursor && { cursor: nextCursor }) });
      expect(next.jobs.map(({ jobId }) => jobId)).toEqual(['j2', 'j1']);
    });

    it.each([
      '',
      '-1',
      'before-',
      'before-0',
      'before--1',
      'before-1e3',
      'before-99999999999999999999',
      "before-1' OR 1=1 --",
      'before-1\n',
      '\u0000',
      '%00',
      'NaN',
      'x'.repeat(10_000),
    ])('takes a cursor that is none of its own as none: %j', async (cursor) => {
      await add('j1');
      await add('j2');
      const { jobs } = await store.list({ limit: 10, cursor });
      expect(jobs.map(({ jobId }) => jobId)).toEqual(['j2', 'j1']);
    });

    it('rejects a change of a job that is not there', async () => {
      await store.commit({ jobId: 'j', job: storedJob('j'), plan: [storedTask('a')] });
      await store.delete('j');
      const late = { jobId: 'j', tasks: [storedTask('a')], events: [logLine(1)] };
      await expect(store.commit(late)).rejects.toThrow(Error);
      await expect(store.commit({ ...late, result: { taskId: 'a', output: '' } })).rejects.toThrow(Error);
      expect(await store.list({ limit: 10 })).toMatchObject({ total: 0 });
      expect(await store.eventRange('j')).toBeUndefined();
    });

    it('takes a change again whose answer was lost', async () => {
      const events = [logLine(1), logLine(2)];
      const change = { jobId: 'j', job: storedJob('j'), plan: [storedTask('a'), storedTask('b')], events };
      await store.commit(change);
      expect(await store.commit(change)).toBe(true);
      expect(await store.tasks('j', all)).toEqual(change.plan);
      expect(await store.events('j', { after: 0, limit: 10 })).toEqual(events);
      expect((await store.list({ limit: 10 })).total).toBe(1);
    });

    it('gives events in their order from any number on', async () => {
      await add('j');
      await store.commit({ jobId: 'j', events: [logLine(2), taskEvent(5, 'a')] });
      await store.commit({ jobId: 'j', events: [logLine(10_005, 'a jump')] });
      expect(await store.events('j', { after: 0, limit: 10 })).toEqual([
        logLine(2),
        taskEvent(5, 'a'),
        logLine(10_005, 'a jump'),
      ]);
      expect(numbersOf(await store.events('j', { after: 2, limit: 1 }))).toEqual([5]);
      expect(numbersOf(await store.events('j', { after: 10_005, limit: 1 }))).toEqual([]);
      expect(await store.eventRange('j')).toEqual({ first: 2, last: 10_005 });
    });

    it('removes a job with all that belongs to it, and leaves the others', async () => {
      for (const jobId of ['j', 'other']) {
        await store.commit({ jobId, job: storedJob(jobId), plan: [storedTask('a')], events: [logLine(1)] });
        await store.commit({ jobId, result: { taskId: 'a', output: jobId } });
      }
      await store.delete('j');
      expect(await store.load('j')).toBeUndefined();
      expect((await store.list({ limit: 5 })).total).toBe(1);
      await add('j');
      expect(await store.tasks('j', all)).toEqual([]);
      expect(await store.output('j', 'a')).toBeUndefined();
      expect(await store.eventRange('j')).toBeUndefined();
      expect(await store.output('other', 'a')).toBe('other');
      expect(await store.tasks('other', all)).toHaveLength(1);
    });

    it('prunes the oldest of those that ended, and the oldest log lines', async () => {
      await add('open', { status: 'interrupted' });
      for (let i = 1; i <= 4; i++) await add(`j${i}`, { status: 'done' });
      await store.commit({
        jobId: 'j4',
        events: [logLine(1), taskEvent(2, 'a'), logLine(3), logLine(4), taskEvent(5, 'a'), logLine(6)],
      });
      const removed = await store.prune({ keepJobs: 2, keepEvents: 2 });
      expect([...removed].sort()).toEqual(['j1', 'j2']);
      expect(await pages(undefined, 10)).toEqual([['j4', 'j3', 'open']]);
      expect(numbersOf(await store.events('j4', { after: 0, limit: 10 }))).toEqual([2, 4, 5, 6]);
      expect(await store.prune({ keepJobs: 2, keepEvents: 2 })).toEqual([]);
      await store.commit({ jobId: 'j4', events: [logLine(7)] });
      await store.prune({ keepJobs: 2, keepEvents: 2 });
      expect(numbersOf(await store.events('j4', { after: 0, limit: 10 }))).toEqual([2, 5, 6, 7]);
    });
  });
}
