import { describe, expect, it } from 'vitest';
import { SimulatedClock } from '../testing/simulated-clock.js';
import { mostAtOnce } from './fake-fleet.fixture.js';
import { ProbeSchedule } from './probe-schedule.js';

/** A schedule whose ids take their next turn at once, as endpoints do that answer at once. */
function running(ids: number, intervalMs = 1000) {
  const clock = new SimulatedClock();
  const turns: { readonly id: string; readonly ms: number }[] = [];
  const schedule = new ProbeSchedule({
    clock,
    intervalMs,
    onTurn: (id) => {
      turns.push({ id, ms: clock.now() });
      schedule.atTurn(id, clock.now() + intervalMs / 2);
    },
  });
  for (let i = 0; i < ids; i++) schedule.atTurn(`id ${i}`);
  return { clock, schedule, turns };
}

describe('ProbeSchedule', () => {
  it('gives each id one turn an interval, always at the same moment of it', async () => {
    const { clock, turns } = running(20);
    await clock.advance(10_000);
    for (let i = 0; i < 20; i++) {
      const own = turns.filter(({ id }) => id === `id ${i}`).map(({ ms }) => ms);
      expect(own).toHaveLength(10);
      expect(new Set(own.map((ms) => ms % 1000)).size).toBe(1);
    }
  });

  it('serves a thousand from one timer, spread over the interval', async () => {
    const { clock, turns } = running(1000);
    expect(clock.timerCount).toBe(1);
    await clock.advance(1000);
    expect(turns).toHaveLength(1000);
    const timesMs = turns.map(({ ms }) => ms);
    expect(new Set(timesMs).size).toBe(50);
    expect(mostAtOnce(timesMs)).toBeLessThan(45);
  });

  it('gives a turn after a pause, in the slice that follows', async () => {
    const { clock, schedule, turns } = running(0);
    schedule.after('a', 150);
    await clock.advance(159);
    expect(turns).toEqual([]);
    await clock.advance(1);
    expect(turns).toEqual([{ id: 'a', ms: 160 }]);
  });

  it('gives one turn to who is given several, and none to who is taken out', async () => {
    const { clock, schedule, turns } = running(0);
    for (const ms of [300, 100, 200]) schedule.after('a', ms);
    schedule.after('b', 100);
    schedule.delete('b');
    schedule.delete('never there');
    await clock.advance(250);
    expect(turns.map(({ id }) => id)).toEqual(['a']);
  });

  it('heeds what a turn does to those after it', async () => {
    const clock = new SimulatedClock();
    const turns: string[] = [];
    const schedule = new ProbeSchedule({
      clock,
      intervalMs: 1000,
      onTurn: (id) => {
        turns.push(id);
        schedule.delete('b');
        schedule.after('c', 500);
      },
    });
    for (const id of ['a', 'b', 'c']) schedule.after(id, 20);
    await clock.advance(100);
    expect(turns).toEqual(['a']);
  });

  it('F54 brings each id once, at its moment, after a loop that was blocked for 30 s', async () => {
    const { clock, turns } = running(100);
    await clock.advance(2000);
    turns.length = 0;
    clock.block(30_000);
    await clock.advance(1000);
    expect(turns).toHaveLength(100);
    expect(new Set(turns.map(({ id }) => id)).size).toBe(100);
    expect(new Set(turns.map(({ ms }) => ms)).size).toBeGreaterThan(30);
  });

  it('gets round also when its timer is always late', async () => {
    const { clock, turns } = running(10);
    for (let i = 0; i < 40; i++) {
      clock.block(700);
      await clock.advance(0);
    }
    for (let i = 0; i < 10; i++) expect(turns.filter(({ id }) => id === `id ${i}`).length).toBeGreaterThan(8);
  });

  it('leaves nothing after dispose', () => {
    const { clock, schedule } = running(10);
    schedule.dispose();
    expect(clock.timerCount).toBe(0);
  });
});
