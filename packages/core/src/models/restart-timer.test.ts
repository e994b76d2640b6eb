import { describe, expect, it } from 'vitest';
import { SimulatedClock } from '../testing/simulated-clock.js';
import { RestartTimer } from './restart-timer.js';

describe('RestartTimer', () => {
  it('calls back once when it is due, and counts the seconds down to it, rounded up', async () => {
    const clock = new SimulatedClock();
    const timer = new RestartTimer(clock);
    let restarts = 0;
    expect(timer.secondsLeft).toBeNull();
    timer.set(2500, () => (restarts += 1));
    expect(timer.secondsLeft).toBe(3);
    await clock.advance(600);
    expect(timer.secondsLeft).toBe(2);
    await clock.advance(1899);
    expect([timer.secondsLeft, restarts]).toEqual([1, 0]);
    await clock.advance(1);
    expect([timer.secondsLeft, restarts, clock.timerCount]).toEqual([null, 1, 0]);
    await clock.advance(60_000);
    expect(restarts).toBe(1);
  });

  it('is called off, and set anew, without a second call', async () => {
    const clock = new SimulatedClock();
    const timer = new RestartTimer(clock);
    const calls: string[] = [];
    timer.set(1000, () => calls.push('first'));
    timer.set(2000, () => calls.push('second'));
    expect(clock.timerCount).toBe(1);
    await clock.advance(5000);
    expect(calls).toEqual(['second']);
    timer.set(1000, () => calls.push('third'));
    timer.cancel();
    timer.cancel();
    await clock.advance(5000);
    expect([calls, timer.secondsLeft, clock.timerCount]).toEqual([['second'], null, 0]);
  });

  it('can be set by its own callback', async () => {
    const clock = new SimulatedClock();
    const timer = new RestartTimer(clock);
    const seen: (number | null)[] = [];
    timer.set(1000, () => {
      seen.push(timer.secondsLeft);
      timer.set(4000, () => undefined);
      seen.push(timer.secondsLeft);
    });
    await clock.advance(1000);
    expect(seen).toEqual([null, 4]);
  });

  it('F53 F54 follows monotonic time alone, and never tells less than nothing', async () => {
    const clock = new SimulatedClock();
    const timer = new RestartTimer(clock);
    timer.set(5000, () => undefined);
    clock.jumpWallTime(3_600_000);
    expect(timer.secondsLeft).toBe(5);
    clock.block(60_000);
    expect(timer.secondsLeft).toBe(0);
  });
});
