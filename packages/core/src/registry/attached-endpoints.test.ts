import { describe, expect, it } from 'vitest';
import { limits } from '../limits.js';
import { FakeHouse } from '../models/fake-servers.fixture.js';
import { FakeBackend, FakeEndpointStore, fakeBackendModel } from './fake-backends.fixture.js';

async function opened(store = new FakeEndpointStore()) {
  const house = new FakeHouse(0, { endpointStore: store }).listen();
  await house.hub.open();
  return { house, store };
}

describe('attach', () => {
  it('keeps the server, looks at it at once, and announces it with its models', async () => {
    const { house, store } = await opened();
    const backend = new FakeBackend();
    backend.reading = { ...backend.reading, models: [fakeBackendModel('a')] };
    house.network.backends.set('h:1', backend);
    const endpoint = await house.manager.attach({ url: 'http://h:1', apiKey: 'sk-secret', name: '  Büro  ' });
    expect(endpoint).toMatchObject({
      id: 'http://h:1',
      name: 'Büro',
      kind: 'llama-server',
      status: 'healthy',
      condition: 'ok',
      models: [{ name: 'a', state: 'ready', sizeBytes: null, vramBytes: null }],
      latencyMs: 3,
    });
    expect(store.kept.get('http://h:1')).toMatchObject({ apiKey: 'sk-secret', scrapeMetrics: true });
    expect(house.of('attached:changed').at(-1)).toEqual({ endpoints: [endpoint] });
    expect(house.of('models:scanned').at(-1)?.models).toMatchObject([{ filename: 'a', control: 'none' }]);
    await house.clock.advance(3000);
    expect(JSON.stringify([house.heard, house.hub.snapshot()])).not.toContain('sk-secret');
    await house.dispose();
  });

  it('takes a server that does not answer yet, and gives up looking after 3 s', async () => {
    const { house } = await opened();
    house.network.onConnect = (signal) =>
      new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    let attachedMs: number | undefined;
    const attached = house.manager
      .attach({ url: 'http://h:1' })
      .finally(() => (attachedMs = house.clock.now()));
    await house.clock.advance(10_000);
    await expect(attached).resolves.toMatchObject({ status: 'unhealthy', kind: null });
    expect(attachedMs).toBeLessThanOrEqual(limits.connectDeadlineMs);
    house.network.onConnect = async () => undefined;
    await house.dispose();
    expect(house.clock.timerCount).toBe(0);
  });

  it('calls it by its host and port unless told otherwise', async () => {
    const { house } = await opened();
    await expect(house.manager.attach({ url: 'http://h:1' })).resolves.toMatchObject({ name: 'h:1' });
    await house.dispose();
  });

  it('refuses a server twice, also when both come at once, and names the field', async () => {
    const { house } = await opened();
    const both = await Promise.allSettled([1, 2].map(() => house.manager.attach({ url: 'http://h:1' })));
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    await expect(house.manager.attach({ url: 'http://h:1', name: 'other' })).rejects.toMatchObject({
      code: 'duplicate_endpoint',
      details: { endpointId: 'http://h:1', fields: { url: 'This server is watched already' } },
    });
    await house.manager.attach({ url: 'http://h:2' });
    expect(house.manager.endpoints.map(({ id }) => id)).toEqual(['http://h:1', 'http://h:2']);
    await house.dispose();
  });

  it.each([
    ['empty', ''],
    ['blank', '   '],
    ['too long', 'x'.repeat(129)],
    ['two lines', 'a\nb'],
    ['with an escape', 'a\u001b[31m'],
    ['turned around', 'a\u202eb'],
    ['with an invisible letter', 'a\u200bb'],
    ['with a line separator', 'a\u2028b'],
    ['with half a letter', 'a\ud800'],
  ])('refuses a name that is %s', async (_, name) => {
    const { house, store } = await opened();
    await expect(house.manager.attach({ url: 'http://h:1', name })).rejects.toMatchObject({
      code: 'invalid_settings',
      details: { fields: { name: 'Expected 1 to 128 visible characters' } },
    });
    expect([house.manager.endpoints, store.kept.size, house.network.connects]).toEqual([[], 0, 0]);
    await house.dispose();
  });

  it('takes a name of 128 characters of any script', async () => {
    const { house } = await opened();
    const name = '🦙'.repeat(128);
    await expect(house.manager.attach({ url: 'http://h:1', name })).resolves.toMatchObject({ name });
    await house.dispose();
  });

  it('passes on what is wrong with the address, and asks nobody', async () => {
    const { house } = await opened();
    await expect(house.manager.attach({ url: 'file:///etc' })).rejects.toMatchObject({ code: 'invalid_url' });
    expect([house.network.connects, house.manager.endpoints]).toEqual([0, []]);
    await house.dispose();
  });

  it('leaves nothing of a server that cannot be kept', async () => {
    const { house, store } = await opened();
    const timers = house.clock.timerCount;
    store.fails = true;
    await expect(house.manager.attach({ url: 'http://h:1' })).rejects.toMatchObject({
      code: 'store_failed',
      retryable: true,
    });
    expect([house.manager.endpoints, house.manager.list(), house.of('attached:changed')]).toEqual([
      [],
      [],
      [],
    ]);
    await house.clock.advance(10_000);
    expect([house.network.connects, house.clock.timerCount]).toEqual([0, timers]);
    store.fails = false;
    await expect(house.manager.attach({ url: 'http://h:1' })).resolves.toMatchObject({ id: 'http://h:1' });
    await house.dispose();
  });

  it('takes 1000 servers and no more', async () => {
    const store = new FakeEndpointStore();
    for (let port = 1; port < limits.endpoints; port++) {
      const id = `http://h:${port}`;
      const address = { scheme: 'http', host: 'h', port, basePath: '' } as const;
      store.kept.set(id, {
        ...address,
        id,
        name: id,
        kind: null,
        apiKey: null,
        scrapeMetrics: true,
        attached: true,
      });
    }
    const { house } = await opened(store);
    await house.manager.attach({ url: 'http://h:1000' });
    await expect(house.manager.attach({ url: 'http://h:1001' })).rejects.toMatchObject({
      code: 'limit_reached',
    });
    expect([house.manager.endpoints.length, store.kept.size]).toEqual([1000, 1000]);
    await house.dispose();
  });

  it('is refused where nothing can be attached, and after dispose', async () => {
    const { house } = await opened();
    await house.dispose();
    await expect(house.hub.attachEndpoint({ url: 'http://h:1' })).rejects.toMatchObject({ code: 'disposed' });
  });
});

