import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { simulatedJob, simulatedTask } from '@corral/core/testing';
import { jobEventSchema } from '@corral/core/wire';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { afterEach, describe, expect, it, vi } from 'vitest';
import * as z from 'zod/mini';
import { FakeTokenBook } from '../tokens/token-book.fixture.js';
import type { CreateApiOptions } from './api.js';
import { makeJobsApi } from './jobs-api.fixture.js';

const dispose: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of dispose.splice(0).reverse()) await end();
});

interface Reader {
  readonly response: Response;
  readonly messages: EventSourceMessage[];
  readonly ids: () => (string | undefined)[];
  /** Resolves when the stream ends; to whether it ended politely. */
  readonly over: Promise<boolean>;
  leave(): void;
}

/** The API over a real socket, or as a web-standard handler. */
async function make(way: 'node' | 'web', options?: CreateApiOptions) {
  const made = await makeJobsApi(options);
  dispose.push(() => made.dispose());
  const server = createServer(made.api.nodeHandler);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  dispose.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const call = async (target: string, init: RequestInit = {}): Promise<Response> =>
    way === 'node' ? fetch(`${base}${target}`, init) : made.ask(target, init);
  const read = async (target: string, headers: Record<string, string> = {}): Promise<Reader> => {
    const left = new AbortController();
    const response = await call(target, { headers, signal: left.signal });
    const messages: EventSourceMessage[] = [];
    const parser = createParser({ onEvent: (message) => messages.push(message) });
    const body = response.body?.getReader();
    const over = (async () => {
      const decoder = new TextDecoder();
      for (;;) {
        const step = await body?.read();
        if (!step || step.done) return true;
        parser.feed(decoder.decode(step.value, { stream: true }));
      }
    })().catch(() => false);
    const leave = (): void => {
      left.abort();
      void body?.cancel().catch(() => {});
    };
    return { response, messages, ids: () => messages.map(({ id }) => id), over, leave };
  };
  return { ...made, call, read };
}
const path = '/api/jobs/j/stream';

