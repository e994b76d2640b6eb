import type { IncomingMessage, ServerResponse } from 'node:http';
import type { JobEvent, JobEventBatch } from '@corral/core';
import { simulatedJob, simulatedTask } from '@corral/core/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { eventually, FakeHub, frame, json, snapshotAt, stream, WatchedClock } from './fake-hub.fixture.js';
import { connect, type RemoteHub } from './remote-hub.js';

let server: FakeHub;
const hubs: RemoteHub[] = [];
beforeEach(async () => {
  server = await FakeHub.listen();
});
afterEach(async () => {
  for (const hub of hubs.splice(0)) hub.close();
  vi.unstubAllGlobals();
  await server.close();
});

function connected(transport: 'sse' | 'poll' = 'poll', token?: string) {
  const clock = new WatchedClock();
  const hub = connect(server.url, { clock, transport, random: () => 0.5, ...(token && { token }) });
  hubs.push(hub);
  return { hub, clock, jobs: hub.jobs };
}

/** Answers a path, and keeps the bodies that came. */
function answer(path: string, status: number, body?: unknown) {
  const came: { readonly type: string | undefined; readonly text: string }[] = [];
  server.routes.set(path, (request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (piece: string) => (text += piece));
    request.on('end', () => {
      came.push({ type: request.headers['content-type'], text });
      if (body === undefined) response.writeHead(status).end();
      else json(response, status, body);
    });
  });
  return came;
}

const job = simulatedJob({ jobId: 'j 1' });
const path = '/api/jobs/j%201';
const streamPath = `${path}/stream`;
const log = (seq: number, msg = `line ${seq}`): JobEvent => ({
  ...{ type: 'log', level: 'info', msg, taskId: null, seq },
  ts: '2026-01-01T00:00:00.000Z',
});
const done = (seq: number): JobEvent => ({
  ...{ type: 'done', status: 'done', totalCost: null, seq },
  ts: '2026-01-01T00:00:00.000Z',
});
const sent = (...events: JobEvent[]): string =>
  events.map((event) => `id: ${event.seq}\ndata: ${JSON.stringify(event)}\n\n`).join('');

/** Answers one connection after the other, the last one again and again. */
function streams(...answers: ((request: IncomingMessage, response: ServerResponse) => void)[]) {
  let n = 0;
  server.routes.set(streamPath, (request, response) => (answers[n++] ?? answers.at(-1))?.(request, response));
}
const whole = (text: string) => (_: unknown, response: ServerResponse) => {
  stream(response, text);
  response.end();
};
const status = (code: number, error?: string) => (_: unknown, response: ServerResponse) =>
  error === undefined
    ? response.writeHead(code).end()
    : json(response, code, { error: { code: error, message: 'No', retryable: false } });

/** Reads to the end, and keeps what came and how it ended. */
function read(events: AsyncIterable<JobEventBatch>) {
  const seqs: number[] = [];
  const gaps: boolean[] = [];
  const all = (async () => {
    for await (const batch of events) {
      seqs.push(...batch.events.map(({ seq }) => seq));
      gaps.push(batch.gap);
    }
  })();
  return { seqs, gaps, all };
}
const asked = () => server.asked(streamPath).map(({ headers }) => headers['last-event-id']);