describe('detach', () => {
  it('lets go of the server and its models, forgets it, and gives its connection back', async () => {
    const { house, store } = await opened();
    const backend = new FakeBackend();
    backend.reading = { ...backend.reading, models: [fakeBackendModel('a')] };
    house.network.backends.set('h:1', backend);
    const { id } = await house.manager.attach({ url: 'http://h:1' });
    await house.manager.detach(id);
    expect([house.manager.endpoints, house.manager.list(), store.kept.size, backend.closed]).toEqual([
      [],
      [],
      0,
      true,
    ]);
    expect(house.of('attached:changed').at(-1)).toEqual({ endpoints: [] });
    const { checks } = backend;
    await house.clock.advance(5000);
    expect(backend.checks).toBe(checks);
    await house.manager.attach({ url: 'http://h:1' });
    await house.dispose();
  });

  it.each(['nobody', '__proto__', ''])('refuses the unknown id %j', async (id) => {
    const { house } = await opened();
    await expect(house.manager.detach(id)).rejects.toMatchObject({ code: 'unknown_endpoint' });
    await house.dispose();
  });
});

describe('attached servers that were kept', () => {
  it('are there when the hub opens again, unknown until they are looked at', async () => {
    const { house: first, store } = await opened();
    await first.manager.attach({ url: 'http://h:1', name: 'one', scrapeMetrics: false });
    await first.dispose();
    const { house } = await opened(store);
    expect(house.manager.endpoints).toMatchObject([{ id: 'http://h:1', name: 'one', status: 'unknown' }]);
    const backend = new FakeBackend();
    house.network.backends.set('h:1', backend);
    await house.clock.advance(1000);
    expect(house.manager.endpoints).toMatchObject([{ status: 'healthy', kind: 'llama-server' }]);
    await house.dispose();
    expect([backend.closed, house.clock.timerCount, house.events.listenerCount]).toEqual([true, 0, 0]);
  });
});
