import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { eventually, FakeHub, frame, json, snapshotAt, stream, WatchedClock } from './fake-hub.fixture.js';
import { type ConnectOptions, connect, type RemoteHub } from './remote-hub.js';

let server: FakeHub;
let revoked = false;
const hubs: RemoteHub[] = [];
const streams: ServerResponse[] = [];

beforeEach(async () => {
  server = await FakeHub.listen();
  revoked = false;
  const answer = (response: ServerResponse, give: () => void): void => {
    if (!revoked) give();
    else json(response, 401, { error: { code: 'unauthorized', message: 'No', retryable: false } });
  };
  server.routes.set('/api/snapshot', (_, response) =>
    answer(response, () => json(response, 200, snapshotAt(5), { 'corral-scope': 'operate' })),
  );
  server.routes.set('/api/events', (_, response) =>
    answer(response, () => {
      streams.push(response);
      stream(response, frame('e-5', 'snapshot', snapshotAt(5)));
    }),
  );
});
afterEach(async () => {
  for (const hub of hubs.splice(0)) hub.close();
  streams.length = 0;
  await server.close();
  vi.unstubAllGlobals();
});

function page(options: ConnectOptions = {}) {
  const clock = new WatchedClock();
  const hub = connect(server.url, { clock, random: () => 0.5, token: 'secret', ...options });
  hubs.push(hub);
  const path: string[] = [];
  hub.subscribe('connection:changed', ({ connection }) => path.push(connection));
  return { clock, hub, path };
}

/** What the hub does: the streams of the token end, and nobody gets in by it. */
function revoke(): void {
  revoked = true;
  for (const response of streams) response.end();
}

const refused = { code: 'unauthorized', status: 401, retryable: false };

describe('F89 a token that was revoked', () => {
  it('ends the connection for good: one attempt to come back, and no other', async () => {
    const { clock, hub, path } = page({ share: false });
    await eventually(() => expect(hub.connection).toBe('live'));
    revoke();
    await clock.passPause();
    await eventually(() => expect(hub.connection).toBe('closed'));
    expect(hub.error).toMatchObject(refused);
    expect(path).toEqual(['live', 'reconnecting', 'closed']);
    await clock.advance(600_000);
    expect(server.asked('/api/events')).toHaveLength(2);
    expect(server.asked('/api/snapshot')).toHaveLength(0);
    expect(clock.timerCount).toBe(0);
    expect(hub.model('a')?.requestCount).toBe(5);
  });

  it('ends polling for good', async () => {
    const { clock, hub } = page({ transport: 'poll' });
    await eventually(() => expect(hub.connection).toBe('live'));
    expect(hub.scope).toBe('operate');
    revoke();
    await clock.passPause();
    await eventually(() => expect(hub.connection).toBe('closed'));
    expect(hub.error).toMatchObject(refused);
    await clock.advance(600_000);
    expect(server.asked('/api/snapshot')).toHaveLength(2);
    expect(clock.timerCount).toBe(0);
  });

  it('is not tried again by a page that comes back into sight', async () => {
    const document = Object.assign(new EventTarget(), { visibilityState: 'visible', baseURI: server.url });
    vi.stubGlobal('document', document);
    const { clock, hub } = page({ transport: 'poll' });
    await eventually(() => expect(hub.connection).toBe('live'));
    revoke();
    await clock.passPause();
    await eventually(() => expect(hub.connection).toBe('closed'));
    for (const state of ['hidden', 'visible']) {
      document.visibilityState = state;
      document.dispatchEvent(new Event('visibilitychange'));
      await clock.advance(60_000);
    }
    expect(hub.connection).toBe('closed');
    expect(server.asked('/api/snapshot')).toHaveLength(2);
  });

  it('answers calls with the same refusal while its stream is still open', async () => {
    const { hub } = page({ share: false });
    await eventually(() => expect(hub.connection).toBe('live'));
    server.routes.set('/api/models/servers/stop/a', (_, response) =>
      json(response, 401, { error: { code: 'unauthorized', message: 'No', retryable: false } }),
    );
    await expect(hub.stopModel('a')).rejects.toMatchObject(refused);
    expect(hub.connection).toBe('live');
  });
});

describe.runIf(typeof navigator === 'object' && 'locks' in navigator)('F89 pages that share a stream', () => {
  it('all end for good, with one attempt each', async () => {
    vi.stubGlobal(
      'document',
      Object.assign(new EventTarget(), { visibilityState: 'visible', baseURI: server.url }),
    );
    const [leader, follower] = [page(), page()];
    for (const { hub } of [leader, follower]) await eventually(() => expect(hub.connection).toBe('live'));
    expect(server.asked('/api/events')).toHaveLength(1);
    revoke();
    await leader.clock.passPause();
    for (const { hub } of [leader, follower]) {
      await eventually(() => expect(hub.connection).toBe('closed'));
      expect(hub.error).toMatchObject(refused);
    }
    for (const { clock } of [leader, follower]) await clock.advance(600_000);
    expect(server.asked('/api/events')).toHaveLength(3);
  });
});
