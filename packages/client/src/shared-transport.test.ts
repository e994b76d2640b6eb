import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  eventually,
  FakeHub,
  frame,
  json,
  snapshotAt,
  stream,
  updatedFrame,
  WatchedClock,
} from './fake-hub.fixture.js';
import { connect, type RemoteHub } from './remote-hub.js';
import { canShare } from './shared-transport.js';

let server: FakeHub;
const hubs: RemoteHub[] = [];
const streams: ServerResponse[] = [];
beforeEach(async () => {
  server = await FakeHub.listen();
  vi.stubGlobal(
    'document',
    Object.assign(new EventTarget(), { visibilityState: 'visible', baseURI: server.url }),
  );
  server.routes.set('/api/snapshot', (_, response) => json(response, 200, snapshotAt(5)));
  server.routes.set('/api/events', ({ headers }, response) => {
    streams.push(response);
    stream(response, headers['last-event-id'] ? '' : frame('e-5', 'snapshot', snapshotAt(5)));
  });
});
afterEach(async () => {
  for (const hub of hubs.splice(0)) hub.close();
  streams.length = 0;
  await server.close();
  vi.unstubAllGlobals();
});

function page(token?: string): RemoteHub {
  const hub = connect(server.url, {
    clock: new WatchedClock(),
    random: () => 0.5,
    ...(token !== undefined && { token }),
  });
  hubs.push(hub);
  return hub;
}

const live = (...pages: RemoteHub[]): Promise<void> =>
  eventually(() => expect(pages.map(({ connection }) => connection)).toEqual(pages.map(() => 'live')));
const know = (count: number, ...pages: RemoteHub[]): Promise<void> =>
  eventually(() => expect(pages.map((hub) => hub.model('a')?.requestCount)).toEqual(pages.map(() => count)));

describe.runIf(typeof navigator === 'object' && 'locks' in navigator)('pages of one origin', () => {
  it('can share where there are pages, locks and channels', () => {
    expect(canShare()).toBe(true);
    vi.unstubAllGlobals();
    expect(canShare()).toBe(false);
  });

  it('share one stream and all know what it brings', async () => {
    const pages = [page(), page(), page()];
    await live(...pages);
    await eventually(() => expect(streams).toHaveLength(1));
    streams[0]!.write(updatedFrame(6));
    await know(6, ...pages);
    expect(server.asked('/api/events')).toHaveLength(1);
  });

  it('hand the stream on to the next page, which resumes it, when the leader leaves', async () => {
    const [first, second] = [page(), page()];
    await live(first, second);
    streams[0]!.write(updatedFrame(6));
    await know(6, first, second);
    first.close();
    await eventually(() => expect(streams).toHaveLength(2));
    expect(server.asked('/api/events')[1]?.headers['last-event-id']).toBe('e-6');
    streams[1]!.write(updatedFrame(7));
    await know(7, second);
  });

  it('take a snapshot when they missed a message of the leader', async () => {
    const [first, second] = [page(), page()];
    await live(first, second);
    // A message of a leader that is further than this page; its own stream would never skip one.
    server.routes.set('/api/snapshot', (_, response) => json(response, 200, snapshotAt(9)));
    const channel = new BroadcastChannel(`corral ${server.url} 811c9dc5`);
    channel.postMessage({
      kind: 'message',
      message: { id: 'e-9', event: 'model:updated', data: '{"model":{"modelId":"a"}}' },
    });
    await know(9, second);
    channel.close();
  });

  it('do not share with pages that have another token', async () => {
    const pages = [page('one'), page('two')];
    await live(...pages);
    await eventually(() => expect(streams).toHaveLength(2));
  });

  it('that were refused do not come back when the leader leaves', async () => {
    const first = page();
    await live(first);
    server.routes.set('/api/snapshot', (_, response) =>
      json(response, 401, { error: { code: 'unauthorized', message: 'No', retryable: false } }),
    );
    const second = page();
    await eventually(() => expect(second.connection).toBe('closed'));
    const third = page();
    await eventually(() => expect(third.connection).toBe('closed'));
    first.close();
    // Once a lock of ours is granted, those of the refused pages were decided about too.
    await navigator.locks.request(`corral ${server.url} 811c9dc5`, () => undefined);
    expect([second.connection, third.connection, streams.length]).toEqual(['closed', 'closed', 1]);
  });
});
