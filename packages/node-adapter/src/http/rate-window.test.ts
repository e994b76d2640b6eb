import { SimulatedClock } from '@corral/core/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RateWindow } from './rate-window.js';

const make = (most: number, mostKeys = 10) => {
  const clock = new SimulatedClock();
  return { clock, window: new RateWindow({ most, windowMs: 60_000, mostKeys, clock }) };
};

describe('RateWindow', () => {
  it('lets as many through as it may, then says when there is room', async () => {
    const { clock, window } = make(2);
    expect(window.take('a')).toBe(0);
    await clock.advance(10_000);
    expect([window.take('a'), window.take('a'), window.take('b')]).toEqual([0, 50, 0]);
    await clock.advance(49_999);
    expect(window.take('a')).toBe(1);
    await clock.advance(1);
    expect([window.take('a'), window.take('a')]).toEqual([0, 10]);
  });

  it('forgets the key that was silent the longest', () => {
    const { window } = make(1, 2);
    window.take('a');
    window.take('b');
    window.take('a');
    window.take('c');
    expect(window.take('a')).toBe(60);
    expect(window.take('b')).toBe(0);
  });

  it('never lets more through in any span of its length, and keeps its word about the wait', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 30_000 }), { maxLength: 40 }), async (pauses) => {
        const { clock, window } = make(3);
        const passed: number[] = [];
        for (const pauseMs of pauses) {
          await clock.advance(pauseMs);
          const waitS = window.take('a');
          if (waitS === 0) passed.push(clock.now());
          else if (pauseMs % 2 === 0) {
            await clock.advance(waitS * 1000);
            expect(window.take('a')).toBe(0);
            passed.push(clock.now());
          }
        }
        for (let i = 3; i < passed.length; i++)
          expect((passed[i] ?? 0) - (passed[i - 3] ?? 0)).toBeGreaterThanOrEqual(60_000);
      }),
      { numRuns: 100 },
    );
  });
});
