import { describe, expect, it } from 'vitest';
import { FakeHouse } from '../models/fake-servers.fixture.js';
import type { EndpointKind } from './endpoint.js';
import { FakeBackend, fakeBackendModel } from './fake-backends.fixture.js';
import { BackendFailure, type BackendModelReading, type BackendReading } from './ports.js';

const url = 'http://h:1';
const missed: BackendReading = { condition: 'timeout', latencyMs: null, models: null, problem: 'Timed out' };

/** A house with one attached backend that serves these models. */
async function attached(models: readonly BackendModelReading[] = [], kind: EndpointKind = 'llama-router') {
  const house = new FakeHouse(0).listen();
  const backend = new FakeBackend(kind);
  backend.reading = { ...backend.reading, models };
  house.network.backends.set('h:1', backend);
  await house.hub.open();
  await house.manager.attach({ url });
  return { house, backend };
}
const only = (house: FakeHouse) => house.manager.endpoints[0]!;
const states = (house: FakeHouse) =>
  house.manager.list().map(({ filename, state }) => `${filename} ${state}`);

describe('an endpoint that does not answer', () => {
  it('is asked again after 1, 2, 4, 8, 16 and then every 30 s, and recognised when it comes', async () => {
    const house = new FakeHouse(0).listen();
    const askedMs: number[] = [];
    house.network.onConnect = async () => void askedMs.push(house.clock.now());
    await house.hub.open();
    await house.manager.attach({ url });
    expect(only(house)).toMatchObject({ status: 'unhealthy', condition: 'refused', kind: null, models: [] });
    await house.clock.advance(125_000);
    const pauses = askedMs.slice(1).map((ms, i) => ms - askedMs[i]!);
    expect(pauses).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
    const backend = new FakeBackend('llama-swap');
    backend.reading = { ...backend.reading, models: [fakeBackendModel('a')] };
    house.network.backends.set('h:1', backend);
    await house.clock.advance(32_000);
    expect(only(house)).toMatchObject({
      status: 'healthy',
      condition: 'ok',
      kind: 'llama-swap',
      models: [{ name: 'a', state: 'ready', sizeBytes: null, vramBytes: null }],
    });
    expect(house.of('attached:changed').at(-1)?.endpoints).toEqual([{ ...only(house), ...anyTime }]);
    await house.dispose();
  });

  it('is looked at every second while it may come back, less and less after three misses, and anew after a hit', async () => {
    const { house, backend } = await attached();
    const askedMs: number[] = [];
    backend.onCheck = async () => {
      askedMs.push(house.clock.now());
      return backend.reading;
    };
    const good = backend.reading;
    backend.reading = missed;
    await house.clock.advance(20_000);
    expect(askedMs).toEqual([1000, 2000, 3000, 4000, 6000, 10_000, 18_000]);
    expect(only(house).status).toBe('unhealthy');
    backend.reading = good;
    await house.clock.advance(18_000);
    askedMs.length = 0;
    await house.clock.advance(3000);
    expect([askedMs, only(house).status]).toEqual([[39_000, 40_000, 41_000], 'healthy']);
    await house.dispose();
  });

  it('F28 is not to blame for a fault of our own', async () => {
    const { house, backend } = await attached([fakeBackendModel('a')]);
    await house.clock.advance(1000);
    const before = only(house);
    backend.reading = { ...missed, condition: 'local_resource' };
    const { checks } = backend;
    await house.clock.advance(60_000);
    expect(only(house)).toEqual(before);
    expect(backend.checks - checks).toBeGreaterThanOrEqual(60);
    expect(states(house)).toEqual(['a ready']);
    expect(house.manager.seriesWire()[0]?.currentLatencyMs).toBeNull();
    await house.dispose();
  });
});

/** Times that go on without an event. */
const anyTime = { lastCheckedAt: expect.anything(), latencyMs: expect.anything() };

