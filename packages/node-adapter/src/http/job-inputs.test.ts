import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { type JobExecutor, JobRunner, type JobSpec, limits } from '@corral/core';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { YamlJobReader } from '../yaml/yaml-job-reader.js';
import { twoModelHub } from './api.fixture.js';
import { type Api, createApi } from './api.js';
import { refusalOf } from './jobs-api.fixture.js';

/** Plans one task and does it at once. */
const executor: JobExecutor = {
  plan: async ({ projectDescription }) => [{ prompt: projectDescription }],
  runTask: async ({ prompt }) => ({ output: prompt }),
};

let api: Api;
const reader = new YamlJobReader();
const dispose: (() => unknown)[] = [() => reader.dispose()];
beforeAll(async () => {
  const hub = await twoModelHub((events) => new JobRunner({ events, executor, reader }));
  await hub.jobs.open();
  api = createApi(hub);
  dispose.push(
    () => hub.dispose(),
    () => api.dispose(),
  );
  await check('projectDescription: x', yaml);
});
afterAll(async () => {
  for (const end of dispose.splice(0).reverse()) await end();
});

const [json, yaml] = ['application/json', 'application/yaml'];
const post = async (target: string, body: string | Uint8Array, type: string): Promise<Response> =>
  api.fetch(
    new Request(`http://localhost${target}`, {
      method: 'POST',
      body: body as BodyInit,
      headers: { 'content-type': type },
    }),
  );
const check = (body: string | Uint8Array, type: string): Promise<Response> =>
  post('/api/jobs?dryRun=1', body, type);
const both = [
  ['JSON', json],
  ['YAML', yaml],
] as const;

/** The specification of a job, the same from JSON and from YAML. */
async function specOf(request: object): Promise<JobSpec> {
  const text = JSON.stringify(request);
  const [one, other] = await Promise.all(
    both.map(async ([, type]) => ((await (await check(text, type)).json()) as { spec: JobSpec }).spec),
  );
  expect(other).toEqual(one);
  return one!;
}

/** What is refused of a job, the same from JSON and from YAML. */
async function refused(request: object) {
  const text = JSON.stringify(request);
  const [one, other] = await Promise.all(both.map(async ([, type]) => refusalOf(await check(text, type))));
  const { lines, ...details } = other!.details;
  expect({ ...other, details }).toEqual(one);
  const { fields = {} } = details as { fields?: Record<string, string> };
  expect(Object.keys((lines ?? {}) as object).every((field) => field in fields)).toBe(true);
  return { ...one!, fields: Object.keys(fields) };
}
const job = (facts: object = {}) => ({ projectDescription: 'Write a poem', ...facts });

