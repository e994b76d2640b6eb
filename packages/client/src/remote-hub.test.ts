import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ClientError } from './client-error.js';
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
import { type ConnectOptions, connect, type RemoteHub } from './remote-hub.js';

let server: FakeHub;
const hubs: RemoteHub[] = [];
beforeEach(async () => {
  server = await FakeHub.listen();
});
afterEach(async () => {
  for (const hub of hubs.splice(0)) hub.close();
  await server.close();
  vi.unstubAllGlobals();
});

function connected(options: ConnectOptions = {}) {
  const clock = new WatchedClock();
  const hub = connect(server.url, { clock, random: () => 0.5, ...options });
  hubs.push(hub);
  const path: string[] = [hub.connection];
  hub.subscribe('connection:changed', ({ connection }) => path.push(connection));
  return { hub, clock, path };
}

const liveStream = (_: unknown, response: ServerResponse): void =>
  stream(response, frame('e-5', 'snapshot', snapshotAt(5)));
const refusal = { error: { code: 'unauthorized', message: 'No', retryable: false } };

describe('connect', () => {
  it.each([
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    'ftp://hub/',
    'file:///etc/passwd',
    'data:text/html,x',
    'blob:http://hub/1',
    'ws://hub/',
    'http://user:pw@hub/',
    'http://user@hub/',
    'http://:pw@hub/',
    '//hub/',
    '/relative',
    'hub:8080',
    '',
    'http://',
  ])('refuses %j before anything is sent', (url) => {
    const send = vi.fn<typeof fetch>();
    expect(() => connect(url, { fetch: send })).toThrow(ClientError);
    expect(() => connect(url, { fetch: send })).toThrow(expect.objectContaining({ code: 'protocol' }));
    expect(send).not.toHaveBeenCalled();
  });

  it('returns at once, with empty reads, and fills them with the first snapshot', async () => {
    server.routes.set('/api/events', liveStream);
    const { hub, path } = connected();
    expect([hub.connection, hub.models(), hub.model('a'), hub.series('a'), hub.rejected()]).toEqual([
      'connecting',
      [],
      undefined,
      undefined,
      [],
    ]);
    await eventually(() => expect(hub.connection).toBe('live'));
    expect(path).toEqual(['connecting', 'live']);
    expect([hub.model('a')?.requestCount, hub.models().length, hub.series('a')?.memoryGb.length]).toEqual([
      5, 1, 2,
    ]);
  });

  it('keeps the path that a hub is mounted under, without query and fragment, and encodes ids', async () => {
    server.routes.set('/tools/corral/api/models/servers/start/..%2Fx%3Fy', (_, response) =>
      json(response, 202, {}),
    );
    const hub = connect(`${server.url}/tools/corral//?a=1#b`, {
      transport: 'poll',
      clock: new WatchedClock(),
    });
    hubs.push(hub);
    await expect(hub.startModel('../x?y')).resolves.toBeUndefined();
  });

  it('sends its token with every request, and nothing without one', async () => {
    server.routes.set('/api/events', liveStream);
    server.routes.set('/api/models/servers/stop/a', (_, response) => json(response, 202, {}));
    const { hub } = connected({ token: 'secret' });
    await hub.stopModel('a');
    await eventually(() => expect(server.seen).toHaveLength(2));
    expect(server.seen.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer secret',
      'Bearer secret',
    ]);
    const { hub: other } = connected();
    await other.stopModel('a');
    expect(server.seen.at(-1)?.headers.authorization).toBeUndefined();
  });
});