describe('the models of an endpoint', () => {
  it.each([
    ['llama-server', 'none'],
    ['llama-router', 'router'],
    ['llama-swap', 'swap'],
  ] as const)('of a %s have the control %s and the states that it says', async (kind, control) => {
    const said = ['unloaded', 'loading', 'ready', 'sleeping', 'stopping', 'failed'] as const;
    const { house } = await attached(
      said.map((state) => fakeBackendModel(state, state)),
      kind,
    );
    expect(states(house)).toEqual([
      'unloaded offline',
      'loading loading',
      'ready ready',
      'sleeping sleeping',
      'stopping stopping',
      'failed failed',
    ]);
    for (const model of house.manager.list())
      expect(model).toMatchObject({ control, endpointId: url, port: 1 });
    await house.dispose();
  });

  it('appear and disappear as it lists them, and stay when the list cannot be read', async () => {
    const { house, backend } = await attached([fakeBackendModel('a'), fakeBackendModel('b', 'unloaded')]);
    const listed = () => only(house).models.map(({ name }) => name);
    backend.reading = { ...backend.reading, models: [fakeBackendModel('b'), fakeBackendModel('c')] };
    await house.clock.advance(1000);
    expect([listed(), states(house)]).toEqual([
      ['b', 'c'],
      ['b ready', 'c ready'],
    ]);
    expect(
      house
        .of('models:scanned')
        .at(-1)
        ?.models.map(({ filename }) => filename),
    ).toEqual(['b', 'c']);
    expect(house.manager.get(`${url} a`)).toBeUndefined();
    backend.reading = { ...backend.reading, models: null };
    await house.clock.advance(1000);
    expect([listed(), states(house)]).toEqual([
      ['b', 'c'],
      ['b ready', 'c ready'],
    ]);
    backend.reading = { ...backend.reading, models: [] };
    await house.clock.advance(1000);
    expect(house.manager.list()).toEqual([]);
    await house.dispose();
  });

  it('are unhealthy after three misses where they ran, and as they were where not', async () => {
    const { house, backend } = await attached([
      fakeBackendModel('a'),
      fakeBackendModel('b', 'unloaded'),
      fakeBackendModel('c', 'failed', { problem: 'Out of memory' }),
    ]);
    const good = backend.reading;
    // Two looks that miss change nothing; the backend is looked at once a second.
    let misses = 0;
    backend.onCheck = async () => (misses++ < 2 ? missed : good);
    await house.clock.advance(1000);
    expect(states(house)).toEqual(['a ready', 'b offline', 'c failed']);
    await house.clock.advance(5000);
    backend.onCheck = async () => missed;
    await house.clock.advance(5000);
    expect(states(house)).toEqual(['a unhealthy', 'b offline', 'c failed']);
    expect(house.manager.list()[0]).toMatchObject({
      isHealthy: false,
      errorMessage: 'Timed out',
      latencyMs: null,
    });
    backend.onCheck = async () => good;
    await house.clock.advance(40_000);
    expect(states(house)).toEqual(['a ready', 'b offline', 'c failed']);
    expect(house.manager.list()[2]).toMatchObject({ errorMessage: 'Out of memory' });
    await house.dispose();
  });

  it('have the numbers that it tells, null where it does not, and a slot every tick', async () => {
    const { house, backend } = await attached();
    const numbers = (total: number) => ({
      generatedTokens: { total, atMs: house.clock.now(), epoch: null },
      promptTokens: null,
      promptSeconds: null,
      load: { processing: 1, deferred: 0 },
      slots: 4,
      contextUsedTokens: null,
      contextSizeTokens: null,
      source: 'llama-server /metrics',
    });
    backend.onCheck = async () => ({
      ...backend.reading,
      models: [
        fakeBackendModel('a', 'ready', { sizeBytes: 7e9, numbers: numbers(house.clock.now() / 100) }),
        fakeBackendModel('b', 'unloaded'),
      ],
    });
    await house.clock.advance(5000);
    const [a, b] = house.manager.list();
    expect(a).toMatchObject({ sizeBytes: 7e9, assignedTier: 'balanced', load: { processing: 1 }, pid: null });
    expect(b).toMatchObject({ sizeBytes: null, load: null, requestCount: null, uptimeSeconds: null });
    const wires = house.manager.seriesWire();
    expect(wires.map(({ valid }) => valid.latencyMs.length)).toEqual([5, 5]);
    expect(wires[1]).toMatchObject({
      currentLatencyMs: null,
      currentTokensPerSecond: null,
      currentMemoryGb: null,
    });
    expect(wires[0]).toMatchObject({ currentLatencyMs: 3, currentMemoryGb: null });
    const { values } = house.manager.details(a!.modelId);
    expect(values.slots).toMatchObject({ value: 4, source: 'llama-server /metrics', valid: true });
    expect(values.memoryAnonymousBytes).toMatchObject({ value: null, valid: false });
    await house.dispose();
  });

  it('keep what a person chose, and are called with the key of nobody', async () => {
    const { house } = await attached([fakeBackendModel('a')]);
    await house.manager.update(`${url} a`, { pinned: true, tierOverride: 'powerful' });
    await house.clock.advance(2000);
    expect(house.manager.list()[0]).toMatchObject({ pinned: true, tierOverride: 'powerful' });
    expect(house.manager.access(`${url} a`)).toEqual({ baseUrl: url, apiKey: null });
    await house.dispose();
  });
});

