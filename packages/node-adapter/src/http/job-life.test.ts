import { type JobEvent, type JobExecutor, type JobPage, JobRunner, TaskFailure } from '@corral/core';
import { createParser } from 'eventsource-parser';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { twoModelHub } from './api.fixture.js';
import { type Api, createApi } from './api.js';

/** Jobs that really run, over HTTP. */
let api: Api;
let announced: string[];
let runTask: JobExecutor['runTask'];
const dispose: (() => unknown)[] = [];
beforeEach(async () => {
  runTask = async ({ prompt }) => ({ output: prompt, score: 1 });
  const executor: JobExecutor = {
    plan: async () => [{ prompt: 'Do it' }],
    runTask: (task, context) => runTask(task, context),
  };
  const hub = await twoModelHub((events) => new JobRunner({ events, executor }));
  await hub.jobs.open();
  announced = [];
  hub.events.subscribeAny((name) => announced.push(name));
  api = createApi(hub);
  dispose.push(
    () => hub.dispose(),
    () => api.dispose(),
  );
});
afterEach(async () => {
  for (const end of dispose.splice(0).reverse()) await end();
});

const ask = async (target: string, init?: RequestInit): Promise<Response> =>
  api.fetch(new Request(`http://localhost${target}`, init));
const post = (target: string, body: object = {}): Promise<Response> =>
  ask(target, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
  });
const submit = async (projectDescription = 'Say hello'): Promise<string> =>
  ((await (await post('/api/jobs', { projectDescription })).json()) as { jobId: string }).jobId;
const statusOf = async (jobId: string): Promise<unknown> =>
  ((await (await ask(`/api/jobs/${jobId}`)).json()) as { job: { status: string } }).job.status;
const follow = (jobId: string, last?: number): Promise<Response> =>
  ask(`/api/jobs/${jobId}/stream`, { headers: last === undefined ? {} : { 'last-event-id': `${last}` } });
/** Everything of a stream, to its end. */
async function eventsOf(response: Response): Promise<JobEvent[]> {
  const events: JobEvent[] = [];
  createParser({ onEvent: ({ data }) => events.push(JSON.parse(data) as JobEvent) }).feed(
    await response.text(),
  );
  return events;
}
const page = async (query: string): Promise<JobPage> =>
  (await (await ask(`/api/jobs?${query}`)).json()) as JobPage;

describe('jobs that run, over HTTP', () => {
  it('F74 tells who has all of an ended job to stop, and what is new once it was resumed', async () => {
    runTask = () => Promise.reject(new TaskFailure('upstream_refused', 'No'));
    const jobId = await submit();
    const before = await eventsOf(await follow(jobId));
    expect(before.at(-1)).toMatchObject({ type: 'done', status: 'failed' });
    const last = before.at(-1)?.seq ?? 0;
    expect((await follow(jobId, last)).status).toBe(204);
    runTask = async () => ({ output: 'hello', score: 1 });
    expect((await post(`/api/jobs/${jobId}/resume`)).status).toBe(202);
    const after = await eventsOf(await follow(jobId, last));
    expect(after.every(({ seq }) => seq > last)).toBe(true);
    expect(after[0]).toMatchObject({ type: 'log', msg: 'Goes on with 1 of 1 tasks' });
    expect(after.at(-1)).toMatchObject({ type: 'done', status: 'done' });
    const all = await eventsOf(await follow(jobId));
    expect(all).toEqual([...before, ...after]);
    expect((await follow(jobId, after.at(-1)?.seq)).status).toBe(204);
  });

  it('F74 cancels a job that runs when it is deleted, and ends its streams', async () => {
    let aborted = false;
    runTask = (_, { signal }) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          aborted = true;
          reject(new Error('called off'));
        });
      });
    const jobId = await submit();
    const streams = await Promise.all(Array.from({ length: 20 }, () => follow(jobId)));
    const told = Promise.all(streams.map(eventsOf));
    await vi.waitFor(async () => expect(await statusOf(jobId)).toBe('running'));
    await vi.waitFor(() => expect(announced).toContain('job:updated'));
    expect((await ask(`/api/jobs/${jobId}`, { method: 'DELETE' })).status).toBe(204);
    for (const events of await told)
      expect(events.at(-1)).toMatchObject({ type: 'done', status: 'cancelled' });
    expect([aborted, api.streamCount, (await page('')).total]).toEqual([true, 0, 0]);
    for (const target of ['', '/stream', '/tasks/task-1'])
      expect((await ask(`/api/jobs/${jobId}${target}`)).status).toBe(404);
    expect(announced.at(-1)).toBe('job:removed');
  });

  it('pages through every job once, though others come and go meanwhile', async () => {
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) ids.unshift(await submit(`job ${i}`));
    const first = await page('limit=2');
    await submit('one more');
    await vi.waitFor(async () => expect(await statusOf(ids[1] ?? '')).toBe('done'));
    await ask(`/api/jobs/${ids[1]}`, { method: 'DELETE' });
    const second = await page(`limit=2&cursor=${first.nextCursor}`);
    const third = await page(`limit=2&cursor=${second.nextCursor}`);
    expect([first, second, third].flatMap(({ jobs }) => jobs.map(({ jobId }) => jobId))).toEqual(ids);
    expect([third.nextCursor, third.total]).toEqual([null, 5]);
  });

  it('keeps and announces nothing of a dry run', async () => {
    const answer = await post('/api/jobs?dryRun=1', { projectDescription: 'Say hello' });
    expect([answer.status, Object.keys((await answer.json()) as object)]).toEqual([200, ['spec']]);
    expect([(await page('')).total, announced]).toEqual([0, []]);
    const snapshot = (await (await ask('/api/snapshot')).json()) as { jobs: unknown[] };
    expect(snapshot.jobs).toEqual([]);
  });

  it('F82 keeps snapshots and events small however long the texts of jobs are', async () => {
    const successCriteria = Array.from({ length: 14 }, () => 'It is long. '.repeat(330));
    for (let i = 0; i < 20; i++)
      expect((await post('/api/jobs', { projectDescription: `Job ${i}`, successCriteria })).status).toBe(201);
    const snapshot = await (await ask('/api/snapshot')).text();
    expect(snapshot.length).toBeLessThan(100_000);
    expect((await (await ask('/api/jobs')).text()).length).toBeLessThan(100_000);
  });
});