describe.each(['node', 'web'] as const)('GET /api/jobs/:id/stream over %s', (way) => {
  it('tells what happened and what happens, to readers that come at different times, and ends', async () => {
    const { jobs, read, api } = await make(way);
    jobs.add(simulatedJob({ jobId: 'j' }), [simulatedTask({ taskId: 't' })]);
    jobs.log('j', 'first\nline');
    const early = await read(path);
    await vi.waitFor(() => expect(early.ids()).toEqual(['1', '2']));
    const headers = Object.fromEntries(early.response.headers);
    expect(headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      'x-content-type-options': 'nosniff',
    });
    const late = await read(path);
    jobs.log('j', '<b>second</b>', 'warn', 't');
    jobs.end('j', 'done', { totalCost: 0.5 });
    expect(await Promise.all([early.over, late.over])).toEqual([true, true]);
    expect(late.messages).toEqual(early.messages);
    expect(early.messages.map(({ event }) => event)).toEqual([undefined, undefined, undefined, undefined]);
    const events = early.messages.map(({ data }) => z.parse(jobEventSchema, JSON.parse(data)));
    expect(events.map(({ type, seq }) => [type, seq])).toEqual([
      ['task', 1],
      ['log', 2],
      ['log', 3],
      ['done', 4],
    ]);
    expect(events[1]).toMatchObject({ msg: 'first\nline', level: 'info', taskId: null });
    await vi.waitFor(() => expect(api.streamCount).toBe(0));
  });

  it('goes on after the last id, or the number in the address', async () => {
    const { jobs, read } = await make(way);
    jobs.add(simulatedJob({ jobId: 'j' }));
    for (const n of [1, 2, 3, 4]) jobs.log('j', `line ${n}`);
    const readers = [await read(path, { 'last-event-id': '2' }), await read(`${path}?after=3`)];
    await vi.waitFor(() => expect(readers.map(({ ids }) => ids())).toEqual([['3', '4'], ['4']]));
    const both = await read(`${path}?after=1`, { 'last-event-id': '3' });
    await vi.waitFor(() => expect(both.ids()).toEqual(['4']));
    for (const reader of [...readers, both]) reader.leave();
  });

  it('answers 204 to whoever has all of an ended job, so that a browser stops asking', async () => {
    const { jobs, read, call, api } = await make(way);
    jobs.add(simulatedJob({ jobId: 'j' }));
    jobs.log('j', 'only');
    jobs.end('j', 'failed');
    const whole = await read(path);
    expect([await whole.over, whole.ids()]).toEqual([true, ['1', '2']]);
    const again = await call(path, { headers: { 'last-event-id': '2' } });
    expect([again.status, await again.text(), api.streamCount]).toEqual([204, '', 0]);
  });

  it('says reset to an id that is none of ours, and begins anew', async () => {
    const { jobs, read } = await make(way);
    jobs.add(simulatedJob({ jobId: 'j' }));
    jobs.log('j', 'only');
    jobs.end('j', 'done');
    for (const id of ['abc-7', '-1', '1e3', '9'.repeat(200)]) {
      const { messages, over } = await read(path, { 'last-event-id': id });
      await over;
      expect(
        messages.map(({ event, id: seq }) => [event, seq]),
        id,
      ).toEqual([
        ['reset', undefined],
        [undefined, '1'],
        [undefined, '2'],
      ]);
    }
  });

  it.each(['after=-1', 'after=x', 'after=1&after=2', 'after=', 'since=1'])('refuses %s', async (query) => {
    const { jobs, call, api } = await make(way);
    jobs.add(simulatedJob({ jobId: 'j' }));
    expect([(await call(`${path}?${query}`)).status, api.streamCount]).toEqual([422, 0]);
  });

  it('answers HEAD without holding anything open', async () => {
    const { jobs, call, api } = await make(way);
    jobs.add(simulatedJob({ jobId: 'j' }));
    const response = await call(path, { method: 'HEAD' });
    expect([response.status, response.headers.get('content-type')]).toEqual([
      200,
      'text/event-stream; charset=utf-8',
    ]);
    expect(api.streamCount).toBe(0);
  });

  it('ends when the job is removed, when the reader leaves, and with the API', async () => {
    const { jobs, read, api, dispose: end } = await make(way);
    jobs.add(simulatedJob({ jobId: 'j' }));
    jobs.log('j', 'only');
    const [removed, left] = [await read(path), await read(path)];
    await vi.waitFor(() => expect([removed, left].map(({ ids }) => ids())).toEqual([['1'], ['1']]));
    left.leave();
    await vi.waitFor(() => expect(api.streamCount).toBe(1));
    await jobs.delete('j');
    expect(await removed.over).toBe(true);
    jobs.add(simulatedJob({ jobId: 'j' }));
    const last = await read(path);
    await end();
    expect([await last.over, api.streamCount]).toEqual([true, 0]);
  });

  it('brings a long log whole, to a reader that begins to read late, too', async () => {
    const { jobs, read, call, api } = await make(way);
    jobs.add(simulatedJob({ jobId: 'j' }));
    for (let n = 0; n < 6000; n++) jobs.log('j', 'x'.repeat(1000));
    jobs.end('j', 'done');
    const late = await call(path);
    const quick = await read(path);
    expect(await quick.over).toBe(true);
    expect(quick.ids()).toEqual(Array.from({ length: 6001 }, (_, n) => `${n + 1}`));
    // It waits for its reader: 6 MB are more than lie anywhere on the way.
    expect(api.streamCount).toBe(1);
    expect((await late.text()).match(/^id: /gm)).toHaveLength(6001);
    await vi.waitFor(() => expect(api.streamCount).toBe(0));
  });

  it('is cut as soon as its token is revoked', async () => {
    const tokens = new FakeTokenBook();
    const { jobs, read, call, api } = await make(way, { tokens });
    const [mine, other] = [tokens.make('mine', 'view'), tokens.make('other', 'view')];
    jobs.add(simulatedJob({ jobId: 'j' }));
    jobs.log('j', 'only');
    const authorization = `Bearer ${mine}`;
    const [reader, kept] = [
      await read(path, { authorization }),
      await read(path, { authorization: `Bearer ${other}` }),
    ];
    await vi.waitFor(() => expect([reader, kept].map(({ ids }) => ids())).toEqual([['1'], ['1']]));
    tokens.revoke('mine');
    await reader.over;
    await vi.waitFor(() => expect(api.streamCount).toBe(1));
    expect((await call(path, { headers: { authorization } })).status).toBe(401);
    kept.leave();
  });
});

describe('a page of another site', () => {
  it.each(['cross-site', 'same-site'])('cannot hold a stream open (%s)', async (site) => {
    const { jobs, ask } = await make('web');
    jobs.add(simulatedJob({ jobId: 'j' }));
    for (const target of [path, '/api/jobs/%6A/strea%6D'])
      expect((await ask(target, { headers: { 'sec-fetch-site': site } })).status, target).toBe(403);
  });
});
