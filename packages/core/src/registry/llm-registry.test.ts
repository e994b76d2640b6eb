import { describe, expect, it } from 'vitest';
import { sleep } from '../clock.js';
import { CorralError } from '../errors.js';
import { limits } from '../limits.js';
import type { StoredEndpoint } from './endpoint.js';
import { aborted, FakeBackend, FakeEndpointStore, fakeBackendModel } from './fake-backends.fixture.js';
import { FakeFleet, idAt, missedReading } from './fake-fleet.fixture.js';
import type { RegisterRequest } from './watched-endpoints.js';

const kept: StoredEndpoint = {
  ...{ scheme: 'http', host: 'h', port: 1, basePath: '', id: idAt(), name: 'Old', kind: null },
  ...{ apiKey: 'sk-kept', scrapeMetrics: false, attached: false },
};

/** A store that keeps these. */
function storeWith(...endpoints: readonly StoredEndpoint[]): FakeEndpointStore {
  const store = new FakeEndpointStore();
  for (const endpoint of endpoints) store.kept.set(endpoint.id, endpoint);
  return store;
}

/** `h:1` is being checked, and takes 100 ms to stop when it is called off. */
async function rudeFleet() {
  const fleet = new FakeFleet();
  const backend = fleet.network.put('h:1');
  backend.onCheck = async (signal) => {
    await aborted(signal);
    await sleep(fleet.clock, 100);
    return missedReading();
  };
  await fleet.register();
  await fleet.clock.advance(0);
  return { fleet, backend };
}

describe('register', () => {
  it('answers at once, announces the endpoint as unknown, and checks it in the background', async () => {
    const fleet = new FakeFleet();
    fleet.network.onConnect = aborted;
    const endpoint = await fleet.registry.register({ host: 'h', name: '  Büro  ', apiKey: 'sk-secret' });
    expect(endpoint).toEqual({
      ...{ id: 'http://h:11434', name: 'Büro', scheme: 'http', host: 'h', port: 11_434, basePath: '' },
      ...{
        kind: null,
        source: 'manual',
        origin: 'registered',
        status: 'unknown',
        condition: null,
        models: [],
      },
      ...{ lastCheckedAt: null, latencyMs: null, queueDepth: null, hostId: null },
    });
    expect(fleet.heard).toEqual([{ name: 'endpoint:registered', payload: { endpoint } }]);
    expect(fleet.network.connects).toBe(1);
    expect(fleet.store.kept.get(endpoint.id)).toMatchObject({ apiKey: 'sk-secret', attached: false });
    expect(fleet.registry.endpoints()).toEqual([endpoint]);
    expect(JSON.stringify([fleet.heard, fleet.registry.snapshot()])).not.toContain('sk-secret');
    await fleet.registry.dispose();
  });

  it('names it after its host and port, and asks for little: the status, never `/metrics`', async () => {
    const fleet = new FakeFleet();
    expect(await fleet.registry.register({ host: 'h', port: 2, kind: 'vllm' })).toMatchObject({
      name: 'h:2',
    });
    expect(fleet.network.targets).toMatchObject([
      { kind: 'vllm', detail: 'status', scrapeMetrics: false, apiKey: null },
    ]);
    await fleet.registry.dispose();
  });

  it('F56 refuses the same place twice, in whatever order and even at the same moment', async () => {
    const fleet = new FakeFleet();
    const both = await Promise.allSettled([fleet.register(), fleet.register()]);
    expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    await expect(fleet.register()).rejects.toMatchObject({
      code: 'duplicate_endpoint',
      details: { endpointId: idAt(), fields: { host: 'This endpoint is watched already' } },
    });
    expect(fleet.of('endpoint:registered')).toHaveLength(1);
    await fleet.registry.dispose();
  });

  it.each(['attached', 'managed'] as const)('F56 refuses an endpoint that is %s already', async (origin) => {
    const fleet = new FakeFleet();
    const other = await new FakeFleet().register();
    fleet.registry.mirror(origin, [{ ...other, origin }]);
    await expect(fleet.register()).rejects.toMatchObject({ code: 'duplicate_endpoint' });
    expect(fleet.store.kept.size).toBe(0);
    await fleet.registry.dispose();
  });

  it.each([
    ['a name of control characters', { host: 'h', name: 'a\u0007b' }, 'invalid_settings', 'name'],
    ['an unknown kind', { host: 'h', kind: 'cobol' }, 'invalid_settings', 'kind'],
    ['a key that is no text', { host: 'h', apiKey: 7 }, 'invalid_api_key', 'apiKey'],
  ])('refuses %s', async (_, request, code, field) => {
    const fleet = new FakeFleet();
    await expect(fleet.registry.register(request as RegisterRequest)).rejects.toMatchObject({
      code,
      details: { fields: { [field]: expect.any(String) } },
    });
    expect([fleet.heard, fleet.leftovers.timers]).toEqual([[], 0]);
  });

  it('passes on what the connector says of the address', async () => {
    const refusal = new CorralError('self_reference', 'Expected another machine');
    const fleet = new FakeFleet();
    fleet.network.judge = () => Promise.reject(refusal);
    await expect(fleet.register()).rejects.toBe(refusal);
  });

  it('I19 takes a thousand and no more', async () => {
    const fleet = new FakeFleet();
    const ports = Array.from({ length: limits.endpoints }, (_, i) => i + 1);
    await Promise.all(ports.map((port) => fleet.register(port)));
    await expect(fleet.register(2000)).rejects.toMatchObject({ code: 'limit_reached' });
    await fleet.registry.remove(idAt(1));
    await expect(fleet.register(2000)).resolves.toMatchObject({ port: 2000 });
    await fleet.registry.dispose();
  }, 30_000);

  it('registers nothing that cannot be kept', async () => {
    const fleet = new FakeFleet();
    fleet.store.fails = true;
    await expect(fleet.register()).rejects.toMatchObject({ code: 'store_failed', retryable: true });
    expect([fleet.heard, fleet.registry.endpoints(), fleet.network.connects]).toEqual([[], [], 0]);
    fleet.store.fails = false;
    await expect(fleet.register()).resolves.toMatchObject({ id: idAt() });
    await fleet.registry.dispose();
  });

  it('does not keep what was found and not typed', async () => {
    const fleet = new FakeFleet();
    const found = await fleet.registry.register({ host: 'h', port: 1, source: 'auto' });
    expect(found).toMatchObject({ source: 'auto', origin: 'discovered' });
    expect(fleet.store.kept.size).toBe(0);
    await fleet.registry.dispose();
  });

  it('needs a connector', async () => {
    const { events, clock } = new FakeFleet();
    const { LlmRegistry } = await import('./llm-registry.js');
    const registry = new LlmRegistry({ events, clock });
    await registry.open();
    await expect(registry.register({ host: 'h' })).rejects.toMatchObject({ code: 'action_not_supported' });
    await registry.dispose();
  });
});