describe('commands to the models of an endpoint', () => {
  it.each(['llama-router', 'llama-swap'] as const)('reach a %s', async (kind) => {
    const { house, backend } = await attached([fakeBackendModel('a', 'unloaded')], kind);
    await house.manager.start(`${url} a`);
    await house.manager.stop(`${url} a`);
    expect(backend.commands).toEqual(['load a', 'unload a']);
    await expect(house.manager.restart(`${url} a`)).rejects.toMatchObject({ code: 'action_not_supported' });
    await house.dispose();
  });

  it('are refused where the backend has none', async () => {
    const { house } = await attached([fakeBackendModel('a')], 'llama-server');
    for (const action of ['start', 'stop', 'restart'] as const)
      await expect(house.manager[action](`${url} a`)).rejects.toMatchObject({
        code: 'action_not_supported',
        retryable: false,
      });
    await house.dispose();
  });

  it('say why they were not taken, are called off after 3 s, and leave no timer', async () => {
    const { house, backend } = await attached([fakeBackendModel('a', 'unloaded')]);
    const timers = house.clock.timerCount;
    const refusing = Object.assign(backend, {
      load: async () => Promise.reject(new BackendFailure('server_error', 'The server answered 500')),
    });
    await expect(house.manager.start(`${url} a`)).rejects.toMatchObject({
      code: 'endpoint_unreachable',
      message: 'The server answered 500',
      retryable: true,
    });
    refusing.load = async () => Promise.reject(new Error('secret of the network'));
    await expect(house.manager.start(`${url} a`)).rejects.toThrow('The server did not take the command');
    Object.assign(backend, {
      load: (_: string, signal: AbortSignal) =>
        new Promise((_resolve, reject) =>
          signal.addEventListener('abort', () => reject(new BackendFailure('timeout', 'No answer in time'))),
        ),
    });
    const late = expect(house.manager.start(`${url} a`)).rejects.toThrow('No answer in time');
    await house.clock.advance(3000);
    await late;
    expect(house.clock.timerCount).toBe(timers);
    await house.dispose();
  });
});

describe('looks at an endpoint', () => {
  it('F54 never overlap, also when they hang', async () => {
    const { house, backend } = await attached([fakeBackendModel('a'), fakeBackendModel('b')]);
    backend.onCheck = (signal) =>
      new Promise((resolve) => {
        if (signal.aborted) resolve(missed);
        else signal.addEventListener('abort', () => resolve(missed), { once: true });
      });
    await house.clock.advance(3000);
    house.clock.block(30_000);
    await house.clock.advance(30_000);
    expect(backend.mostAtOnce).toBe(1);
    expect(only(house).status).toBe('unhealthy');
    await house.dispose();
    expect([backend.closed, house.clock.timerCount]).toEqual([true, 0]);
  });

  it('F55 are dropped when they answer after the endpoint was let go of', async () => {
    const { house, backend } = await attached([fakeBackendModel('a')]);
    let answer: (reading: BackendReading) => void = () => expect.unreachable();
    backend.onCheck = () => new Promise((resolve) => (answer = resolve));
    await house.clock.advance(1000);
    const gone = house.manager.detach(only(house).id);
    await house.clock.advance(0);
    expect([house.manager.endpoints, house.manager.list()]).toEqual([[], []]);
    const heard = house.heard.length;
    answer({ ...backend.reading, models: [fakeBackendModel('a', 'failed'), fakeBackendModel('late')] });
    await gone;
    await house.clock.advance(0);
    const later = house.heard.slice(heard).map(({ name }) => name);
    expect(later.filter((name) => name !== 'models:sampled')).toEqual([]);
    expect([house.manager.list(), backend.closed]).toEqual([[], true]);
    await house.dispose();
  });

  it('F55 close what was recognised after the endpoint was let go of', async () => {
    const house = new FakeHouse(0);
    await house.hub.open();
    await house.manager.attach({ url });
    const backend = new FakeBackend();
    house.network.backends.set('h:1', backend);
    let answer: () => void = () => expect.unreachable();
    house.network.onConnect = () => new Promise((resolve) => (answer = resolve));
    await house.clock.advance(2000);
    const gone = house.manager.detach(only(house).id);
    answer();
    await gone;
    await house.clock.advance(2000);
    expect([backend.closed, backend.checks]).toEqual([true, 0]);
    await house.dispose();
  });
});
