import { CorralError } from '@corral/core';
import { simulatedJob, simulatedTask } from '@corral/core/testing';
import { jobDetailSchema, jobPageSchema, jobSchema, jobSpecSchema } from '@corral/core/wire';
import { afterEach, describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { twoModelHub } from './api.fixture.js';
import { type CreateApiOptions, createApi } from './api.js';
import { makeJobsApi, refusalOf } from './jobs-api.fixture.js';

const dispose: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of dispose.splice(0).reverse()) await end();
});

async function make(options?: CreateApiOptions) {
  const made = await makeJobsApi(options);
  dispose.push(() => made.dispose());
  return made;
}

const ended = { status: 'done', finalStatus: 'done', endedAt: '2026-01-01T00:01:00.000Z' } as const;

describe('POST /api/jobs', () => {
  it('answers 201 with the id and the job, and where it is', async () => {
    const { post, jobs } = await make();
    const response = await post('/api/jobs', '{"projectDescription":"Write a poem"}');
    expect([response.status, response.headers.get('location')]).toEqual([201, '/api/jobs/job-1']);
    const body = z.parse(z.strictObject({ jobId: z.string(), job: jobSchema }), await response.json());
    expect(body).toEqual({ jobId: 'job-1', job: jobs.recent()[0] });
    expect(body.job.projectDescription).toBe('Write a poem');
  });

  it.each(['?dryRun=1', '?dryRun=true'])('only checks with %s', async (query) => {
    const { post, commands, jobs } = await make();
    const response = await post(`/api/jobs${query}`, '{"projectDescription":"x"}');
    const { spec } = z.parse(z.strictObject({ spec: jobSpecSchema }), await response.json());
    expect([response.status, spec.projectDescription, commands]).toEqual([200, 'x', ['validate']]);
    expect(jobs.recent()).toEqual([]);
  });

  it.each(['?dryRun=yes', '?dryRun', '?dryrun=1', '?dryRun=1&dryRun=0', '?dry_run=1'])(
    'spends nothing on an unclear %s',
    async (query) => {
      const { post, commands } = await make();
      const { status, code } = await refusalOf(await post(`/api/jobs${query}`, '{"projectDescription":"x"}'));
      expect([status, code, commands]).toEqual([422, 'invalid_argument', []]);
    },
  );

  it.each([
    'application/yaml',
    'application/x-yaml',
    'text/yaml',
    'text/yaml; charset=utf-8',
    'Application/YAML; charset="UTF-8"',
  ])('hands %s to the hub as the text that it is', async (type) => {
    const { post, jobs } = await make();
    const sources: unknown[] = [];
    const submit = jobs.submit.bind(jobs);
    jobs.submit = (source) => (sources.push(source), submit(source));
    const yaml = '\ufeffprojectDescription: é\r\n';
    expect((await post('/api/jobs', yaml, type)).status).toBe(201);
    expect(sources).toEqual([{ yaml }]);
  });

  it.each([
    ['application/yaml; charset=utf-16', 'projectDescription: x'],
    ['application/zip', 'PK'],
    ['text/plain', 'projectDescription: x'],
    ['application/octet-stream', 'x'],
    ['multipart/form-data; boundary=x', 'x'],
    ['text/x-yaml-ish', 'x'],
  ])('I54 refuses %s with 415', async (type, body) => {
    const { post } = await make();
    expect(await refusalOf(await post('/api/jobs', body, type))).toMatchObject({
      status: 415,
      code: 'unsupported_media_type',
    });
  });

  it.each([
    ['UTF-16', Buffer.from('\ufeffprojectDescription: x', 'utf16le')],
    ['a .zip with another name', Buffer.from([0x50, 0x4b, 3, 4, 0, 0xff, 0x8a])],
  ])('I54 refuses %s that says it is YAML', async (_, body) => {
    const { ask, commands } = await make();
    const headers = { 'content-type': 'application/yaml' };
    const answer = await refusalOf(await ask('/api/jobs', { method: 'POST', body, headers }));
    expect(answer).toEqual({
      status: 422,
      code: 'invalid_yaml',
      details: { problem: 'The text is not UTF-8' },
    });
    expect(commands).toEqual([]);
  });

  it('I51 takes 256 KiB of YAML and refuses one byte more', async () => {
    const { post } = await make();
    expect((await post('/api/jobs', '#'.repeat(256 * 1024), 'text/yaml')).status).toBe(201);
    const answer = await refusalOf(await post('/api/jobs', '#'.repeat(256 * 1024 + 1), 'text/yaml'));
    expect([answer.status, answer.code]).toEqual([413, 'yaml_too_large']);
  });

  it('takes 64 KiB of JSON and no more, and YAML nowhere else', async () => {
    const { post, jobs } = await make();
    jobs.add(simulatedJob({ jobId: 'a', ...ended }));
    const padded = (bytes: number): string => `{"projectDescription":"x"}${' '.repeat(bytes - 26)}`;
    expect((await post('/api/jobs', padded(65_536))).status).toBe(201);
    expect((await refusalOf(await post('/api/jobs', padded(65_537)))).code).toBe('payload_too_large');
    expect((await post('/api/jobs/a/resume', 'budgetUsd: 3', 'application/yaml')).status).toBe(415);
  });

  it.each([
    ['{"projectDescription":"x"', { line: 1, column: 26 }],
    ['{\n "projectDescription": NaN }', { line: 2, column: 24 }],
    ['{"a":1,}', { line: 1, column: 8 }],
    ['\ufeff{}', { line: 1, column: 1 }],
    ['{"labels":[],\n"labels":[]}', { line: 2, column: 1 }],
  ])('I46 refuses %j and says where', async (body, place) => {
    const { post, commands } = await make();
    const answer = await refusalOf(await post('/api/jobs', body));
    expect(answer).toMatchObject({ status: 400, code: 'invalid_json', details: place });
    expect(commands).toEqual([]);
  });

  it.each(['{"budgetUsd":1e999}', '{"budgetTokens":9007199254740993}', '{"targetScore":-0}'])(
    'I47 refuses %s, of which parsing would make another number',
    async (body) => {
      const { post, commands } = await make();
      const answer = await refusalOf(await post('/api/jobs', body));
      expect([answer.status, answer.code, commands]).toEqual([422, 'out_of_range', []]);
      expect(Object.keys(answer.details['fields'] as object)).toEqual([body.slice(2, body.indexOf('":'))]);
    },
  );

  it.each([
    '{"__proto__":{"admin":true}}',
    '{"tasks":[{"constructor":{"prototype":{}}}]}',
    '{"prototype":1}',
  ])('I44 refuses %s', async (body) => {
    const { post } = await make();
    expect(await refusalOf(await post('/api/jobs', body))).toMatchObject({
      status: 400,
      code: 'forbidden_key',
    });
  });

  it('I45 refuses what is nested 33 deep, and 30 000 brackets', async () => {
    const { post } = await make();
    for (const body of [`${'['.repeat(33)}${']'.repeat(33)}`, '['.repeat(30_000) + ']'.repeat(30_000)])
      expect(await refusalOf(await post('/api/jobs', body))).toMatchObject({ status: 400, code: 'too_deep' });
  });

  it.each(['null', '[]', '"x"', '7', '{"yaml":"projectDescription: x"}', '{"yaml":7}'])(
    'refuses %s as no job',
    async (body) => {
      const { post, commands } = await make();
      expect(await refusalOf(await post('/api/jobs', body))).toMatchObject({
        status: 422,
        code: 'invalid_job',
      });
      expect(commands).toEqual([]);
    },
  );

  it('refuses no body at all', async () => {
    const { ask } = await make();
    expect((await ask('/api/jobs', { method: 'POST' })).status).toBe(422);
  });

  it('tells what the hub refuses, with its details', async () => {
    const { post, jobs } = await make();
    const details = { fields: { budgetUsd: 'Expected more than 0' } };
    jobs.refusal = new CorralError('out_of_range', 'Expected other numbers', { details });
    expect(await refusalOf(await post('/api/jobs', '{}'))).toEqual({
      status: 422,
      code: 'out_of_range',
      details,
    });
    jobs.refusal = new CorralError('no_executor', 'No');
    expect((await post('/api/jobs', '{}')).status).toBe(409);
  });
});

