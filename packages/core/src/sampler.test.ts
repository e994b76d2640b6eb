import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sleep } from './clock.js';
import { Sampler } from './sampler.js';
import { SimulatedClock } from './testing/simulated-clock.js';

function sampling(workMs = 0, intervalMs?: number) {
  const clock = new SimulatedClock();
  const ticks: [tick: number, atMs: number][] = [];
  const state = { running: 0, overlapped: false, aborted: 0, workMs };
  const sampler = new Sampler(
    {
      onTick: async (tick, signal) => {
        ticks.push([tick, clock.now()]);
        state.running += 1;
        state.overlapped ||= state.running > 1;
        if (state.workMs > 0) await sleep(clock, state.workMs, signal);
        if (signal.aborted) state.aborted += 1;
        state.running -= 1;
      },
    },
    clock,
    intervalMs,
  );
  return { clock, ticks, state, sampler };
}

describe('Sampler', () => {
  it('ticks once an interval, the first time after one interval', async () => {
    const { clock, ticks, sampler } = sampling();
    sampler.start();
    sampler.start();
    await clock.advance(3500);
    expect(ticks).toEqual([
      [1, 1000],
      [2, 2000],
      [3, 3000],
    ]);
    await sampler.stop();
  });

  it('does not drift when its work takes time', async () => {
    const { clock, ticks, sampler } = sampling(300);
    sampler.start();
    await clock.advance(100_500);
    expect(ticks.at(-1)).toEqual([100, 100_000]);
    expect(ticks).toHaveLength(100);
    await sampler.stop();
  });

  it('does not heed a jump of the wall clock by an hour in either direction', async () => {
    const { clock, ticks, sampler } = sampling();
    sampler.start();
    await clock.advance(2500);
    clock.jumpWallTime(3_600_000);
    await clock.advance(2000);
    clock.jumpWallTime(-7_200_000);
    await clock.advance(2000);
    expect(ticks.map(([, atMs]) => atMs)).toEqual([1000, 2000, 3000, 4000, 5000, 6000]);
    await sampler.stop();
  });

  it('follows a blocked event loop with one tick whose number jumps, and no burst', async () => {
    const { clock, ticks, sampler } = sampling();
    sampler.start();
    await clock.advance(2000);
    clock.block(30_400);
    await clock.advance(0);
    expect(ticks.slice(2)).toEqual([[32, 32_400]]);
    await clock.advance(1600);
    expect(ticks.slice(3)).toEqual([
      [33, 33_000],
      [34, 34_000],
    ]);
    await sampler.stop();
  });

  it('ticks at the next whole interval after work that did not end in time', async () => {
    const clock = new SimulatedClock();
    const ticks: [tick: number, atMs: number][] = [];
    const sampler = new Sampler(
      {
        onTick: async (tick) => {
          ticks.push([tick, clock.now()]);
          await sleep(clock, 1500);
        },
      },
      clock,
    );
    sampler.start();
    await clock.advance(5500);
    expect(ticks).toEqual([
      [1, 1000],
      [3, 3000],
      [5, 5000],
    ]);
    void sampler.stop();
    await clock.advance(2000);
    expect(clock.timerCount).toBe(0);
  });

  it('aborts the work of a tick after 800 ms', async () => {
    const { clock, state, sampler } = sampling(5000);
    sampler.start();
    await clock.advance(1799);
    expect(state).toMatchObject({ running: 1, aborted: 0 });
    await clock.advance(1);
    expect(state).toMatchObject({ running: 0, aborted: 1 });
    await sampler.stop();
  });

  it('aborts the tick in flight on stop, waits for its end and leaves no timer', async () => {
    const { clock, ticks, state, sampler } = sampling(500);
    sampler.start();
    await clock.advance(1100);
    expect(state.running).toBe(1);
    await Promise.all([sampler.stop(), sampler.stop()]);
    expect([state.running, state.aborted, clock.timerCount]).toEqual([0, 1, 0]);
    await clock.advance(5000);
    expect(ticks).toHaveLength(1);
  });

  it('never overlaps, never repeats a number and never bursts, whatever blocks it', async () => {
    const step = fc.tuple(fc.constantFrom('advance', 'block', 'work'), fc.nat(9000));
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        const { clock, ticks, state, sampler } = sampling();
        sampler.start();
        for (const [kind, ms] of steps) {
          if (kind === 'advance') await clock.advance(ms);
          else if (kind === 'block') clock.block(ms);
          else state.workMs = ms / 10;
        }
        await clock.advance(0);
        expect(state.overlapped).toBe(false);
        ticks.forEach(([tick, atMs], i) => {
          expect(tick).toBeGreaterThan(ticks[i - 1]?.[0] ?? 0);
          expect(tick).toBe(Math.floor(atMs / 1000));
        });
        await sampler.stop();
        expect(clock.timerCount).toBe(0);
      }),
      { numRuns: 500 },
    );
  });

  it.each([0, -1, Number.NaN])('refuses an interval of %s ms', (intervalMs) => {
    expect(() => sampling(0, intervalMs)).toThrow(expect.objectContaining({ code: 'invalid_argument' }));
  });
});
