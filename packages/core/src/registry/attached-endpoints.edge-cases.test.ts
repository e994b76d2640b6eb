import { describe, expect, it } from 'vitest';
import { FakeHouse } from '../models/fake-servers.fixture.js';
import { SimulatedClock } from '../testing/simulated-clock.js';
import { FakeBackend, fakeBackendModel } from './fake-backends.fixture.js';

const attachedHouse = async (models = [fakeBackendModel('a')]) => {
  const house = new FakeHouse(0).listen();
  const backend = new FakeBackend('llama-router');
  backend.reading = { ...backend.reading, models };
  house.network.backends.set('h:1', backend);
  await house.hub.open();
  return { house, backend };
};

describe('attached servers at the edge', () => {
  it('an attached endpoint is looked at once a tick, however many models it has', async () => {
    const { house, backend } = await attachedHouse();
    await house.manager.attach({ url: 'http://h:1' });
    const { checks } = backend;
    await house.clock.advance(10_000);
    expect(backend.checks - checks).toBe(10);
    await house.dispose();
  });

  it('P-4 a running model of an attached endpoint is back after two good checks, not one', async () => {
    const { house, backend } = await attachedHouse();
    await house.manager.attach({ url: 'http://h:1' });
    const good = backend.reading;
    backend.reading = { condition: 'timeout', latencyMs: null, models: null, problem: 'Timed out' };
    await house.clock.advance(3000);
    expect(house.manager.list()[0]?.state).toBe('unhealthy');
    backend.reading = good;
    const before = backend.checks;
    for (let i = 0; i < 60 && backend.checks === before; i++) await house.clock.advance(100);
    expect([
      backend.checks - before,
      house.manager.list()[0]?.state,
      house.manager.endpoints[0]?.status,
    ]).toEqual([1, 'unhealthy', 'unhealthy']);
    await house.dispose();
  });

  it('F28 a fault of our own while an endpoint is recognised says nothing of it', async () => {
    const { house } = await attachedHouse();
    house.network.condition = 'local_resource';
    await house.manager.attach({ url: 'http://other:1' });
    await house.clock.advance(10_000);
    expect(house.manager.endpoints[0]?.status).toBe('unknown');
    expect(house.network.connects).toBeGreaterThan(8);
    await house.dispose();
  });

  it('a server that cannot be kept leaves no connection behind', async () => {
    const clock = new SimulatedClock();
    const endpointStore = {
      loadEndpoints: async () => [],
      saveEndpoint: () =>
        new Promise<void>((_, reject) => clock.setTimeout(() => reject(new Error('disk full')), 1500)),
      removeEndpoint: async () => undefined,
    };
    const house = new FakeHouse(0, { endpointStore }, clock);
    const backend = new FakeBackend();
    house.network.backends.set('h:1', backend);
    await house.hub.open();
    const refused = expect(house.manager.attach({ url: 'http://h:1' })).rejects.toMatchObject({
      code: 'store_failed',
    });
    await clock.advance(3000);
    await refused;
    expect([house.manager.endpoints, house.network.connects === 0 || backend.closed]).toEqual([[], true]);
    await house.dispose();
  });

  it('a server whose removal cannot be kept stays attached, with an error that says so', async () => {
    const endpointStore = {
      loadEndpoints: async () => [],
      saveEndpoint: async () => undefined,
      removeEndpoint: async () => {
        throw new Error('disk full');
      },
    };
    const house = new FakeHouse(0, { endpointStore });
    await house.hub.open();
    const { id } = await house.manager.attach({ url: 'http://h:1' });
    await expect(house.manager.detach(id)).rejects.toMatchObject({ code: 'store_failed', retryable: true });
    await house.dispose();
  });

  it('F27 an attach under way at dispose leaves no connection', async () => {
    const house = new FakeHouse(0);
    const backend = new FakeBackend();
    house.network.backends.set('h:1', backend);
    await house.hub.open();
    const judge = house.network.judge.bind(house.network);
    house.network.judge = async (url) => {
      await new Promise<void>((resolve) => house.clock.setTimeout(resolve, 1000));
      return judge(url);
    };
    const attached = house.manager.attach({ url: 'http://h:1' }).catch((error: unknown) => error);
    await house.clock.advance(100);
    await house.dispose();
    await attached;
    expect(house.network.connects === 0 || backend.closed).toBe(true);
  });

  it('an endpoint that became a server of another kind is recognised anew', async () => {
    const { house, backend } = await attachedHouse();
    await house.manager.attach({ url: 'http://h:1' });
    backend.reading = { condition: 'unrecognised', latencyMs: null, models: null, problem: 'Something else' };
    const other = new FakeBackend('llama-swap');
    other.reading = { ...other.reading, models: [fakeBackendModel('b')] };
    house.network.backends.set('h:1', other);
    await house.clock.advance(120_000);
    expect(house.manager.endpoints[0]).toMatchObject({ kind: 'llama-swap', models: [{ name: 'b' }] });
    await house.dispose();
  });

  it('the port of an attached model is not taken out of our own range', async () => {
    const { house } = await attachedHouse();
    await house.manager.attach({ url: 'http://h:1' });
    const [model] = house.manager.list();
    await expect(house.manager.update(model!.modelId, { port: 8100 })).rejects.toThrow();
    await house.dispose();
  });

  it('an attached model shows the speed that its backend counts', async () => {
    const { house, backend } = await attachedHouse();
    await house.manager.attach({ url: 'http://h:1' });
    const numbers = () => ({
      generatedTokens: { total: house.clock.now() / 100, atMs: house.clock.now(), epoch: null },
      promptTokens: null,
      promptSeconds: null,
      load: null,
      slots: null,
      contextUsedTokens: null,
      contextSizeTokens: null,
      source: 'fake',
    });
    backend.onCheck = async () => ({
      ...backend.reading,
      models: [fakeBackendModel('a', 'ready', { numbers: numbers() })],
    });
    await house.clock.advance(5000);
    expect(house.manager.seriesWire()[0]?.currentTokensPerSecond).toBe(10);
    await house.dispose();
  });
});

describe('a server of someone else that hangs', () => {
  it('costs our own models no check, and their slots stay known', async () => {
    const house = await FakeHouse.ready();
    const backend = new FakeBackend();
    house.network.backends.set('h:1', backend);
    await house.manager.attach({ url: 'http://h:1' });
    // A real probe that is asked after its deadline has no answer.
    house.servers.onCheck = async (process, signal) =>
      signal.aborted
        ? { ...process.reading(), condition: 'unreachable', latencyMs: null, problem: 'No answer' }
        : process.reading();
    await house.clock.advance(3000);
    backend.onCheck = (signal) =>
      new Promise((resolve) => {
        const late = { condition: 'timeout', latencyMs: null, models: null, problem: 'No answer' } as const;
        signal.addEventListener('abort', () => resolve(late));
      });
    await house.clock.advance(20_000);
    expect(house.manager.get('m0')).toMatchObject({ state: 'ready', consecutiveFailures: 0 });
    expect(house.manager.seriesWire()[0]?.valid.latencyMs.every(Boolean)).toBe(true);
    expect(house.manager.endpoints[0]?.status).toBe('unhealthy');
    await house.dispose();
  });
});
