import { describe, expect, it } from 'vitest';
import { FakeHouse } from './fake-servers.fixture.js';
import { LaunchFailure } from './ports.js';

describe('F4 a crash while the model loads', () => {
  it('wakes who waits within 50 ms, with the signal and the log, and backs off a second', async () => {
    const house = new FakeHouse().listen();
    await house.hub.open();
    house.servers.onProcess = (process) => {
      process.condition = 'loading';
      house.clock.setTimeout(() => process.crash(null, 'Segmentation fault', { signal: 'SIGSEGV' }), 500);
    };
    await house.manager.start('m0');
    let wokenMs: number | undefined;
    const refused = expect(
      house.manager.whenReady('m0').finally(() => (wokenMs = house.clock.now())),
    ).rejects.toMatchObject({
      code: 'start_failed',
      retryable: true,
      details: { signal: 'SIGSEGV', exitCode: null, logTail: ['log of 1000'] },
    });
    await house.clock.advance(1499);
    await refused;
    expect(wokenMs).toBe(500);
    expect(house.path()).toEqual(['starting', 'loading', 'backoff']);
    expect(house.manager.get('m0')).toMatchObject({ restartInSeconds: 1, lastExit: { signal: 'SIGSEGV' } });
    await house.clock.advance(1);
    expect(house.servers.launches).toHaveLength(2);
    await house.dispose();
  });
});

describe('F8 a server that the kernel may have ended for want of memory', () => {
  it('is started again twice at most', async () => {
    const house = new FakeHouse().listen();
    await house.hub.open();
    house.servers.onProcess = (process) => {
      process.condition = 'loading';
      house.clock.setTimeout(() => process.runOutOfMemory(), 10);
    };
    await house.manager.start('m0');
    await house.clock.advance(3_600_000);
    expect(house.servers.launches).toHaveLength(3);
    expect(house.manager.get('m0')).toMatchObject({
      state: 'failed',
      failureCode: 'oom_suspected',
      lastExit: { signal: 'SIGKILL' },
    });
    await house.manager.start('m0');
    await house.clock.advance(3_600_000);
    expect(house.servers.launches).toHaveLength(6);
    await house.dispose();
  });
});

describe('F20 a port that is stolen between the look and the bind', () => {
  const steal = (house: FakeHouse, ports: readonly number[]): void => {
    house.servers.onProcess = (process) => {
      if (!ports.includes(process.port)) return;
      process.condition = 'unreachable';
      house.clock.setTimeout(() => process.crash('port_in_use', 'Could not bind'), 200);
    };
  };

  it('costs one retry on another port, which counts as no crash and as no change of state', async () => {
    const house = new FakeHouse(2).listen();
    await house.hub.open();
    steal(house, [8100]);
    await house.manager.start('m0');
    await house.clock.advance(5000);
    expect(house.path()).toEqual(['starting', 'ready']);
    expect(house.manager.get('m0')).toMatchObject({ port: 8101, errorMessage: null });
    expect([house.servers.processes.length, house.servers.openProbes]).toEqual([2, 1]);
    await house.manager.start('m1');
    expect(house.manager.get('m1')?.port).toBe(8100);
    // The first crash after it is the first of all.
    house.servers.newest.crash();
    await house.clock.advance(0);
    await house.dispose();
  });

  it('leaves the full number of restarts after a crash', async () => {
    const house = new FakeHouse();
    await house.hub.open();
    steal(house, [8100]);
    await house.manager.start('m0');
    await house.clock.advance(5000);
    house.servers.newest.crash();
    await house.clock.advance(0);
    expect(house.manager.get('m0')).toMatchObject({ state: 'backoff', restartInSeconds: 1 });
    await house.dispose();
  });

  it('fails when the other port is stolen too, and is tried anew by the next start', async () => {
    const house = new FakeHouse().listen();
    await house.hub.open();
    steal(house, [8100, 8101]);
    await house.manager.start('m0');
    await house.clock.advance(5000);
    expect(house.manager.get('m0')).toMatchObject({
      state: 'failed',
      failureCode: 'port_in_use',
      port: null,
    });
    expect(house.servers.launches.map(({ port }) => port)).toEqual([8100, 8101]);
    steal(house, [8101]);
    await house.manager.start('m0');
    await house.clock.advance(5000);
    expect(house.manager.get('m0')).toMatchObject({ state: 'ready', port: 8102 });
    await house.dispose();
  });

  it.each([
    ['the port is one that a person chose', {}, 8150],
    ['there is no other port', { portRange: { from: 8100, to: 8100 } }, null],
  ])('fails at once when %s', async (_, options, port) => {
    const house = new FakeHouse(1, options);
    await house.hub.open();
    await house.manager.update('m0', { port });
    steal(house, [8100, 8150]);
    await house.manager.start('m0');
    await house.clock.advance(5000);
    expect(house.manager.get('m0')).toMatchObject({ state: 'failed', failureCode: 'port_in_use' });
    expect(house.servers.launches).toHaveLength(1);
    await house.dispose();
  });

  it('never moves a model away from the port that a person chose when the launcher finds it taken', async () => {
    const house = new FakeHouse(1);
    await house.hub.open();
    await house.manager.update('m0', { port: 8150 });
    house.servers.onLaunch = () => new LaunchFailure('port_in_use', 'Taken');
    await house.manager.start('m0');
    await house.clock.advance(5000);
    expect(house.servers.launches.map(({ port }) => port)).toEqual([8150]);
    expect(house.manager.get('m0')).toMatchObject({ state: 'failed', failureCode: 'port_in_use' });
    await house.dispose();
  });
});

