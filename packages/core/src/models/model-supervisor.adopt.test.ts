import { describe, expect, it } from 'vitest';
import { SimulatedClock } from '../testing/simulated-clock.js';
import { fakeLeftRunning } from './fake-process.fixture.js';
import { FakeHouse } from './fake-servers.fixture.js';
import type { ModelManagerOptions } from './model-manager.js';
import { defaultModelSettings } from './model-settings.js';

/** A house that finds `m0` left running on port 8105. */
async function adopted(
  facts: Parameters<typeof fakeLeftRunning>[3] = {},
  options: Partial<ModelManagerOptions> = {},
  prepare: (process: ReturnType<typeof fakeLeftRunning>['process']) => void = () => undefined,
) {
  const clock = new SimulatedClock();
  const left = fakeLeftRunning('m0', 8105, clock, facts);
  prepare(left.process);
  const house = new FakeHouse(2, { ...options, leftRunning: [left] }, clock).listen();
  await house.hub.open();
  await clock.advance(0);
  return { house, clock, left: left.process };
}

describe('a server that an earlier hub left running', () => {
  it('is ready once it has proved its identity, with its own process, port, start and settings', async () => {
    const startedAtWall = Date.UTC(2026, 0, 1) - 90_500;
    const settings = { ...defaultModelSettings, ctxSize: 1024 };
    const { house, left } = await adopted({ startedAtWall, settings });
    expect(house.path()).toEqual(['starting', 'ready']);
    expect(house.manager.get('m0')).toMatchObject({
      pid: left.pid,
      port: 8105,
      startedAt: new Date(startedAtWall).toISOString(),
      uptimeSeconds: 90,
      restartNeeded: true,
    });
    expect(house.servers.launches).toEqual([]);
    expect(house.manager.access('m0').baseUrl).toBe('http://127.0.0.1:8105');
    await house.clock.advance(2000);
    expect(house.manager.seriesWire()[0]?.currentMemoryGb).toBe(2);
    await house.dispose();
    expect([left.alive, left.released]).toEqual([false, false]);
  });

  it('keeps its port from everyone else, and gives it back when it is stopped', async () => {
    const { house } = await adopted({}, { portRange: { from: 8104, to: 8105 } });
    await expect(house.manager.update('m1', { port: 8105 })).rejects.toMatchObject({
      code: 'invalid_settings',
    });
    await house.manager.start('m1');
    expect(house.manager.get('m1')?.port).toBe(8104);
    await house.manager.stop('m0');
    await house.clock.advance(0);
    await house.manager.update('m1', { port: 8105 });
    expect(house.manager.get('m0')?.port).toBeNull();
    await house.dispose();
  });

  it('is not trusted when something else answers on its port', async () => {
    const { house, left } = await adopted({}, {}, (process) => (process.condition = 'impostor'));
    await house.clock.advance(1000);
    expect(house.manager.get('m0')).toMatchObject({
      state: 'failed',
      failureCode: 'port_hijacked',
      port: null,
    });
    expect([left.alive, house.servers.openProbes]).toEqual([false, 0]);
    await house.dispose();
  });

  it('starts again with the present settings after a crash', async () => {
    const { house, left } = await adopted({ settings: { ...defaultModelSettings, ctxSize: 1024 } });
    left.crash();
    await house.clock.advance(1500);
    expect(house.path()).toEqual(['starting', 'ready', 'backoff', 'starting', 'ready']);
    expect(house.servers.launches).toMatchObject([{ settings: defaultModelSettings }]);
    await house.dispose();
  });

  it('backs off when it had ended before anyone asked', async () => {
    const { house } = await adopted({}, {}, (process) => process.crash());
    expect(house.state()).toBe('backoff');
    await house.clock.advance(2000);
    expect([house.state(), house.servers.launches.length]).toEqual(['ready', 1]);
    await house.dispose();
  });

  it('is ended when its model is gone, and when it cannot be watched', async () => {
    const clock = new SimulatedClock();
    const gone = fakeLeftRunning('m7', 8107, clock);
    const house = new FakeHouse(1, { leftRunning: [gone], stopGraceMs: 3000 }, clock);
    await house.hub.open();
    expect(gone.process.stops).toEqual([{ atMs: 0, graceMs: 3000 }]);
    await house.dispose();
    const left = fakeLeftRunning('m0', 8100, clock);
    const blind = new FakeHouse(1, { leftRunning: [left] }, clock);
    blind.servers.open = () => {
      throw new Error('No sockets left');
    };
    await blind.hub.open();
    await clock.advance(0);
    expect([blind.state(), left.process.alive]).toEqual(['failed', false]);
    await blind.dispose();
  });

  it('is ended when its model has been started in the meantime: one process a model', async () => {
    const clock = new SimulatedClock();
    const left = fakeLeftRunning('m0', 8100, clock);
    const house = new FakeHouse(1, { leftRunning: [left] }, clock);
    house.events.subscribe('models:scanned', () => void house.manager.start('m0'));
    await house.hub.open();
    await clock.advance(100);
    expect(house.servers.alive.map(({ pid }) => pid)).toEqual([1001]);
    expect([left.process.alive, house.state()]).toEqual([false, 'ready']);
    await house.dispose();
  });

  it('can be stopped by a person while it is asked who it is', async () => {
    const { house, left } = await adopted({}, {}, (process) => (process.condition = 'loading'));
    await house.manager.stop('m0');
    await house.clock.advance(10_000);
    expect([house.path().at(-1), left.alive, house.servers.openProbes]).toEqual(['offline', false, 0]);
    await house.dispose();
  });
});

describe('a hub that leaves its servers running', () => {
  it.each(['ready', 'loading', 'unreachable', 'sleeping'] as const)(
    'lets go of a server that is %s, and leaves nothing else',
    async (condition) => {
      const house = await FakeHouse.ready({ onExit: 'adopt' });
      house.servers.newest.condition = condition;
      if (condition === 'loading') {
        house.servers.onProcess = (process) => (process.condition = 'loading');
        await house.manager.restart('m0');
      }
      await house.clock.advance(5000);
      const { newest } = house.servers;
      await house.dispose();
      expect([newest.alive, newest.released, newest.stops]).toEqual([true, true, []]);
      const { clock, servers, events } = house;
      expect([clock.timerCount, servers.openProbes, events.listenerCount]).toEqual([0, 0, 0]);
      newest.crash();
      await clock.advance(120_000);
      expect(servers.processes.filter(({ alive }) => alive)).toEqual([]);
    },
  );

  it('ends a server that nobody could take over, one that is being stopped, and one on its way', async () => {
    const house = new FakeHouse(3, { onExit: 'adopt' });
    await house.hub.open();
    house.servers.stopMs = 2000;
    house.servers.onProcess = (process) => process.modelId === 'm0' && delete process.release;
    for (const modelId of ['m0', 'm1']) await house.manager.start(modelId);
    await house.clock.advance(0);
    await house.manager.stop('m1');
    house.servers.launchMs = 5000;
    await house.manager.start('m2');
    await house.clock.advance(100);
    await house.dispose();
    expect([house.servers.alive, house.clock.timerCount, house.servers.openProbes]).toEqual([[], 0, 0]);
    expect(house.servers.processes.filter(({ released }) => released)).toEqual([]);
  });

  it('calls off the restart of a crashed server', async () => {
    const house = await FakeHouse.ready({ onExit: 'adopt' });
    house.servers.newest.crash();
    await house.clock.advance(0);
    await house.dispose();
    await house.clock.advance(120_000);
    expect([house.servers.launches.length, house.clock.timerCount]).toEqual([1, 0]);
  });
});
