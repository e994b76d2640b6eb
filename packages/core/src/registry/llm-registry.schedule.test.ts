import { describe, expect, it } from 'vitest';
import { FakeFleet, hanging, healthyFleet, mostAtOnce, seeded } from './fake-fleet.fixture.js';

describe('many endpoints', () => {
  it('are not asked twice in half a second once they are healthy, whenever their turn is', async () => {
    const fleet = new FakeFleet();
    const askedMs = Array.from({ length: 100 }, (): number[] => []);
    for (const [port, times] of askedMs.entries()) {
      const backend = fleet.network.put(`h:${port}`);
      backend.onCheck = async () => {
        times.push(fleet.clock.now());
        return backend.reading;
      };
      await fleet.register(port);
    }
    await fleet.clock.advance(5000);
    const pauses = askedMs.flatMap((times) => times.slice(2).map((ms, i) => ms - times[i + 1]!));
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(500);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(1500);
    await fleet.registry.dispose();
  });

  it('F52 come back one by one, each after two good checks', async () => {
    const fleet = new FakeFleet({ random: seeded(1) });
    const startsMs: number[] = [];
    fleet.network.onConnect = async () => void startsMs.push(fleet.clock.now());
    for (let port = 1; port <= 300; port++) await fleet.register(port);
    await fleet.clock.advance(120_000);
    for (let port = 1; port <= 300; port++) fleet.network.put(`h:${port}`);
    startsMs.length = 0;
    await fleet.clock.advance(40_000);
    const backends = [...fleet.network.backends.values()];
    expect(fleet.registry.endpoints().every(({ status }) => status === 'healthy')).toBe(true);
    expect(backends.every(({ checks }) => checks >= 2)).toBe(true);
    expect(mostAtOnce(startsMs)).toBeLessThan(30);
    await fleet.registry.dispose();
  }, 30_000);

  it('keep their rate when half of a thousand are dead, and tell of checks every 5 s', async () => {
    const fleet = new FakeFleet();
    for (let port = 1; port <= 1000; port++) {
      const backend = fleet.network.put(`h:${port}`);
      if (port % 2 === 0) backend.onCheck = hanging;
      await fleet.register(port);
    }
    await fleet.clock.advance(5000);
    fleet.heard.length = 0;
    const before = [...fleet.network.backends.values()].map(({ checks }) => checks);
    let timers = 0;
    for (let second = 0; second < 60; second++) {
      await fleet.clock.advance(1000);
      timers = Math.max(timers, fleet.clock.timerCount);
    }
    [...fleet.network.backends.values()].forEach(({ checks, mostAtOnce }, i) => {
      const done = checks - before[i]!;
      if (i % 2 === 0) expect(Math.abs(done - 60)).toBeLessThanOrEqual(1);
      else expect(done).toBeLessThanOrEqual(8);
      expect(mostAtOnce).toBe(1);
    });
    expect(fleet.of('endpoints:checked').length).toBeLessThanOrEqual(13);
    // One timer for all turns, one for the announcements; the others are deadlines of checks that hang.
    expect(timers).toBeLessThan(2 + 500);
    await fleet.registry.dispose();
    expect(fleet.leftovers).toEqual({ timers: 0, listeners: 0 });
  }, 60_000);
});

describe('time', () => {
  it('F53 is not disturbed by a wall clock that jumps an hour to and fro', async () => {
    const { fleet, backend } = await healthyFleet();
    const { checks } = backend;
    for (const byMs of [3_600_000, -7_200_000, 3_600_000]) {
      fleet.clock.jumpWallTime(byMs);
      await fleet.clock.advance(10_000);
    }
    expect([backend.checks - checks, fleet.of('endpoint:updated')]).toEqual([30, []]);
    await fleet.registry.dispose();
  });

  it('F54 checks each endpoint once after a loop that was blocked for 30 s, and none is down', async () => {
    const fleet = new FakeFleet();
    for (let port = 1; port <= 100; port++) {
      fleet.network.put(`h:${port}`);
      await fleet.register(port);
    }
    await fleet.clock.advance(3000);
    const backends = [...fleet.network.backends.values()];
    const before = backends.map(({ checks }) => checks);
    fleet.heard.length = 0;
    fleet.clock.block(30_000);
    await fleet.clock.advance(1000);
    expect(backends.map(({ checks }, i) => checks - before[i]!)).toEqual(Array(100).fill(1));
    await fleet.clock.advance(3000);
    expect(fleet.of('endpoint:updated')).toEqual([]);
    await fleet.registry.dispose();
  });

  it('F54 counts no check whose end came much too late', async () => {
    const { fleet, backend } = await healthyFleet();
    const good = backend.onCheck;
    for (let i = 0; i < 5; i++) {
      backend.onCheck = hanging;
      const { checks } = backend;
      while (backend.checks === checks) await fleet.clock.advance(10);
      fleet.clock.block(30_000);
      await fleet.clock.advance(10);
    }
    expect([fleet.at().status, fleet.at().condition, fleet.path()]).toEqual(['healthy', 'ok', []]);
    backend.onCheck = good;
    await fleet.clock.advance(2000);
    expect(fleet.at().condition).toBe('ok');
    await fleet.registry.dispose();
  });
});