describe('GET /api/jobs', () => {
  it('answers pages, by state, with a cursor', async () => {
    const { ask, jobs } = await make();
    for (let n = 0; n < 5; n++) jobs.add(simulatedJob({ jobId: `j${n}`, ...(n % 2 === 0 && ended) }));
    const page = async (query: string) => {
      const response = await ask(`/api/jobs${query}`);
      expect([response.status, response.headers.get('cache-control')]).toEqual([200, 'no-store']);
      const { jobs: found, ...rest } = z.parse(jobPageSchema, await response.json());
      return { ids: found.map(({ jobId }) => jobId), ...rest };
    };
    expect(await page('')).toMatchObject({ total: 5, nextCursor: null });
    expect(await page('?status=done')).toMatchObject({ ids: ['j0', 'j2', 'j4'], total: 3 });
    expect(await page('?status=done,running&status=pending')).toMatchObject({ total: 5 });
    expect(await page('?limit=2')).toMatchObject({ ids: ['j0', 'j1'], nextCursor: '2' });
    expect(await page('?limit=2&cursor=2')).toMatchObject({ ids: ['j2', 'j3'] });
  });

  it.each([
    'limit=0',
    'limit=201',
    'limit=-1',
    'limit=1.5',
    'limit=',
    'limit=1e1',
    'limit=1&limit=2',
    'status=paused',
    'status=',
    'status=done,',
    'cursor=',
    'cursor=a%20b',
    `cursor=${'x'.repeat(513)}`,
    'order=asc',
    '__proto__=1',
  ])('refuses %s', async (query) => {
    const { ask } = await make();
    expect(await refusalOf(await ask(`/api/jobs?${query}`))).toMatchObject({
      status: 422,
      code: 'invalid_argument',
      details: { argument: query.split('=')[0] },
    });
  });
});