describe('RemoteJobs', () => {
  it('submits an object as JSON and a text as YAML', async () => {
    const came = answer('/api/jobs', 201, { jobId: job.jobId, job });
    const { jobs } = connected();
    expect(await jobs.submit({ projectDescription: 'x' })).toEqual(job);
    await jobs.submit({ yaml: 'projectDescription: x' });
    expect(came).toEqual([
      { type: 'application/json', text: '{"projectDescription":"x"}' },
      { type: 'application/yaml', text: 'projectDescription: x' },
    ]);
  });

  it('sends numbers that JSON cannot hold as something that is refused, never as no limit', async () => {
    const came = answer('/api/jobs', 201, { job });
    await connected().jobs.submit({ projectDescription: 'x', budgetTokens: Number.POSITIVE_INFINITY });
    expect(JSON.parse(came[0]!.text)).toEqual({ projectDescription: 'x', budgetTokens: 'Infinity' });
  });

  it('validates by a dry run', async () => {
    const spec = { projectDescription: 'x' };
    answer('/api/jobs?dryRun=1', 200, { spec });
    expect(await connected().jobs.validate({ yaml: 'a' })).toEqual(spec);
  });

  it('lists, gets, cancels, resumes and deletes, with ids as they are', async () => {
    const page = { jobs: [job], nextCursor: null, total: 1 };
    answer('/api/jobs', 200, page);
    answer('/api/jobs?status=done%2Cfailed&limit=2&cursor=a+b', 200, page);
    const detail = { job, tasks: [], tasksFrom: 0, taskCount: 0 };
    answer(path, 200, detail);
    answer(`${path}?tasksFrom=1000`, 200, { ...detail, tasksFrom: 1000 });
    const task = { task: simulatedTask({ taskId: 'a/b' }), prompt: 'p', output: null };
    answer(`${path}/tasks/a%2Fb`, 200, task);
    const cancels = answer(`${path}/cancel`, 202, { job });
    const resumes = answer(`${path}/resume`, 202, { job });
    const { jobs } = connected();
    expect(await jobs.list()).toEqual(page);
    expect(await jobs.list({ status: ['done', 'failed'], limit: 2, cursor: 'a b' })).toEqual(page);
    expect(await jobs.get('j 1')).toEqual(detail);
    expect((await jobs.get('j 1', 1000)).tasksFrom).toBe(1000);
    expect(await jobs.task('j 1', 'a/b')).toEqual(task);
    expect(await jobs.cancel('j 1')).toEqual(job);
    expect(await jobs.resume('j 1')).toEqual(job);
    expect(await jobs.resume('j 1', { budgetUsd: 9 })).toEqual(job);
    expect([cancels, resumes].flat().map(({ text }) => text)).toEqual(['', '', '{"budgetUsd":9}']);
    answer(path, 204);
    await expect(jobs.delete('j 1')).resolves.toBeUndefined();
  });

  it('gives the code and the details of the hub', async () => {
    const error = { code: 'invalid_yaml', message: 'No', retryable: false, details: { line: 3, column: 1 } };
    answer('/api/jobs', 422, { error });
    await expect(connected().jobs.submit({ yaml: '{' })).rejects.toMatchObject({
      name: 'ClientError',
      code: 'invalid_yaml',
      details: { line: 3, column: 1 },
    });
  });

  it('keeps recent jobs and telemetry from snapshots and events, and none of an old hub', async () => {
    const old: Record<string, unknown> = { ...snapshotAt(5) };
    delete old['jobs'];
    delete old['telemetry'];
    const news = frame('e-6', 'job:submitted', { job });
    server.routes.set('/api/events', (_, response) => stream(response, frame('e-5', 'snapshot', old) + news));
    const { hub } = connected('sse');
    await eventually(() => expect(hub.jobs.recent()).toEqual([job]));
    expect(hub.telemetry()).toEqual([]);
    server.routes.set('/api/snapshot', (_, response) => json(response, 200, snapshotAt(5, { jobs: [job] })));
    const { hub: polling } = connected('poll');
    await eventually(() => expect(polling.jobs.recent()).toEqual([job]));
  });
});

