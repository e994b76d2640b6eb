import { describe, expect, it } from 'vitest';
import { sleep } from '../clock.js';
import { aborted, FakeBackend, fakeBackendModel } from './fake-backends.fixture.js';
import { FakeFleet, hanging, healthyFleet, idAt, missedReading, seeded } from './fake-fleet.fixture.js';

describe('an endpoint that works', () => {
  it('is healthy 150 ms after its first good check, then asked once a second, whole only when a person asks', async () => {
    const fleet = new FakeFleet();
    const askedMs: number[] = [];
    const backend = fleet.network.put('h:1', new FakeBackend('ollama'));
    backend.onCheck = async () => {
      askedMs.push(fleet.clock.now());
      return backend.reading;
    };
    await fleet.register();
    await fleet.clock.advance(200);
    expect([askedMs, fleet.path(), fleet.at().kind]).toEqual([
      [0, 160],
      ['unknown ok', 'healthy ok'],
      'ollama',
    ]);
    await fleet.clock.advance(10_000);
    const pauses = askedMs.slice(3).map((ms, i) => ms - askedMs[i + 2]!);
    expect([pauses, fleet.network.connects]).toEqual([Array(pauses.length).fill(1000), 1]);
    await fleet.registry.dispose();
  });

  it('announces new times of checks at most once a second, and other facts at once', async () => {
    const { fleet, backend } = await healthyFleet();
    await fleet.clock.advance(10_000);
    expect(fleet.heard.map(({ name }) => name)).toEqual(Array(10).fill('endpoints:checked'));
    const { lastCheckedAt } = fleet.at();
    expect(fleet.of('endpoints:checked').at(-1)).toEqual({
      checks: [{ endpointId: idAt(), lastCheckedAt, latencyMs: 3, queueDepth: null }],
    });
    backend.reading = { ...backend.reading, models: [fakeBackendModel('a')] };
    await fleet.clock.advance(1000);
    expect(fleet.of('endpoint:updated')).toMatchObject([{ endpoint: { models: [{ name: 'a' }] } }]);
    await fleet.registry.dispose();
  });

  it('keeps its models while their list is not read, and has no latency or queue where it does not answer', async () => {
    const { fleet, backend } = await healthyFleet();
    const models = [fakeBackendModel('a')];
    backend.reading = { ...backend.reading, models, queueDepth: 2 };
    await fleet.clock.advance(1000);
    expect(fleet.at()).toMatchObject({ latencyMs: 3, queueDepth: 2 });
    backend.reading = missedReading();
    await fleet.clock.advance(1000);
    expect(fleet.at()).toMatchObject({
      ...{ status: 'healthy', condition: 'timeout', latencyMs: null, queueDepth: null },
      models: [{ name: 'a', state: 'ready' }],
    });
    await fleet.registry.dispose();
  });

  it('is recognised anew when something else answers there', async () => {
    const { fleet, backend } = await healthyFleet();
    backend.reading = { ...missedReading('unrecognised') };
    fleet.network.put('h:1', new FakeBackend('vllm'));
    await fleet.clock.advance(2000);
    expect([backend.closed, fleet.at().kind]).toEqual([false, 'llama-server']);
    await fleet.clock.advance(4000);
    expect(backend.closed).toBe(true);
    expect(fleet.path()).toEqual([
      ...['healthy unrecognised', 'unhealthy unrecognised', 'unhealthy ok', 'healthy ok'],
    ]);
    expect(fleet.at().kind).toBe('vllm');
    await fleet.registry.dispose();
  });

  it('is not as green as before when its backend breaks its promise not to reject', async () => {
    const { fleet, backend } = await healthyFleet();
    backend.onCheck = () => Promise.reject(new Error('a bug'));
    await fleet.clock.advance(4000);
    expect(fleet.at()).toMatchObject({ status: 'unhealthy', condition: 'server_error' });
    await fleet.registry.dispose();
  });
});

