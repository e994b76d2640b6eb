import { describe, expect, it } from 'vitest';
import { SimulatedClock } from '../testing/simulated-clock.js';
import { fakeLeftRunning } from './fake-process.fixture.js';
import { FakeHouse, fakeFile } from './fake-servers.fixture.js';
import { InMemoryModelStore } from './in-memory-model-store.js';

describe('models at the edge', () => {
  it('F26 a stop that comes right after a restart is the last word', async () => {
    const house = await FakeHouse.ready();
    void house.manager.restart('m0');
    void house.manager.stop('m0');
    await house.clock.advance(60_000);
    expect(house.state()).toBe('offline');
    await house.dispose();
  });

  it('F27 a server that ends while the hub lets go of it is not started again', async () => {
    const house = new FakeHouse(1, { onExit: 'adopt' });
    await house.hub.open();
    const { servers, clock } = house;
    const launch = servers.launch.bind(servers);
    servers.launchMs = 100;
    servers.launch = (request) => launch(request, new AbortController().signal);
    servers.onProcess = (process) => process.crash();
    void house.manager.start('m0');
    await clock.advance(10);
    const disposed = house.hub.dispose();
    await clock.advance(60_000);
    await disposed;
    expect([house.clock.timerCount, servers.alive.length, servers.launches.length]).toEqual([0, 0, 1]);
  });

  it('F27 a dispose while the hub opens leaves no server that was taken over', async () => {
    const clock = new SimulatedClock();
    const store = new InMemoryModelStore();
    store.loadSeries = () => new Promise((resolve) => clock.setTimeout(() => resolve(new Map()), 1000));
    const left = fakeLeftRunning('m0', 8100, clock);
    left.process.condition = 'loading';
    const house = new FakeHouse(1, { store, leftRunning: [left] }, clock);
    const opened = house.hub.open();
    await clock.advance(10);
    const disposed = house.hub.dispose();
    await clock.advance(5000);
    await disposed;
    await opened;
    expect({
      timers: clock.timerCount,
      probes: house.servers.openProbes,
      alive: house.servers.alive.length,
    }).toEqual({ timers: 0, probes: 0, alive: 0 });
  });

  it('a port that a person chose is still the one after the file was away for a while', async () => {
    const house = new FakeHouse(2);
    await house.hub.open();
    await house.manager.update('m0', { port: 8150 });
    house.servers.files = [fakeFile(1)];
    await house.manager.scan();
    await expect(house.manager.update('m1', { port: 8150 })).rejects.toMatchObject({
      code: 'invalid_settings',
    });
    house.servers.files = [fakeFile(0), fakeFile(1)];
    await house.manager.scan();
    await house.manager.start('m0');
    await house.clock.advance(0);
    expect(house.manager.get('m0')).toMatchObject({ port: 8150, fixedPort: 8150 });
    await house.dispose();
  });

  it('a first change of a model keeps the tier that its file begins with', async () => {
    const house = new FakeHouse(1, { tierOverride: () => 'powerful' });
    await house.hub.open();
    await house.manager.update('m0', { pinned: true });
    expect(house.manager.get('m0')).toMatchObject({ pinned: true, tierOverride: 'powerful' });
    await house.dispose();
  });

  it('the prompt speed is stale after a missed reading', async () => {
    const house = await FakeHouse.ready();
    let prompts = 0;
    const check = house.servers.onCheck;
    house.servers.onCheck = async (process, signal) => {
      const reading = await check(process, signal);
      prompts += 10;
      return reading.numbers
        ? { ...reading, numbers: { ...reading.numbers, promptTokens: prompts, promptSeconds: prompts / 100 } }
        : reading;
    };
    await house.clock.advance(3000);
    expect(house.manager.details('m0').values.promptTokensPerSecond).toMatchObject({ valid: true });
    house.servers.newest.condition = 'unreachable';
    await house.clock.advance(1000);
    expect(house.manager.details('m0').values.promptTokensPerSecond).toMatchObject({ valid: false });
    await house.dispose();
  });

  it('a restart after a crash uses the port that was chosen meanwhile', async () => {
    const house = await FakeHouse.ready();
    await house.manager.update('m0', { port: 8150 });
    house.servers.newest.crash();
    await house.clock.advance(5000);
    expect(house.manager.get('m0')).toMatchObject({ state: 'ready', port: 8150, restartNeeded: false });
    await house.dispose();
  });

  it('a server taken over on a port outside the range starts within it the next time', async () => {
    const clock = new SimulatedClock();
    const house = new FakeHouse(1, { leftRunning: [fakeLeftRunning('m0', 9999, clock)] }, clock);
    await house.hub.open();
    await clock.advance(100);
    await house.manager.stop('m0');
    await clock.advance(100);
    await house.manager.start('m0');
    await clock.advance(100);
    expect(house.manager.get('m0')).toMatchObject({ state: 'ready', port: 8100 });
    await house.dispose();
  });

  it('a stop of all does not cut short the drain of a stop under way', async () => {
    const house = await FakeHouse.ready();
    house.servers.newest.load = { processing: 1, deferred: 0 };
    await house.manager.stop('m0');
    await house.clock.advance(1000);
    house.manager.stopAll();
    await house.clock.advance(1000);
    expect(house.state()).toBe('stopping');
    await house.dispose();
  });

  it('F27 a start of all starts no model that a scan has dropped meanwhile', async () => {
    const house = new FakeHouse(3);
    await house.hub.open();
    house.servers.launchMs = 1000;
    house.manager.startAll();
    await house.clock.advance(100);
    house.servers.files = [fakeFile(0), fakeFile(1)];
    await house.manager.scan();
    await house.clock.advance(10_000);
    await house.dispose();
    expect([house.servers.launches.length, house.servers.alive.length]).toEqual([2, 0]);
  });

  it('F27 who waits for a server hears of the end of a hub that leaves it running', async () => {
    const house = await FakeHouse.ready({ onExit: 'adopt' });
    let settled = false;
    void house.manager
      .whenStopped('m0')
      .catch(() => undefined)
      .then(() => (settled = true));
    await house.dispose();
    expect(settled).toBe(true);
  });

  it('F54 a frozen check in a drain (busy server) does not end the drain', async () => {
    const house = await FakeHouse.ready();
    house.servers.newest.load = { processing: 1, deferred: 0 };
    await house.clock.advance(1000);
    house.servers.newest.frozen = true;
    await house.manager.stop('m0');
    await house.clock.advance(1000);
    expect(house.servers.newest.stops).toEqual([]);
    await house.dispose();
  });
});
