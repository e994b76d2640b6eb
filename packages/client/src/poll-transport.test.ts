import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually, FakeHub, json, snapshotAt, transportContext } from './fake-hub.fixture.js';
import { pollTransport } from './poll-transport.js';

let server: FakeHub;
let stop: AbortController;
beforeEach(async () => {
  server = await FakeHub.listen();
  stop = new AbortController();
});
afterEach(async () => {
  stop.abort();
  await server.close();
});

function polling(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  server.routes.set('/api/snapshot', answer);
  const { clock, states, mirror, context } = transportContext(server.url);
  const scans: number[] = [];
  mirror.events.subscribe('models:scanned', () => scans.push(mirror.model('a')!.requestCount!));
  const end: { error?: unknown } = {};
  const done = pollTransport(context, stop.signal).catch((error: unknown) => void (end.error = error));
  return { clock, states, mirror, scans, end, done, asked: () => server.asked('/api/snapshot') };
}

describe('pollTransport', () => {
  it('asks once a second and says what it knows; an unchanged snapshot changes nothing', async () => {
    let seq = 1;
    const { clock, states, scans, asked } = polling(({ headers }, response) => {
      const etag = `"${seq}"`;
      if (headers['if-none-match'] === etag) response.writeHead(304).end();
      else json(response, 200, snapshotAt(seq), { etag });
    });
    await eventually(() => expect(scans).toEqual([1]));
    expect(await clock.passPause()).toBe(1000);
    await eventually(() => expect(asked()).toHaveLength(2));
    expect(asked().map(({ headers }) => headers['if-none-match'])).toEqual([undefined, '"1"']);
    seq = 2;
    expect(await clock.passPause()).toBe(1000);
    await eventually(() => expect(scans).toEqual([1, 2]));
    expect(states).toEqual(['live']);
  });

  it('asks for everything each time where a hub sends no validator', async () => {
    const { clock, scans, asked } = polling((_, response) => json(response, 200, snapshotAt(1)));
    await eventually(() => expect(scans).toEqual([1]));
    await clock.passPause();
    await eventually(() => expect(scans).toEqual([1, 1]));
    expect(asked()[1]?.headers['if-none-match']).toBeUndefined();
  });

  it('backs off while the hub is away, and is live again with the first answer', async () => {
    let away = true;
    const { clock, states, asked } = polling((_, response) => {
      if (away) response.destroy();
      else json(response, 200, snapshotAt(1));
    });
    expect([await clock.passPause(), await clock.passPause()]).toEqual([1000, 2000]);
    expect(await clock.pause()).toBe(4000);
    expect([states, asked().length]).toEqual([['reconnecting'], 3]);
    away = false;
    await clock.passPause();
    await eventually(() => expect(states).toEqual(['reconnecting', 'live']));
  });

  it('ends when the hub refuses it for good', async () => {
    const { clock, end, done, asked } = polling((_, response) =>
      json(response, 401, { error: { code: 'unauthorized', message: 'No', retryable: false } }),
    );
    await done;
    expect(end.error).toMatchObject({ code: 'unauthorized', status: 401 });
    await clock.advance(600_000);
    expect([asked().length, clock.timerCount]).toEqual([1, 0]);
  });

  it('gives up on an answer that does not end within 15 s and asks again', async () => {
    const { clock, states, asked } = polling((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write('{');
    });
    await eventually(() => expect(asked()).toHaveLength(1));
    await clock.advance(14_999);
    expect(states).toEqual([]);
    await clock.advance(1);
    await eventually(() => expect(states).toEqual(['reconnecting']));
    await clock.passPause();
    await eventually(() => expect(asked()).toHaveLength(2));
  });

  it('ends without an error or a timer when it is told to, while it asks and while it waits', async () => {
    const { clock, end, done, asked } = polling(() => undefined);
    await eventually(() => expect(asked()).toHaveLength(1));
    stop.abort();
    await done;
    expect([end.error, clock.timerCount]).toEqual([undefined, 0]);
    stop = new AbortController();
    const second = polling((_, response) => json(response, 200, snapshotAt(1)));
    await eventually(() => expect(second.scans).toEqual([1]));
    stop.abort();
    await second.done;
    expect([second.end.error, second.clock.timerCount]).toEqual([undefined, 0]);
  });
});
