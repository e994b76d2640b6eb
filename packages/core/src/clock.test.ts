import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { isoTime, sleep, systemClock } from './clock.js';
import { SimulatedClock } from './testing/simulated-clock.js';

describe('sleep', () => {
  it('resolves after its time and not earlier', async () => {
    const clock = new SimulatedClock();
    let awake = false;
    void sleep(clock, 1000).then(() => (awake = true));
    await clock.advance(999);
    expect(awake).toBe(false);
    await clock.advance(1);
    expect(awake).toBe(true);
  });

  it('resolves at once when its signal aborts, and leaves no timer and no listener', async () => {
    const clock = new SimulatedClock();
    const stop = new AbortController();
    const asleep = sleep(clock, 1000, stop.signal);
    stop.abort();
    await asleep;
    expect([clock.timerCount, getEventListeners(stop.signal, 'abort').length]).toEqual([0, 0]);
  });

  it('leaves no listener on its signal after its time', async () => {
    const clock = new SimulatedClock();
    const stop = new AbortController();
    const asleep = sleep(clock, 10, stop.signal);
    await clock.advance(10);
    await asleep;
    expect(getEventListeners(stop.signal, 'abort')).toHaveLength(0);
  });

  it('does not wait under a signal that has aborted', async () => {
    const clock = new SimulatedClock();
    await sleep(clock, 1e9, AbortSignal.abort());
    expect(clock.timerCount).toBe(0);
  });
});

describe('systemClock', () => {
  it('measures, waits and calls off', async () => {
    const before = systemClock.now();
    systemClock.clearTimeout(systemClock.setTimeout(() => expect.unreachable(), 0));
    await sleep(systemClock, 1);
    expect(systemClock.now()).toBeGreaterThan(before);
    expect(isoTime(systemClock)).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  });
});

describe('SimulatedClock', () => {
  it('fires timers in the order in which they come due, equal ones in the order of their making', async () => {
    const clock = new SimulatedClock();
    const fired: string[] = [];
    clock.setTimeout(() => fired.push(`late ${clock.now()}`), 20);
    clock.setTimeout(() => fired.push(`a ${clock.now()}`), 10);
    clock.setTimeout(() => fired.push(`b ${clock.now()}`), 10);
    await clock.advance(15);
    expect(fired).toEqual(['a 10', 'b 10']);
    expect([clock.now(), clock.timerCount]).toEqual([15, 1]);
  });

  it('fires late what came due while blocked', async () => {
    const clock = new SimulatedClock();
    const fired: number[] = [];
    clock.setTimeout(() => fired.push(clock.now()), 10);
    clock.block(500);
    expect(fired).toEqual([]);
    await clock.advance(0);
    expect(fired).toEqual([500]);
  });

  it('moves the wall clock without the monotonic one', () => {
    const clock = new SimulatedClock(1000);
    clock.jumpWallTime(-400);
    expect([clock.wallTime(), clock.now()]).toEqual([600, 0]);
  });
});