describe('open', () => {
  it('watches what was registered, and leaves to the models what is attached', async () => {
    const store = storeWith(kept, { ...kept, id: idAt(2), port: 2, attached: true });
    const fleet = new FakeFleet({}, store);
    fleet.network.put('h:1');
    await fleet.registry.open();
    await fleet.clock.advance(1200);
    expect(fleet.registry.endpoints()).toMatchObject([{ id: idAt(), name: 'Old', status: 'healthy' }]);
    expect(fleet.network.targets).toMatchObject([{ apiKey: 'sk-kept' }]);
    await fleet.registry.dispose();
  });
});

describe('a thousand that were kept', () => {
  it('are connected to one after the other, not all at once', async () => {
    const many = Array.from({ length: 1000 }, (_, i) => ({ ...kept, id: idAt(i + 1), port: i + 1 }));
    const fleet = new FakeFleet({}, storeWith(...many));
    const perSecond: number[] = [];
    await fleet.registry.open();
    for (let second = 0, before = 0; second < 5; second++) {
      await fleet.clock.advance(1000);
      const firsts = new Set(fleet.network.targets.map(({ port }) => port)).size;
      perSecond.push(firsts - before);
      before = firsts;
    }
    expect(Math.max(...perSecond)).toBeLessThanOrEqual(400);
    await fleet.clock.advance(2000);
    expect(new Set(fleet.network.targets.map(({ port }) => port)).size).toBe(1000);
    await fleet.registry.dispose();
  });
});

describe('remove', () => {
  it('forgets the endpoint on disk first, then here, and closes its connection', async () => {
    const fleet = new FakeFleet();
    const backend = fleet.network.put('h:1');
    await fleet.register();
    await fleet.clock.advance(0);
    fleet.store.fails = true;
    await expect(fleet.registry.remove(idAt())).rejects.toMatchObject({ code: 'store_failed' });
    expect(fleet.at()).toBeDefined();
    fleet.store.fails = false;
    await fleet.registry.remove(idAt());
    expect(fleet.of('endpoint:removed')).toEqual([{ endpointId: idAt() }]);
    expect([fleet.registry.endpoints(), fleet.store.kept.size, backend.closed]).toEqual([[], 0, true]);
    expect(fleet.clock.timerCount).toBe(0);
    await expect(fleet.registry.remove(idAt())).rejects.toMatchObject({ code: 'unknown_endpoint' });
    await fleet.clock.advance(60_000);
    expect(backend.checks).toBe(1);
  });

  it('removes once what two people remove at the same moment', async () => {
    const fleet = new FakeFleet();
    await fleet.register();
    await Promise.all([fleet.registry.remove(idAt()), fleet.registry.remove(idAt())]);
    expect(fleet.of('endpoint:removed')).toHaveLength(1);
  });

  it('F55 asks nothing of a next life before the last one is over, and never when that is over, too', async () => {
    const { fleet, backend } = await rudeFleet();
    void fleet.registry.remove(idAt());
    await fleet.clock.advance(0);
    await fleet.register();
    await fleet.clock.advance(50);
    expect([backend.checks, backend.closed, fleet.registry.endpoints().length]).toEqual([1, false, 1]);
    void fleet.registry.remove(idAt());
    await fleet.clock.advance(1000);
    expect([backend.checks, backend.closed, fleet.network.connects]).toEqual([1, true, 1]);
    expect(fleet.leftovers.timers).toBe(0);
  });

  it('is not for endpoints that someone else watches', async () => {
    const fleet = new FakeFleet();
    const other = await new FakeFleet().register();
    fleet.registry.mirror('managed', [{ ...other, origin: 'managed' }]);
    await expect(fleet.registry.remove(idAt())).rejects.toMatchObject({ code: 'action_not_supported' });
    await expect(fleet.registry.check(idAt())).rejects.toMatchObject({ code: 'action_not_supported' });
    await expect(fleet.registry.check('other')).rejects.toMatchObject({ code: 'unknown_endpoint' });
  });
});