describe('RemoteJobs events', () => {
  it('follows to the end with its token, and asks no more', async () => {
    streams(whole(sent(log(1), log(2), done(3))));
    const { jobs } = connected('poll', 'secret');
    const { seqs, gaps, all } = read(jobs.events('j 1'));
    await all;
    expect([seqs, gaps.includes(true)]).toEqual([[1, 2, 3], false]);
    expect(asked()).toEqual([undefined]);
    expect(server.asked(streamPath)[0]?.headers.authorization).toBe('Bearer secret');
  });

  it('comes back where it was cut, as soon as the hub asks, and later while it is away', async () => {
    const cut = (_: unknown, response: ServerResponse) => {
      stream(response, `retry: 2500\n\n${sent(log(1), log(2))}`);
      setTimeout(() => response.destroy(), 20);
    };
    const away = (_: unknown, response: ServerResponse) => response.destroy();
    streams(cut, away, whole(sent(log(2), log(4), done(5))));
    const { clock, jobs } = connected('sse');
    server.routes.set('/api/events', (_, response) => stream(response));
    const { seqs, all } = read(jobs.events('j 1'));
    expect([await clock.passPause(), await clock.passPause()]).toEqual([2500, 2500]);
    await all;
    expect(seqs).toEqual([1, 2, 4, 5]);
    expect(asked()).toEqual([undefined, '2', '2']);
  });

  it('never asks without a pause, even where it is told to', async () => {
    const away = (_: unknown, response: ServerResponse) => response.destroy();
    streams(whole(`retry: 0\n\n${sent(log(1))}`), away, whole(sent(done(2))));
    const { clock, jobs } = connected('sse');
    server.routes.set('/api/events', (_, response) => stream(response));
    const { seqs, all } = read(jobs.events('j 1'));
    expect([await clock.passPause(), await clock.passPause()]).toEqual([500, 500]);
    await all;
    expect(seqs).toEqual([1, 2]);
  });

  it('F87 lets its stream go after 5 s out of sight and goes on where it was when it is seen again', async () => {
    const page = Object.assign(new EventTarget(), { visibilityState: 'visible', baseURI: server.url });
    const show = (state: 'visible' | 'hidden'): void => {
      page.visibilityState = state;
      page.dispatchEvent(new Event('visibilitychange'));
    };
    vi.stubGlobal('document', page);
    streams((_, response) => stream(response, sent(log(1))), whole(sent(log(2), done(3))));
    server.routes.set('/api/snapshot', (_, response) => json(response, 200, snapshotAt(1)));
    const { hub, clock, jobs } = connected();
    const { seqs, all } = read(jobs.events('j 1'));
    await eventually(() => expect(seqs).toEqual([1]));
    show('hidden');
    await clock.advance(5000);
    await eventually(() => expect(server.open.size).toBe(0));
    expect([asked(), clock.timerCount]).toEqual([[undefined], 0]);
    show('visible');
    await all;
    expect([seqs, asked()]).toEqual([
      [1, 2, 3],
      [undefined, '1'],
    ]);
    const stop = new AbortController();
    const hidden = read(jobs.events('j 1', { signal: stop.signal }));
    show('hidden');
    await clock.advance(5000);
    stop.abort();
    await hidden.all;
    hub.close();
    show('visible');
    expect(clock.timerCount).toBe(0);
  });

  it('goes on after a done in the middle, and begins after the number that it is given', async () => {
    streams(whole(sent(done(8), log(9), done(10))));
    const { seqs, all } = read(connected().jobs.events('j 1', { after: 7 }));
    await all;
    expect([seqs, asked()]).toEqual([[8, 9, 10], ['7']]);
  });

  it.each([
    ['ends by 204: everything was told', status(204)],
    ['ends by 404: somebody removed it', status(404, 'unknown_job')],
  ])('%s', async (_, next) => {
    streams(whole(sent(log(1))), next);
    server.routes.set('/api/events', (_request, response) => stream(response));
    const { clock, jobs } = connected('sse');
    const { seqs, all } = read(jobs.events('j 1'));
    await clock.passPause();
    await all;
    expect(seqs).toEqual([1]);
  });

  it('rejects at the first step for a job that there is not, and for good when it is refused', async () => {
    streams(status(404, 'unknown_job'));
    await expect(read(connected().jobs.events('j 1')).all).rejects.toMatchObject({ code: 'unknown_job' });
    streams(status(401, 'unauthorized'));
    await expect(read(connected().jobs.events('j 1')).all).rejects.toMatchObject({ code: 'unauthorized' });
  });

  it('tells a gap, and takes what comes then whatever its number is', async () => {
    streams(whole(`event: reset\ndata: {}\n\n${sent(log(40), done(41))}`));
    const { seqs, gaps, all } = read(connected().jobs.events('j 1', { after: 90 }));
    await all;
    expect([seqs, gaps[0]]).toEqual([[40, 41], true]);
  });

  it('ignores events of a newer hub, and refuses what is no event', async () => {
    const newer = { ...log(2), type: 'applause' } as unknown as JobEvent;
    streams(whole(sent(log(1), newer, done(3))));
    const { seqs, all } = read(connected().jobs.events('j 1'));
    await all;
    expect(seqs).toEqual([1, 3]);
    streams(whole('data: {"seq":1}\n\n'));
    await expect(read(connected().jobs.events('j 1')).all).rejects.toMatchObject({ code: 'protocol' });
  });

  it('gives up when twice something else than a stream comes', async () => {
    streams((_, response) => json(response, 200, {}));
    server.routes.set('/api/events', (_, response) => stream(response));
    const { clock, jobs } = connected('sse');
    const { all } = read(jobs.events('j 1'));
    all.catch(() => {});
    await clock.passPause();
    await expect(all).rejects.toMatchObject({ code: 'protocol' });
  });

  it.each(['signal', 'close', 'pause'])('ends without an error, a timer or a socket by %s', async (by) => {
    server.routes.set('/api/events', (_, response) => stream(response));
    streams((_, response) => {
      stream(response, sent(log(1)));
      if (by === 'pause') response.end();
    });
    const { hub, clock, jobs } = connected('sse');
    const controller = new AbortController();
    const { seqs, all } = read(jobs.events('j 1', { signal: controller.signal }));
    await eventually(() => expect(seqs).toEqual([1]));
    if (by === 'pause') await clock.pause();
    if (by === 'close') hub.close();
    else controller.abort();
    await all;
    hub.close();
    await eventually(() => expect(server.open.size).toBe(0));
    expect(clock.timerCount).toBe(0);
  });

  it('throws when the connection is closed already', async () => {
    const { hub, jobs } = connected();
    hub.close();
    await expect(read(jobs.events('j 1')).all).rejects.toMatchObject({ code: 'closed' });
  });
});