describe('one job', () => {
  async function withJob() {
    const made = await make();
    const tasks = [simulatedTask({ taskId: 'one' }), simulatedTask({ taskId: 'two' })];
    made.jobs.add(simulatedJob({ jobId: 'a b/c' }), tasks);
    return { ...made, path: '/api/jobs/a%20b%2Fc' };
  }

  it('is told with its tasks, and a task with its result', async () => {
    const { ask, jobs, path } = await withJob();
    jobs.setOutput('a b/c', 'two', 'done it');
    const detail = z.parse(jobDetailSchema, await (await ask(path)).json());
    expect([detail.job.jobId, detail.tasks.length, detail.taskCount]).toEqual(['a b/c', 2, 2]);
    const rest = z.parse(jobDetailSchema, await (await ask(`${path}?tasksFrom=1`)).json());
    expect([rest.tasks.map(({ taskId }) => taskId), rest.tasksFrom]).toEqual([['two'], 1]);
    const result = await (await ask(`${path}/tasks/two`)).json();
    expect(result).toMatchObject({ task: { taskId: 'two' }, output: 'done it' });
    expect((await ask(`${path}?tasksFrom=-1`)).status).toBe(422);
  });

  it('is cancelled and resumed with 202, with greater limits where they are given', async () => {
    const { ask, post, path, commands } = await withJob();
    const answers = [
      await ask(`${path}/cancel`, { method: 'POST' }),
      await ask(`${path}/resume`, { method: 'POST' }),
      await post(`${path}/resume`, '{"budgetUsd":12,"budgetTokens":null,"timeLimitS":60}'),
    ];
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202]);
    expect(commands).toEqual(['cancel a b/c', 'resume a b/c', 'resume a b/c']);
    expect(await answers[2]?.json()).toMatchObject({ job: { budgetUsd: 12, timeLimitS: 60 } });
  });

  it.each([
    ['{"budgetUsd":"12"}', 422, 'invalid_job'],
    ['{"budgetUsd":null}', 422, 'invalid_job'],
    ['{"budgetUsd":1e999}', 422, 'out_of_range'],
    ['{"budgetUsd":1,"budgetUsd":99}', 400, 'invalid_json'],
    ['{"budget":1}', 400, 'unknown_field'],
    ['[]', 422, 'invalid_job'],
  ])('is not resumed with %s', async (body, status, code) => {
    const { post, path, commands } = await withJob();
    expect(await refusalOf(await post(`${path}/resume`, body))).toMatchObject({ status, code });
    expect(commands).toEqual([]);
  });

  it('F74 is removed with 204, running or not', async () => {
    const { ask, path, commands } = await withJob();
    const response = await ask(path, { method: 'DELETE' });
    expect([response.status, await response.text(), commands]).toEqual([204, '', ['delete a b/c']]);
    expect((await ask(path)).status).toBe(404);
  });

  it.each(['job_running', 'job_finished'] as const)('F74 is not resumed while it is %s', async (code) => {
    const { ask, jobs, path } = await withJob();
    jobs.resume = () => Promise.reject(new CorralError(code, 'No'));
    expect(await refusalOf(await ask(`${path}/resume`, { method: 'POST' }))).toMatchObject({
      status: 409,
      code,
    });
  });

  it.each([
    ['GET', ''],
    ['DELETE', ''],
    ['POST', '/cancel'],
    ['POST', '/resume'],
    ['GET', '/tasks/one'],
    ['GET', '/stream'],
    ['HEAD', '/stream'],
  ])('F74 is 404 for %s %s of an id that nobody knows', async (method, rest) => {
    const { ask, api } = await withJob();
    const response = await ask(`/api/jobs/nope${rest}`, { method });
    expect(response.status).toBe(404);
    if (method !== 'HEAD') expect((await refusalOf(response)).code).toBe('unknown_job');
    expect(api.streamCount).toBe(0);
  });

  it('is 404 for a task that it does not have, and 405 for what cannot be done with it', async () => {
    const { ask, path } = await withJob();
    expect((await refusalOf(await ask(`${path}/tasks/three`))).code).toBe('unknown_task');
    expect(
      (await ask(path, { method: 'PATCH', body: '{}', headers: { 'content-type': 'application/json' } }))
        .status,
    ).toBe(405);
  });

  it('takes no arguments where there are none', async () => {
    const { post, ask, path, commands } = await withJob();
    expect((await post(`${path}/cancel`, '{"now":true}')).status).toBe(400);
    const init = { method: 'DELETE', body: '{"a":1}', headers: { 'content-type': 'application/json' } };
    expect((await ask(path, init)).status).toBe(400);
    expect(commands).toEqual([]);
  });
});

describe('GET /healthz', () => {
  it('says ok, and F68 what does not work', async () => {
    expect(await (await (await make()).ask('/healthz')).json()).toEqual({ status: 'ok' });
    const reasons = ['store_not_persistent', 'store_replaced'];
    const api = createApi(await twoModelHub(undefined, reasons));
    const response = await api.fetch(new Request('http://localhost/healthz'));
    expect([response.status, await response.json()]).toEqual([200, { status: 'degraded', reasons }]);
    api.dispose();
  });
});