describe('check', () => {
  it('reads everything anew and answers what was found, also while the endpoint is backed off', async () => {
    const fleet = new FakeFleet();
    await fleet.register();
    await fleet.clock.advance(40_000);
    expect(fleet.at()).toMatchObject({ status: 'unhealthy', condition: 'refused', kind: null });
    const backend = fleet.network.put('h:1', new FakeBackend('ollama'));
    const wholes: unknown[] = [];
    backend.check = async (_signal, options?: { readonly whole?: boolean }) => {
      wholes.push(options?.whole);
      return { ...backend.reading, queueDepth: 4, models: [fakeBackendModel('a', null, { sizeBytes: 5 })] };
    };
    expect(await fleet.registry.check(idAt())).toMatchObject({
      condition: 'ok',
      kind: 'ollama',
      models: [{ name: 'a', state: null, sizeBytes: 5, vramBytes: null }],
      queueDepth: 4,
      latencyMs: 3,
      lastCheckedAt: '2026-01-01T00:00:40.000Z',
    });
    await fleet.clock.advance(1500);
    expect([wholes[0], wholes[1], fleet.at().status]).toEqual([true, false, 'healthy']);
    await fleet.registry.dispose();
  });

  it('joins the check that is under way', async () => {
    const fleet = new FakeFleet();
    const backend = fleet.network.put('h:1');
    await fleet.register();
    const [a, b] = await Promise.all([fleet.registry.check(idAt()), fleet.registry.check(idAt())]);
    expect([a === b, backend.checks, backend.mostAtOnce]).toEqual([true, 1, 1]);
    await fleet.registry.dispose();
  });

  it('F55 tells of an endpoint that is removed in the meantime', async () => {
    const fleet = new FakeFleet();
    fleet.network.onConnect = aborted;
    await fleet.register();
    const checked = fleet.registry.check(idAt()).catch((error: unknown) => error);
    await fleet.registry.remove(idAt());
    expect(await checked).toMatchObject({ code: 'unknown_endpoint' });
  });
});

describe('dispose', () => {
  it('F55 drops what is under way, waits for it, and leaves nothing', async () => {
    const fleet = new FakeFleet();
    const backend = fleet.network.put('h:1');
    backend.onCheck = async (signal) => (await aborted(signal), missedReading());
    await fleet.register();
    await fleet.clock.advance(100);
    const { length } = fleet.heard;
    await Promise.all([fleet.registry.dispose(), fleet.registry.dispose()]);
    expect([fleet.leftovers, backend.closed]).toEqual([{ timers: 0, listeners: 0 }, true]);
    await fleet.clock.advance(60_000);
    expect([fleet.heard.length, backend.checks]).toEqual([length, 1]);
    await expect(fleet.register(2)).rejects.toMatchObject({ code: 'disposed' });
    await expect(fleet.registry.check(idAt())).rejects.toMatchObject({ code: 'disposed' });
  });

  it('waits for what was removed a moment ago', async () => {
    const { fleet } = await rudeFleet();
    void fleet.registry.remove(idAt());
    await fleet.clock.advance(0);
    let isOver = false;
    const disposed = fleet.registry.dispose().then(() => (isOver = true));
    await fleet.clock.advance(99);
    expect(isOver).toBe(false);
    await fleet.clock.advance(1);
    await disposed;
  });

  it('leaves an endpoint to the next hub that is being kept when the end comes', async () => {
    const fleet = new FakeFleet();
    const registered = fleet.register();
    fleet.store.saveEndpoint = async (endpoint) => {
      await fleet.registry.dispose();
      fleet.store.kept.set(endpoint.id, endpoint);
    };
    expect(await registered).toMatchObject({ id: idAt(), status: 'unknown' });
    expect([fleet.heard, fleet.store.kept.size, fleet.leftovers]).toEqual([
      ...[[], 1],
      { timers: 0, listeners: 0 },
    ]);
  });
});