describe('F28 a check that could not be made for want of our own resources', () => {
  it('says nothing of the server, for as long as it lasts', async () => {
    const house = await FakeHouse.ready();
    await house.clock.advance(2000);
    const before = house.manager.get('m0');
    house.servers.newest.condition = 'unchecked';
    await house.clock.advance(60_000);
    expect(house.path()).toEqual(['starting', 'ready']);
    expect(house.manager.get('m0')).toMatchObject({
      consecutiveFailures: 0,
      errorMessage: null,
      lastCheckedAt: before?.lastCheckedAt,
    });
    house.servers.newest.condition = 'ready';
    await house.clock.advance(1000);
    expect(house.manager.get('m0')?.lastCheckedAt).not.toBe(before?.lastCheckedAt);
    await house.dispose();
  });

  it('breaks no row: neither the misses nor the hits before it are forgotten', async () => {
    const house = await FakeHouse.ready();
    const after = async (condition: 'unreachable' | 'unchecked' | 'ready') => {
      house.servers.newest.condition = condition;
      await house.clock.advance(1000);
      return house.state();
    };
    await after('unreachable');
    await after('unreachable');
    expect(await after('unchecked')).toBe('ready');
    expect(await after('unreachable')).toBe('unhealthy');
    await after('ready');
    expect(await after('unchecked')).toBe('unhealthy');
    expect(await after('ready')).toBe('ready');
    await house.dispose();
  });

  it('keeps a start waiting', async () => {
    const house = new FakeHouse().listen();
    await house.hub.open();
    house.servers.onProcess = (process) => (process.condition = 'unchecked');
    await house.manager.start('m0');
    await house.clock.advance(5000);
    expect(house.path()).toEqual(['starting']);
    house.servers.newest.condition = 'ready';
    await house.clock.advance(1000);
    expect(house.state()).toBe('ready');
    await house.dispose();
  });
});

describe('ports', () => {
  it('are held from the start to the end of a server, through crashes and restarts, and no longer', async () => {
    const house = await FakeHouse.ready();
    const port = () => house.manager.get('m0')?.port;
    house.servers.newest.crash();
    await house.clock.advance(0);
    expect([house.state(), port()]).toEqual(['backoff', 8100]);
    await house.clock.advance(2000);
    await house.manager.restart('m0');
    const ports: (number | null)[] = [];
    house.events.subscribe('model:state-changed', ({ model }) => ports.push(model.port));
    await house.clock.advance(1000);
    expect([house.state(), ports]).toEqual(['ready', [8100, 8100, 8100]]);
    await house.manager.stop('m0');
    await house.clock.advance(1000);
    expect(port()).toBeNull();
    await house.manager.start('m0');
    await house.clock.advance(0);
    house.servers.newest.crash('model_unreadable');
    await house.clock.advance(0);
    expect([house.state(), port()]).toEqual(['failed', null]);
    await house.dispose();
  });
});
