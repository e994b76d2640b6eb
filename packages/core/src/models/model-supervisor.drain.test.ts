import { describe, expect, it } from 'vitest';
import { FakeHouse } from './fake-servers.fixture.js';

const busy = { processing: 1, deferred: 0 };

/** A ready model with requests under way. */
async function busyHouse(...options: Parameters<typeof FakeHouse.ready>): Promise<FakeHouse> {
  const house = await FakeHouse.ready(...options);
  house.servers.newest.load = busy;
  await house.clock.advance(1000);
  return house;
}
/** How long the stop that was just given left the server alone, and the grace that it was then given. */
async function stopped(house: FakeHouse): Promise<[waitedMs: number, graceMs: number]> {
  const beganMs = house.clock.now();
  await house.clock.advance(60_000);
  const { stops } = house.servers.newest;
  expect([stops.length, house.state()]).toEqual([1, 'offline']);
  return [stops[0]!.atMs - beganMs, stops[0]!.graceMs];
}

describe('a stop of a server with requests under way', () => {
  it('F16 waits until they are done, and no longer', async () => {
    const house = await busyHouse();
    house.clock.setTimeout(() => (house.servers.newest.load = { processing: 0, deferred: 1 }), 1000);
    house.clock.setTimeout(() => (house.servers.newest.load = { processing: 0, deferred: 0 }), 2100);
    await house.manager.stop('m0');
    expect(await stopped(house)).toEqual([2250, 7750]);
    await house.dispose();
  });

  it('F16 waits 5 s at most, as a part of the grace', async () => {
    const house = await busyHouse();
    await house.manager.stop('m0');
    expect(await stopped(house)).toEqual([5000, 5000]);
    await house.dispose();
  });

  it.each([
    [{ stopGraceMs: 4000 }, [2000, 2000]],
    [{ stopGraceMs: 4000, drainMs: 60_000 }, [2000, 2000]],
    [{ drainMs: 300 }, [300, 9700]],
    [{ drainMs: 0 }, [0, 10_000]],
    [{ stopGraceMs: 0 }, [0, 0]],
  ])('with %j waits and leaves a grace of %j', async (options, expected) => {
    const house = await busyHouse(options);
    await house.manager.stop('m0');
    expect(await stopped(house)).toEqual(expected);
    await house.dispose();
  });

  it('F16 does not wait any longer after a second stop', async () => {
    const house = await busyHouse();
    await house.manager.stop('m0');
    await house.clock.advance(1100);
    expect(house.servers.newest.stops).toEqual([]);
    await house.manager.stop('m0');
    await house.clock.advance(0);
    expect(house.servers.newest.stops).toMatchObject([{ graceMs: 8900 }]);
    expect(house.state()).toBe('offline');
    await house.dispose();
  });

  it('keeps the connection until the wait is over, and asks four times a second', async () => {
    const house = await busyHouse();
    const { newest } = house.servers;
    const { checks } = newest;
    await house.manager.stop('m0');
    await house.clock.advance(2000);
    expect([house.servers.openProbes, house.state()]).toEqual([1, 'stopping']);
    expect(newest.checks - checks).toBe(9);
    await house.clock.advance(10_000);
    expect([house.servers.openProbes, house.clock.timerCount]).toEqual([0, 1]);
    await house.dispose();
  });

  it('never waits longer for a server that freezes meanwhile', async () => {
    const house = await busyHouse();
    house.clock.setTimeout(() => (house.servers.newest.frozen = true), 4500);
    await house.manager.stop('m0');
    const [waitedMs] = await stopped(house);
    expect(waitedMs).toBeLessThanOrEqual(5000);
    await house.dispose();
  });

  it('waits for a check that is under way, and then asks itself: never two at once', async () => {
    const house = await busyHouse();
    const { newest } = house.servers;
    let running = 0;
    let most = 0;
    const check = house.servers.onCheck;
    house.servers.onCheck = async (process, signal) => {
      most = Math.max(most, ++running);
      return check(process, signal).finally(() => (running -= 1));
    };
    newest.frozen = true;
    await house.clock.advance(1200);
    expect(running).toBe(1);
    await house.manager.stop('m0');
    newest.load = { processing: 0, deferred: 0 };
    house.clock.setTimeout(() => (newest.frozen = false), 500);
    const [waitedMs] = await stopped(house);
    // The tick gives its check 800 ms, of which 200 have passed.
    expect(waitedMs).toBeGreaterThanOrEqual(600);
    expect(waitedMs).toBeLessThan(1000);
    expect(most).toBe(1);
    await house.dispose();
  });

  it.each([
    ['idle', { processing: 0, deferred: 0 }],
    ['one that does not tell', null],
  ])('does not wait for %s', async (_, load) => {
    const house = await busyHouse();
    house.servers.newest.load = load;
    await house.manager.stop('m0');
    expect(await stopped(house)).toEqual([0, 10_000]);
    await house.dispose();
  });

  it.each(['sleeping', 'unreachable'] as const)('does not wait for one that is %s', async (condition) => {
    const house = await busyHouse();
    house.servers.newest.condition = condition;
    await house.clock.advance(3000);
    await house.manager.stop('m0');
    expect((await stopped(house))[0]).toBe(0);
    await house.dispose();
  });

  it('drains before a restart, and is not ended by the start that follows', async () => {
    const house = await busyHouse();
    const [first] = house.servers.processes;
    await house.manager.restart('m0');
    await house.manager.start('m0');
    await house.clock.advance(1000);
    expect([first?.alive, house.state()]).toEqual([true, 'stopping']);
    first!.load = { processing: 0, deferred: 0 };
    await house.clock.advance(1000);
    expect([first?.alive, house.state(), house.servers.processes.length]).toEqual([false, 'ready', 2]);
    await house.dispose();
  });

  it('is over when the process ends by itself meanwhile', async () => {
    const house = await busyHouse();
    await house.manager.stop('m0');
    await house.clock.advance(600);
    house.servers.newest.crash();
    await house.clock.advance(300);
    expect([house.state(), house.manager.get('m0')?.lastExit]).toEqual(['offline', null]);
    await house.dispose();
  });

  it('F27 is finished by a dispose within the grace', async () => {
    const house = await busyHouse();
    const beganMs = house.clock.now();
    let doneMs = 0;
    const disposed = house.hub.dispose().then(() => (doneMs = house.clock.now()));
    await house.clock.advance(60_000);
    await disposed;
    expect(doneMs - beganMs).toBe(5000);
    expect([house.servers.alive.length, house.clock.timerCount]).toEqual([0, 0]);
  });
});