describe('RemoteHub connection', () => {
  it('stays connecting until the first facts, then tells when it loses touch', async () => {
    let answers = 0;
    server.routes.set('/api/events', (request, response) => {
      answers += 1;
      if (answers === 1) response.destroy();
      else if (answers === 2) {
        liveStream(request, response);
        setImmediate(() => response.end());
      } else stream(response, updatedFrame(6));
    });
    const { hub, clock, path } = connected();
    await clock.passPause();
    await eventually(() => expect(path).toEqual(['connecting', 'live', 'reconnecting']));
    expect(hub.model('a')?.requestCount).toBe(5);
    await clock.passPause();
    await eventually(() => expect(hub.model('a')?.requestCount).toBe(6));
    expect(path).toEqual(['connecting', 'live', 'reconnecting', 'live']);
  });

  it('falls back to polling where streams do not come through', async () => {
    server.routes.set('/api/events', (_, response) =>
      response.writeHead(200, { 'content-type': 'text/html' }).end('<p>'),
    );
    server.routes.set('/api/snapshot', (_, response) => json(response, 200, snapshotAt(7)));
    const { hub, clock } = connected();
    await eventually(() => expect(server.asked('/api/events')).toHaveLength(1));
    await clock.passPause();
    await eventually(() => expect(hub.connection).toBe('live'));
    expect([hub.model('a')?.requestCount, server.asked('/api/events').length]).toEqual([7, 2]);
  });

  it.each(['sse', 'poll'] as const)(
    'is closed with the reason when the hub refuses it for good (%s)',
    async (transport) => {
      for (const path of ['/api/events', '/api/snapshot'])
        server.routes.set(path, (_, response) => json(response, 401, refusal));
      const { hub, clock, path } = connected({ transport });
      await eventually(() => expect(hub.connection).toBe('closed'));
      expect(path).toEqual(['connecting', 'closed']);
      expect(hub.error).toMatchObject({ code: 'unauthorized', status: 401 });
      await clock.advance(600_000);
      expect([server.seen.length, clock.timerCount]).toEqual([1, 0]);
    },
  );

  it('hands what listeners throw to onListenerError and goes on', async () => {
    server.routes.set('/api/events', liveStream);
    const errors: unknown[] = [];
    const { hub } = connected({
      onListenerError: (error, name) => errors.push([name, (error as Error).message]),
    });
    hub.subscribe('models:scanned', () => {
      throw new Error('boom');
    });
    await eventually(() => expect(hub.connection).toBe('live'));
    expect(errors).toEqual([['models:scanned', 'boom']]);
  });
});

describe('RemoteHub commands', () => {
  it.each([
    ['startModel', 'POST', '/api/models/servers/start/a'],
    ['stopModel', 'POST', '/api/models/servers/stop/a'],
    ['restartModel', 'POST', '/api/models/servers/restart/a'],
  ] as const)('%s sends %s %s', async (command, method, path) => {
    server.routes.set(path, (_, response) => json(response, 202, { ok: true }));
    const { hub } = connected({ transport: 'poll' });
    await expect(hub[command]('a')).resolves.toBeUndefined();
    expect(server.asked(path)).toMatchObject([{ method }]);
  });

  it('modelAccess answers where the model can be called', async () => {
    const access = { baseUrl: 'http://127.0.0.1:8100', apiKey: 'k' };
    server.routes.set('/api/models/a/access', (_, response) => json(response, 200, access));
    const { hub } = connected({ transport: 'poll' });
    await expect(hub.modelAccess('a')).resolves.toEqual(access);
    expect(server.asked('/api/models/a/access')[0]?.method).toBe('GET');
  });

  it('reject with the error of the hub', async () => {
    const error = { code: 'unknown_model', message: 'Who?', retryable: false, details: { modelId: 'a' } };
    server.routes.set('/api/models/servers/start/a', (_, response) => json(response, 404, { error }));
    const { hub } = connected({ transport: 'poll' });
    await expect(hub.startModel('a')).rejects.toBeInstanceOf(ClientError);
    await expect(hub.startModel('a')).rejects.toMatchObject({ ...error, status: 404 });
  });

  it('reject with network when the hub is away', async () => {
    server.routes.set('/api/models/servers/start/a', (_, response) => response.destroy());
    const { hub } = connected({ transport: 'poll' });
    await expect(hub.startModel('a')).rejects.toMatchObject({
      name: 'ClientError',
      code: 'network',
      retryable: true,
    });
  });

  it('reject with timeout after 15 s without an answer', async () => {
    server.routes.set('/api/models/servers/start/a', () => undefined);
    server.routes.set('/api/events', liveStream);
    const { hub, clock } = connected();
    await eventually(() => expect(hub.connection).toBe('live'));
    const refused = expect(hub.startModel('a')).rejects.toMatchObject({ code: 'timeout', retryable: true });
    await eventually(() => expect(server.asked('/api/models/servers/start/a')).toHaveLength(1));
    await clock.advance(15_000);
    await refused;
  });

  it('reject with protocol when something else than the hub answers 200', async () => {
    server.routes.set('/api/models/servers/start/a', (_, response) =>
      response.writeHead(200, { 'content-type': 'text/html' }).end('<p>Welcome</p>'),
    );
    const { hub } = connected({ transport: 'poll' });
    await expect(hub.startModel('a')).rejects.toMatchObject({ code: 'protocol' });
  });
});

