import { describe, expect, it } from 'vitest';
import { FakeHouse } from '../models/fake-servers.fixture.js';
import { simulatedModel } from '../testing/simulated-model.js';
import { FakeFleet } from './fake-fleet.fixture.js';

const endpoints = (house: FakeHouse) => house.hub.registry().endpoints;

describe('our own servers in the fleet', () => {
  it('come with their start and go with their end', async () => {
    const house = new FakeHouse(2).listen();
    await house.hub.open();
    expect(endpoints(house)).toEqual([]);
    house.manager.start('m0');
    await house.clock.advance(2000);
    expect(endpoints(house)).toEqual([
      {
        ...{ id: 'http://127.0.0.1:8100', name: 'm0.gguf', scheme: 'http', host: '127.0.0.1', port: 8100 },
        ...{ basePath: '', kind: 'llama-server', source: 'auto', origin: 'managed', hostId: null },
        ...{ status: 'healthy', condition: 'ok', queueDepth: expect.anything() },
        models: [{ name: 'm0', state: 'ready', sizeBytes: 3e9, vramBytes: null }],
        ...{ lastCheckedAt: expect.any(String), latencyMs: expect.any(Number) },
      },
    ]);
    house.manager.stop('m0');
    await house.clock.advance(20_000);
    expect(endpoints(house)).toEqual([]);
    expect(house.of('endpoint:removed')).toEqual([{ endpointId: 'http://127.0.0.1:8100' }]);
    await house.dispose();
  });

  it('tell when they were checked last, also while nothing else changes', async () => {
    const house = await FakeHouse.ready();
    await house.clock.advance(30_000);
    const checkedMs = Date.parse(endpoints(house)[0]?.lastCheckedAt ?? '');
    expect(house.clock.wallTime() - checkedMs).toBeLessThanOrEqual(1000);
    expect(house.of('endpoints:checked').length).toBeGreaterThan(20);
    await house.dispose();
  });

  it.each([
    ['starting', 'unknown', 'loading', 'loading'],
    ['loading', 'unknown', 'loading', 'loading'],
    ['ready', 'healthy', 'ok', 'ready'],
    ['sleeping', 'healthy', 'ok', 'sleeping'],
    ['unhealthy', 'unhealthy', 'timeout', null],
    ['stopping', 'unknown', null, 'stopping'],
  ] as const)('that are %s are %s (%s)', (state, status, condition, modelState) => {
    const fleet = new FakeFleet();
    const model = simulatedModel({ modelId: 'a', state, port: 8100, control: 'owned', load: null });
    fleet.events.emit('model:state-changed', { model, previousState: 'offline' });
    expect(fleet.registry.endpoints()).toMatchObject([
      { status, condition, queueDepth: null, models: [{ state: modelState }] },
    ]);
  });

  it('are not there without a process or a port, nor when someone else runs the server', () => {
    const fleet = new FakeFleet();
    const running = { state: 'ready', port: 8100, control: 'owned' } as const;
    const models = [
      ...(['offline', 'backoff', 'failed'] as const).map((state) => ({ ...running, state })),
      { ...running, port: null },
      { ...running, control: 'router' as const },
    ].map((facts, i) => simulatedModel({ modelId: `${i}`, ...facts }));
    fleet.events.emit('models:scanned', { models, rejected: [] });
    expect(fleet.registry.endpoints()).toEqual([]);
  });

  it('are not said to be checked while they are loading', () => {
    const fleet = new FakeFleet();
    const facts = { state: 'loading', port: 8100, control: 'owned', lastCheckedAt: null } as const;
    fleet.events.emit('model:updated', { model: simulatedModel({ modelId: 'a', ...facts }) });
    fleet.events.emit('models:sampled', { tick: 1, at: '2026-01-01T00:00:09.000Z', samples: [] });
    expect(fleet.registry.endpoints()[0]?.lastCheckedAt).toBeNull();
  });

  it('know no latency from a check that was missed', () => {
    const fleet = new FakeFleet();
    const model = simulatedModel({
      modelId: 'a',
      state: 'ready',
      port: 8100,
      control: 'owned',
      latencyMs: 4,
    });
    fleet.events.emit('model:updated', { model });
    const sample = { modelId: 'a', tokensPerSecond: null, memoryGb: null, latencyMs: null };
    const at = '2026-01-01T00:00:09.000Z';
    fleet.events.emit('models:sampled', { tick: 1, at, samples: [] });
    expect(fleet.registry.endpoints()[0]).toMatchObject({ lastCheckedAt: at, latencyMs: 4 });
    fleet.events.emit('models:sampled', { tick: 2, at, samples: [sample] });
    expect(fleet.registry.endpoints()[0]).toMatchObject({ lastCheckedAt: at, latencyMs: null });
  });
});
