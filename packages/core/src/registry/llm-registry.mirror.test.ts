import { describe, expect, it } from 'vitest';
import { fakeBackendModel } from './fake-backends.fixture.js';
import { FakeFleet, idAt } from './fake-fleet.fixture.js';

describe('mirror', () => {
  it('announces what came, went and became different, and nothing else', async () => {
    const fleet = new FakeFleet();
    const one = { ...(await new FakeFleet().register()), origin: 'attached' } as const;
    const two = { ...one, id: idAt(2), port: 2 };
    fleet.registry.mirror('attached', [one, two]);
    fleet.registry.mirror('attached', [one, { ...two, models: [] }]);
    expect(fleet.heard.map(({ name }) => name)).toEqual(['endpoint:registered', 'endpoint:registered']);
    fleet.heard.length = 0;
    const model = { name: 'a', state: 'ready', sizeBytes: 1, vramBytes: null } as const;
    fleet.registry.mirror('attached', [{ ...two, models: [model] }]);
    fleet.registry.mirror('attached', [{ ...two, models: [{ ...model, sizeBytes: 2 }], latencyMs: 5 }]);
    expect(fleet.heard).toEqual([
      { name: 'endpoint:removed', payload: { endpointId: idAt() } },
      { name: 'endpoint:updated', payload: { endpoint: { ...two, models: [model] } } },
      { name: 'endpoint:updated', payload: { endpoint: fleet.at(2) } },
    ]);
    expect(fleet.at(2)).toMatchObject({ latencyMs: 5, models: [{ sizeBytes: 2 }] });
  });

  it('announces no time of a check of what is gone since', async () => {
    const fleet = new FakeFleet();
    const one = { ...(await new FakeFleet().register()), origin: 'attached' } as const;
    for (const latencyMs of [1, 2]) fleet.registry.mirror('attached', [{ ...one, latencyMs }]);
    await fleet.clock.advance(10);
    fleet.registry.mirror('attached', [{ ...one, latencyMs: 3 }]);
    fleet.registry.mirror('attached', []);
    await fleet.clock.advance(5000);
    expect(fleet.heard.map(({ name }) => name)).toEqual([
      ...['endpoint:registered', 'endpoints:checked', 'endpoint:removed'],
    ]);
  });

  it('announces attached servers from what the models say of them', async () => {
    const fleet = new FakeFleet();
    const one = { ...(await new FakeFleet().register()), origin: 'attached' } as const;
    fleet.events.emit('attached:changed', { endpoints: [one] });
    expect(fleet.of('endpoint:registered')).toEqual([{ endpoint: one }]);
  });

  it('takes over what was only found, and waits for what a person registered', async () => {
    const fleet = new FakeFleet();
    await fleet.registry.register({ host: 'h', port: 1, source: 'auto' });
    await fleet.register(2);
    const managed = (port: number) => ({ ...fleet.at(port), origin: 'managed' as const, name: 'own' });
    fleet.registry.mirror('managed', [managed(1), managed(2)]);
    expect(fleet.registry.endpoints().map(({ id, origin }) => [id, origin])).toEqual([
      [idAt(2), 'registered'],
      [idAt(1), 'managed'],
    ]);
    await fleet.registry.remove(idAt(2));
    expect(fleet.at(2)).toMatchObject({ origin: 'managed', name: 'own' });
    fleet.registry.mirror('managed', []);
    expect(fleet.registry.endpoints()).toEqual([]);
    await fleet.registry.dispose();
  });

  it('shows an endpoint that two others name once, and the second when the first is gone', async () => {
    const fleet = new FakeFleet();
    const one = await new FakeFleet().register();
    fleet.registry.mirror('attached', [{ ...one, origin: 'attached' }]);
    fleet.registry.mirror('managed', [{ ...one, origin: 'managed' }]);
    expect(fleet.at().origin).toBe('attached');
    fleet.registry.mirror('attached', []);
    expect(fleet.registry.endpoints().map(({ origin }) => origin)).toEqual(['managed']);
  });
});

describe('snapshot', () => {
  it('is the same object until something changes, and tells which models the fleet has', async () => {
    const fleet = new FakeFleet();
    const backend = fleet.network.put('h:1');
    backend.reading = { ...backend.reading, models: [fakeBackendModel('llama3')] };
    await fleet.register();
    expect(fleet.registry.snapshot().fleetModels).toEqual([]);
    await fleet.clock.advance(400);
    const before = fleet.registry.snapshot();
    expect(fleet.registry.snapshot()).toBe(before);
    expect(before).toMatchObject({
      endpoints: [{ id: idAt(), status: 'healthy' }],
      resources: [],
      fleetModels: [{ model: 'llama3', hosts: 1, loadedHosts: 1 }],
    });
    await fleet.clock.advance(1000);
    expect(fleet.registry.snapshot()).not.toBe(before);
    expect(fleet.registry.snapshot().fleetModels).toBe(before.fleetModels);
    await fleet.registry.remove(idAt());
    expect(fleet.registry.snapshot()).toEqual({ endpoints: [], resources: [], fleetModels: [] });
    await fleet.registry.dispose();
  });
});