describe('RemoteHub.close', () => {
  it('ends the stream, says so once, keeps the last answers and refuses commands', async () => {
    server.routes.set('/api/events', liveStream);
    const { hub, clock, path } = connected();
    await eventually(() => expect(hub.connection).toBe('live'));
    hub.close();
    hub.close();
    expect(path).toEqual(['connecting', 'live', 'closed']);
    expect([hub.connection, hub.model('a')?.requestCount, hub.error]).toEqual(['closed', 5, undefined]);
    await expect(hub.startModel('a')).rejects.toMatchObject({ code: 'closed', retryable: false });
    await eventually(() => expect([server.open.size, clock.timerCount]).toEqual([0, 0]));
  });

  it('ends commands under way', async () => {
    server.routes.set('/api/events', liveStream);
    server.routes.set('/api/models/servers/start/a', () => undefined);
    const { hub, clock } = connected();
    await eventually(() => expect(hub.connection).toBe('live'));
    const outcome = hub.startModel('a').catch((error: unknown) => error);
    await eventually(() => expect(server.asked('/api/models/servers/start/a')).toHaveLength(1));
    hub.close();
    await eventually(() => expect([server.open.size, clock.timerCount]).toEqual([0, 0]));
    expect(await outcome).toMatchObject({ code: 'closed' });
  });

  it('leaves no timer and no request behind after 100 connections, closed at any moment', async () => {
    server.routes.set('/api/events', liveStream);
    server.routes.set('/api/snapshot', (_, response) => json(response, 200, snapshotAt(1)));
    const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const before = timers();
    for (let i = 0; i < 100; i++) {
      const hub = connect(server.url, { transport: i % 2 ? 'poll' : 'sse' });
      hubs.push(hub);
      if (i % 3 > 0) await new Promise((resolve) => setImmediate(resolve));
      if (i % 10 === 0) await eventually(() => expect(hub.connection).toBe('live'));
      hub.close();
    }
    await eventually(() => {
      expect(server.open.size).toBe(0);
      // One of them is ours: it lets us look again.
      expect(timers()).toBeLessThanOrEqual(before + 1);
    });
  });

  it('lets a program end by itself', async () => {
    server.routes.set('/api/events', liveStream);
    const seen = process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const hub = connect(server.url);
    hubs.push(hub);
    await eventually(() => expect(hub.connection).toBe('live'));
    // The watchdog of the stream waits, on the real clock.
    expect(process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length).toBeGreaterThan(
      seen,
    );
    hub.close();
    await eventually(() => expect(server.open.size).toBe(0));
  });
});

describe('RemoteHub in a page', () => {
  /** As much of a page as a hub looks at. */
  class FakePage extends EventTarget {
    visibilityState = 'visible';
    readonly baseURI = `${server.url}/dashboard/`;
    show(visibilityState: 'visible' | 'hidden'): void {
      this.visibilityState = visibilityState;
      this.dispatchEvent(new Event('visibilitychange'));
    }
  }

  it('takes an address relative to the page', async () => {
    vi.stubGlobal('document', new FakePage());
    server.routes.set('/hub/api/events', liveStream);
    const hub = connect('../hub', { clock: new WatchedClock(), share: false });
    hubs.push(hub);
    await eventually(() => expect(hub.connection).toBe('live'));
    expect(() => connect('javascript:alert(1)')).toThrow(ClientError);
  });

  it('lets its stream go after 5 s out of sight and resumes it by id when seen again', async () => {
    const page = new FakePage();
    vi.stubGlobal('document', page);
    server.routes.set('/api/events', liveStream);
    const { hub, clock } = connected({ share: false });
    await eventually(() => expect(hub.connection).toBe('live'));
    page.show('hidden');
    await clock.advance(4999);
    page.show('visible');
    await clock.advance(10_000);
    expect(server.open.size).toBe(1);
    page.show('hidden');
    await clock.advance(5000);
    await eventually(() => expect(server.open.size).toBe(0));
    server.routes.set('/api/events', (_, response) => stream(response, updatedFrame(6)));
    page.show('visible');
    await eventually(() => expect(hub.model('a')?.requestCount).toBe(6));
    expect(server.asked('/api/events')[1]?.headers['last-event-id']).toBe('e-5');
    hub.close();
    page.show('hidden');
    await eventually(() => expect(clock.timerCount).toBe(0));
  });
});