describe('a job over HTTP', () => {
  it('is accepted, runs and can be followed, whichever way it was written', async () => {
    for (const [body, type] of [
      [JSON.stringify(job({ budgetUsd: 0.5 })), json],
      ['project_description: Write a poem\nbudget_usd: 0.50\nsuccess_criteria: |\n  - It rhymes\n', yaml],
    ] as const) {
      const response = await post('/api/jobs', body, type);
      const { jobId } = (await response.json()) as { jobId: string };
      expect(response.status).toBe(201);
      const stream = await api.fetch(new Request(`http://localhost/api/jobs/${jobId}/stream`));
      expect(await stream.text()).toMatch(/"type":"task"[^]*"type":"done"[^}]*"status":"done"/);
      const detail = await (await api.fetch(new Request(`http://localhost/api/jobs/${jobId}`))).json();
      expect(detail).toMatchObject({ job: { budgetUsd: 0.5, finalStatus: 'done' }, taskCount: 1 });
    }
  });

  it('I56 gets the defaults for what is missing', async () => {
    expect(await specOf(job())).toMatchObject({ ...limits.job, budgetTokens: null, tasks: null });
  });

  it.each([0, -1, 1e12, '5', '∞', null, true])(
    'I47 I56 is refused with a budget of %j',
    async (budgetUsd) => {
      const answer = await refused(job({ budgetUsd }));
      expect([answer.status, answer.fields]).toEqual([422, ['budgetUsd']]);
      expect(answer.code).toBe(typeof budgetUsd === 'number' ? 'out_of_range' : 'invalid_job');
    },
  );

  it.each(['.inf', '-.inf', '.nan', '1e400', '∞', 'no', '2026-01-01', '-0', '9007199254740993'])(
    'I47 I55 I56 is refused with a budget of %s in YAML',
    async (source) => {
      const answer = await refusalOf(await check(`projectDescription: x\nbudgetUsd: ${source}`, yaml));
      expect(answer.status).toBe(422);
      expect(['out_of_range', 'invalid_job']).toContain(answer.code);
      expect(Object.keys(answer.details['fields'] as object)).toEqual(['budgetUsd']);
    },
  );

  it('I55 reads numbers and texts as YAML 1.2 says', async () => {
    const text = 'projectDescription: no\nbudgetUsd: 012\nlabels: [yes, on, ~a, 2026-01-01]\nmodel: "5"';
    const { spec } = (await (await check(text, yaml)).json()) as { spec: JobSpec };
    expect(spec).toMatchObject({ projectDescription: 'no', budgetUsd: 12, model: '5' });
    expect(spec.labels).toEqual(['yes', 'on', '~a', '2026-01-01']);
  });

  it.each([
    ['1 001 tasks', { tasks: Array.from({ length: 1001 }, () => ({ prompt: 'x' })) }, 'limit_exceeded'],
    ['201 labels', { labels: Array.from({ length: 201 }, (_, n) => `l${n}`) }, 'limit_exceeded'],
    [
      'ids that are the same',
      {
        tasks: [
          { taskId: 'a', prompt: 'x' },
          { taskId: 'a', prompt: 'y' },
        ],
      },
      'duplicate_task_id',
    ],
    ['the id ../x', { tasks: [{ taskId: '../x', prompt: 'x' }] }, 'invalid_id'],
    ['a field that there is not', { budget: 3 }, 'invalid_job'],
  ])('I57 is refused with %s', async (_, facts, code) => {
    expect(await refused(job(facts))).toMatchObject({ status: 422, code });
  });

  it('I57 is refused with a prompt of 65 KiB, which only YAML can bring', async () => {
    const text = `projectDescription: x\ntasks:\n - prompt: ${'x'.repeat(65 * 1024)}`;
    expect(await refusalOf(await check(text, yaml))).toMatchObject({ status: 422, code: 'limit_exceeded' });
  });

  it('I58 keeps templates as the texts that they are', async () => {
    const template = "{{constructor.constructor('return process')()}} ${7*7} <%= 1 %>";
    const spec = await specOf({ projectDescription: template, tasks: [{ prompt: template }] });
    expect([spec.projectDescription, spec.tasks?.[0]?.prompt]).toEqual([template, template]);
  });

  it('I46 is refused when a field is there twice, in camelCase, in snake_case or in both', async () => {
    const twice = [
      '"budgetUsd":1,"budgetUsd":9',
      '"budget_usd":1,"budget_usd":9',
      '"budgetUsd":1,"budget_usd":9',
    ];
    for (const [, type] of both)
      for (const fields of twice) {
        const { status } = await refusalOf(await check(`{"projectDescription":"x",${fields}}`, type));
        expect([400, 422]).toContain(status);
      }
  });

  it.each([
    ['I52 a cycle', 'a: &a [*a]', 'alias_not_allowed'],
    ['I53 a tag', 'a: !!js/function "x"', 'tag_not_allowed'],
    ['I54 two documents', '---\na: 1\n---\nb: 2', 'invalid_yaml'],
    ['I51 20 000 brackets', '['.repeat(20_000), 'yaml_too_deep'],
    ['I44 __proto__', '__proto__: {admin: true}', 'invalid_yaml'],
  ])('%s is refused in YAML, with its place', async (_, text, code) => {
    expect(await refusalOf(await check(text, yaml))).toMatchObject({
      ...{ status: 422, code },
      details: { line: expect.any(Number) as number, column: expect.any(Number) as number },
    });
  });

  it('I54 comes with the line ends and the byte order mark of Windows', async () => {
    const text = '\ufeffprojectDescription: x\r\nbudgetUsd: 3\r\n';
    expect(await (await check(text, yaml)).json()).toMatchObject({ spec: { budgetUsd: 3 } });
  });
});

describe('P-13 any bytes', () => {
  const valid = [
    '{"projectDescription":"x","budgetUsd":0.5,"tasks":[{"prompt":"a","taskId":"b"}],"labels":["c"]}',
    'project_description: x\nsuccess_criteria:\n  - a\ntasks:\n  - prompt: a\n    depends_on: []\n',
  ];
  const piece: fc.Arbitrary<Uint8Array> = fc.oneof(
    fc.uint8Array({ maxLength: 6 }),
    fc
      .constantFrom(
        '"',
        '{',
        '}',
        '[',
        ']',
        ',',
        ':',
        '\n',
        ' - ',
        '&a',
        '*a',
        '!!x',
        '1e999',
        '-0',
        '"__proto__":1,',
        '\ufeff',
        '\0',
      )
      .map((text) => Buffer.from(text)),
  );
  /** Changes: where, how many bytes go, and which come. */
  const changed = (
    texts: readonly string[],
    put: fc.Arbitrary<Uint8Array>,
    most: number,
  ): fc.Arbitrary<Uint8Array> =>
    fc
      .tuple(fc.constantFrom(...texts), fc.array(fc.tuple(fc.nat(), fc.nat(8), put), { maxLength: most }))
      .map(([text, changes]) => {
        let bytes: Uint8Array = Buffer.from(text);
        for (const [at, cut, come] of changes) {
          const from = at % (bytes.length + 1);
          bytes = Buffer.concat([bytes.subarray(0, from), come, bytes.subarray(from + cut)]);
        }
        return bytes;
      });
  const bytes = fc.oneof(
    { weight: 3, arbitrary: changed(valid, piece, 4) },
    { weight: 1, arbitrary: changed([''], fc.uint8Array({ maxLength: 64 }), 2) },
  );
  const allowed = [201, 400, 413, 415, 422];

  it.each([
    ['JSON', json, 9000],
    ['YAML', yaml, 1000],
  ])('as %s never break anything', { timeout: 60_000 }, async (_, type, numRuns) => {
    const statuses = new Map<number, number>();
    await fc.assert(
      fc.asyncProperty(bytes, async (body) => {
        const { status } = await post('/api/jobs', body, type);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        expect(allowed).toContain(status);
      }),
      { numRuns },
    );
    // Otherwise they would only show how a text is refused.
    expect(statuses.get(201)).toBeGreaterThan(numRuns / 100);
    expect(statuses.get(422)).toBeGreaterThan(numRuns / 100);
  });
});