describe('an endpoint that fails', () => {
  it('F29 is unhealthy within 3.1 s when it refuses, then asked after 1, 2, 4, 8, 15, 30 s ±10 %', async () => {
    for (const [random, factor] of [
      [() => 0, 1],
      [() => 0.5, 1.05],
      [() => 0.999_999, 1.1],
    ] as const) {
      const fleet = new FakeFleet({ random });
      const askedMs: number[] = [];
      fleet.network.onConnect = async () => void askedMs.push(fleet.clock.now());
      await fleet.register();
      await fleet.clock.advance(3100);
      expect(fleet.path()).toEqual(['unknown refused', 'unhealthy refused']);
      await fleet.clock.advance(130_000);
      // Each of the first three checks tried twice; in a check that changes nothing one try is enough.
      const starts = askedMs.filter((ms, i) => ms !== askedMs[i - 1]);
      expect(askedMs.length - starts.length).toBe(3);
      const pauses = starts.slice(3).map((ms, i) => ms - starts[i + 2]!);
      [1, 2, 4, 8, 15, 30, 30].forEach((seconds, i) => {
        expect(Math.abs(pauses[i]! - seconds * 1000 * factor)).toBeLessThanOrEqual(20);
      });
      await fleet.registry.dispose();
    }
  });

  it.each([
    ['timeout', 2],
    ['server_error', 2],
    ['redirect_refused', 1],
    ['body_too_large', 1],
  ] as const)('F47 that says %s is asked %i times in a check', async (condition, times) => {
    const { fleet, backend } = await healthyFleet();
    const { checks } = backend;
    backend.reading = { ...missedReading(), condition };
    await fleet.clock.advance(1000);
    expect(backend.checks - checks).toBe(times);
    await fleet.registry.dispose();
  });

  it('keeps the names of its models, and claims nothing of its memory any more', async () => {
    const { fleet, backend } = await healthyFleet();
    const { reading } = backend;
    const loaded = { ...fakeBackendModel('llama3'), sizeBytes: 5, vramBytes: 4 };
    backend.reading = { ...reading, models: [loaded] };
    await fleet.clock.advance(1100);
    expect(fleet.at()?.models).toMatchObject([{ name: 'llama3', state: 'ready', vramBytes: 4 }]);
    backend.reading = missedReading();
    await fleet.clock.advance(4000);
    expect(fleet.at()).toMatchObject({ status: 'unhealthy' });
    expect(fleet.at()?.models).toEqual([{ name: 'llama3', state: null, sizeBytes: null, vramBytes: null }]);
    backend.reading = { ...reading, models: [loaded] };
    await fleet.clock.advance(10_000);
    expect(fleet.at()?.models).toMatchObject([{ name: 'llama3', state: 'ready', vramBytes: 4 }]);
    await fleet.registry.dispose();
  });

  it('F29 is asked every second again after one good check', async () => {
    const { fleet, backend } = await healthyFleet();
    const { reading } = backend;
    backend.reading = missedReading();
    await fleet.clock.advance(70_000);
    const askedMs: number[] = [];
    backend.onCheck = async () => {
      askedMs.push(fleet.clock.now());
      return reading;
    };
    await fleet.clock.advance(33_000);
    const pauses = askedMs.slice(1).map((ms, i) => ms - askedMs[i]!);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(1520);
    expect(fleet.path().slice(-2)).toEqual(['unhealthy ok', 'healthy ok']);
    await fleet.registry.dispose();
  });

  it('is unhealthy within 3.8 s when it hangs, and healthy again after two good checks', async () => {
    const { fleet, backend } = await healthyFleet();
    const { onCheck } = backend;
    backend.onCheck = hanging;
    const deadMs = fleet.clock.now();
    while (fleet.at().status === 'healthy') await fleet.clock.advance(10);
    expect(fleet.clock.now() - deadMs).toBeLessThanOrEqual(3800);
    backend.onCheck = onCheck;
    const { checks } = backend;
    while (fleet.at().status !== 'healthy') await fleet.clock.advance(10);
    expect(backend.checks - checks).toBe(2);
    await fleet.registry.dispose();
  });

  it('is unhealthy within 3.8 s when nothing ever answered at its address', async () => {
    const fleet = new FakeFleet();
    fleet.network.condition = 'timeout';
    fleet.network.onConnect = aborted;
    await fleet.register();
    while (fleet.at().status === 'unknown') await fleet.clock.advance(10);
    expect(fleet.clock.now()).toBeLessThanOrEqual(3800);
    await fleet.registry.dispose();
  });

  it('has 3 s to be recognised once three hasty tries came to nothing', async () => {
    const fleet = new FakeFleet();
    fleet.network.put('h:1');
    fleet.network.onConnect = (signal) => sleep(fleet.clock, 2000, signal);
    const backend = fleet.network.backends.get('h:1')!;
    backend.onCheck = async (signal) => (signal.aborted ? missedReading() : backend.reading);
    const connect = fleet.network.connect.bind(fleet.network);
    fleet.network.connect = async (target, signal) => {
      const found = await connect(target, signal);
      return signal.aborted ? { condition: 'timeout', problem: 'Nothing came in time' } : found;
    };
    await fleet.register();
    await fleet.clock.advance(12_000);
    expect(fleet.path()).toEqual(['unknown timeout', 'unhealthy timeout', 'unhealthy ok', 'healthy ok']);
    await fleet.registry.dispose();
  });

  it('is tried once more inside the deadline, when there is room for it', async () => {
    const { fleet, backend } = await healthyFleet();
    const good = backend.reading;
    const { clock } = fleet;
    for (const [failsAfterMs, tries] of [
      [0, 2],
      [690, 2],
      [710, 1],
    ] as const) {
      let asked = 0;
      backend.onCheck = async (signal) => {
        if (++asked > 1) return good;
        await sleep(clock, failsAfterMs, signal);
        return missedReading('reset');
      };
      const checked = fleet.registry.check(idAt());
      await clock.advance(710);
      await checked;
      expect([failsAfterMs, fleet.at().condition]).toEqual([failsAfterMs, tries === 2 ? 'ok' : 'reset']);
      backend.onCheck = async () => good;
      await clock.advance(3000);
    }
    await fleet.registry.dispose();
  });

  it('does not flap in 10 minutes with 10 % failing checks', async () => {
    const fleet = new FakeFleet();
    const random = seeded(20_260_101);
    let failed = 0;
    for (let port = 1; port <= 20; port++) {
      const backend = fleet.network.put(`h:${port}`);
      backend.onCheck = async () => {
        if (random() >= 0.1) return backend.reading;
        failed += 1;
        return missedReading('reset');
      };
      await fleet.register(port);
    }
    await fleet.clock.advance(5000);
    fleet.heard.length = 0;
    await fleet.clock.advance(600_000);
    expect(failed).toBeGreaterThan(1000);
    expect(fleet.of('endpoint:updated').filter(({ endpoint }) => endpoint.status !== 'healthy')).toEqual([]);
    await fleet.registry.dispose();
  }, 30_000);
});

