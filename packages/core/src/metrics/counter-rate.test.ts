import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CounterRate } from './counter-rate.js';

const at = (atMs: number, total: number, epoch: string | null = 'a') => ({ atMs, total, epoch });

describe('CounterRate', () => {
  it('knows no rate from a first reading', () => {
    expect(new CounterRate().observe(at(0, 500))).toBeNull();
  });

  it('divides what was counted by the time that passed', () => {
    const rate = new CounterRate();
    rate.observe(at(1000, 100));
    expect(rate.observe(at(3000, 150))).toBe(25);
    expect(rate.observe(at(4000, 150))).toBe(0);
  });

  it('spans a gap from the last reading that was known', () => {
    const rate = new CounterRate();
    rate.observe(at(0, 0));
    expect(rate.observe(null)).toBeNull();
    expect(rate.observe(at(4000, 100))).toBe(25);
  });

  it('counts a fallen total or a new epoch from nothing: no spike, nothing negative', () => {
    const rate = new CounterRate();
    rate.observe(at(0, 1_000_000));
    expect(rate.observe(at(1000, 30))).toBe(30);
    expect(rate.observe(at(2000, 90, 'b'))).toBe(90);
    expect(rate.observe(at(3000, 100, 'b'))).toBe(10);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, -1])('treats a total of %s as unknown', (total) => {
    const rate = new CounterRate();
    rate.observe(at(0, 10));
    expect(rate.observe(at(1000, total))).toBeNull();
    expect(rate.observe(at(2000, 30))).toBe(10);
  });

  it('knows no rate when no time passed, or time that went backwards', () => {
    const rate = new CounterRate();
    rate.observe(at(1000, 10));
    expect(rate.observe(at(1000, 20))).toBeNull();
    expect(rate.observe(at(500, 30))).toBeNull();
    expect(rate.observe(at(2000, 40))).toBe(30);
  });

  it('starts anew after reset', () => {
    const rate = new CounterRate();
    rate.observe(at(0, 10));
    rate.reset();
    expect(rate.observe(at(1000, 20))).toBeNull();
    expect(rate.observe(at(2000, 25))).toBe(5);
  });

  it('P-6 stays finite, never negative, and never claims more than was counted', () => {
    const step = fc.record({
      increase: fc.nat(1_000_000),
      elapsedMs: fc.oneof(
        fc.constant(0),
        fc.integer({ min: 1, max: 100_000 }),
        fc.double({ min: 0.005, max: 1e6, noNaN: true }),
      ),
      seen: fc.boolean(),
      restart: fc.constantFrom(false, false, false, 'marked', 'unmarked'),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const rate = new CounterRate();
        let total = 0;
        let counted = 0;
        let claimed = 0;
        let atMs = 0;
        let epoch = 0;
        let lastKnownMs: number | undefined;
        for (const { increase, elapsedMs, seen, restart } of steps) {
          if (restart) total = 0;
          if (restart === 'marked') epoch += 1;
          total += increase;
          counted += increase;
          atMs += elapsedMs;
          const perSecond = rate.observe(seen ? at(atMs, total, String(epoch)) : null);
          if (perSecond !== null) {
            if (!(perSecond >= 0 && Number.isFinite(perSecond))) expect.fail(`a rate of ${perSecond}`);
            claimed += (perSecond * (atMs - lastKnownMs!)) / 1000;
          }
          if (seen && (lastKnownMs === undefined || perSecond !== null)) lastKnownMs = atMs;
        }
        expect(claimed).toBeLessThanOrEqual(counted * (1 + 1e-9) + 1e-6);
      }),
      { numRuns: 100_000 },
    );
  }, 30_000);
});