describe('hostile bodies', () => {
  const keys = (count: number): string[] => Array.from({ length: count }, (_, n) => `k${n}`);
  const bodies: readonly [string, string, string][] = [
    ['20 000 brackets', '['.repeat(20_000), yaml],
    ['64 KiB of brackets', '['.repeat(65_536), json],
    ['5 000 maps', '{a: '.repeat(5000), yaml],
    ['5 000 maps in JSON', `${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`, json],
    [
      '64 KiB of unique keys',
      keys(9000)
        .map((key) => `${key}: 1`)
        .join('\n'),
      yaml,
    ],
    [
      '64 KiB of unique keys in JSON',
      `{${keys(7000)
        .map((key) => `"${key}":1`)
        .join()}}`,
      json,
    ],
    ['65 KiB of empty lists', `[${'[],'.repeat(21_000)}[]]`, json],
    ['15 000 tasks', `{"projectDescription":"x","tasks":[${'{},'.repeat(15_000)}{}]}`, json],
    [
      'a task that needs 10 000',
      `{"projectDescription":"x","tasks":[{"prompt":"x","dependsOn":[${'"a",'.repeat(10_000)}"a"]}]}`,
      json,
    ],
    ['a billion laughs', `a: &a [x, x, x]\nb: &b [${'*a, '.repeat(9)}]\nc: &c [${'*b, '.repeat(9)}]`, yaml],
    ['8 000 merge keys', `a: &a {x: 1}\n${'<<: *a\n'.repeat(8000)}`, yaml],
    ['256 KiB of one text', `projectDescription: ${'x'.repeat(262_000)}`, yaml],
    ['256 KiB of escapes', `projectDescription: "${'\\u0041'.repeat(43_000)}"`, yaml],
    ['64 KiB of escapes', `{"projectDescription":"${'\\u0041'.repeat(10_800)}"}`, json],
    ['28 000 values', `a: [${'1, '.repeat(28_000)}]`, yaml],
    ['60 000 labels', `projectDescription: x\nlabels: [${'1, '.repeat(29_000)}]`, yaml],
    ['65 000 documents', '---\n'.repeat(65_000), yaml],
  ];

  it('I51 I52 keep nobody waiting for 50 ms', { timeout: 60_000 }, async () => {
    const slow: Record<string, number> = {};
    for (const [name, body, type] of bodies) {
      let leastMs = Number.POSITIVE_INFINITY;
      // All that this thread did for it: no single turn was longer, and what others on this machine do is not in it.
      for (let round = 0; round < 3 && leastMs > 50; round++) {
        const before = process.threadCpuUsage();
        const { status } = await check(body, type);
        const { user, system } = process.threadCpuUsage(before);
        expect([200, 400, 413, 422], name).toContain(status);
        leastMs = Math.min(leastMs, (user + system) / 1000);
      }
      if (leastMs > 50) slow[name] = leastMs;
    }
    expect(slow).toEqual({});
  });
});

describe('POST /api/jobs on the wire', () => {
  it('takes more than 64 KiB of YAML, and refuses more than 256 KiB before it comes', async () => {
    const server = createServer(api.nodeHandler);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const url = `http://127.0.0.1:${port}/api/jobs?dryRun=1`;
    const send = (text: string, type: string) =>
      fetch(url, { method: 'POST', body: text, headers: { 'content-type': type } });
    const text = `projectDescription: x\n${'# comment\n'.repeat(10_000)}`;
    expect((await send(text, yaml)).status).toBe(200);
    expect((await send(text, json)).status).toBe(413);
    const socket = connect(port, '127.0.0.1');
    const head = [
      ...['POST /api/jobs HTTP/1.1', 'Host: localhost', `Content-Type: ${yaml}`],
      ...[`Content-Length: ${256 * 1024 + 1}`, '', ''],
    ];
    socket.write(head.join('\r\n'));
    let answer = '';
    for await (const chunk of socket) answer += String(chunk);
    expect(answer).toMatch(/^HTTP\/1\.1 413 [^]*yaml_too_large/);
    await new Promise((resolve) => server.close(resolve));
  });
});