describe('an endpoint that cannot be used now', () => {
  it.each([
    ['F43', 'loading', 60],
    ['F44', 'auth_required', 2],
    ['F45', 'rate_limited', 2],
  ] as const)(
    '%s is unknown while it says `%s`, and asked %i times a minute',
    async (_, condition, perMinute) => {
      const { fleet, backend } = await healthyFleet();
      const good = backend.reading;
      backend.reading = { ...missedReading(condition), latencyMs: 2 };
      await fleet.clock.advance(1000);
      const { checks } = backend;
      await fleet.clock.advance(60_000);
      expect(Math.abs(backend.checks - checks - perMinute)).toBeLessThanOrEqual(1);
      expect(fleet.path()).toEqual([`unknown ${condition}`]);
      backend.reading = good;
      await fleet.clock.advance(31_000);
      expect(fleet.path().slice(1)).toEqual(['unknown ok', 'healthy ok']);
      await fleet.registry.dispose();
    },
  );

  it.each(['loading', 'auth_required'] as const)(
    'is unknown, too, when it says `%s` before it is recognised',
    async (condition) => {
      const fleet = new FakeFleet();
      fleet.network.condition = condition;
      await fleet.register();
      await fleet.clock.advance(120_000);
      expect(fleet.path()).toEqual([`unknown ${condition}`]);
      await fleet.registry.dispose();
    },
  );

  it('F28 is as it was while the fault is our own', async () => {
    const { fleet, backend } = await healthyFleet();
    const before = fleet.at();
    backend.reading = missedReading('local_resource');
    await fleet.clock.advance(60_000);
    expect([fleet.at(), fleet.of('endpoint:updated')]).toEqual([before, []]);
    await fleet.registry.dispose();
  });
});
