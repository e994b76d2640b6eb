import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  agedEvidence,
  type Evidence,
  joinedEvidence,
  noEvidence,
  trustFactor,
  trustHalfLifeMs,
  withCall,
} from './trust-factor.js';

const startMs = Date.UTC(2026, 0, 1);
const dayMs = 24 * 3_600_000;
/** Rounding alone. */
const slack = 1e-12;

const outcome = fc.constantFrom('ok' as const, 'failed' as const);
const call = fc.record({ outcome, afterMs: fc.nat(30 * dayMs) });
/** What calls at growing times leave behind. */
const evidence = fc.array(call, { maxLength: 60 }).map((calls) => {
  let [sum, nowMs] = [noEvidence, startMs];
  for (const { outcome: each, afterMs } of calls) {
    nowMs += afterMs;
    sum = withCall(sum, each, nowMs);
  }
  return { ...sum, atMs: nowMs };
});
const trustNow = (of: Evidence): number => trustFactor(of, of.atMs);
const lot = (good: number, bad: number): Evidence => ({ good, bad, atMs: startMs });

describe('trustFactor', () => {
  it('is the bound that Wilson gave', () => {
    // 8 of 10: the textbook example. 95 % interval 0.4902 to 0.9433.
    expect(trustNow(lot(8, 2))).toBeCloseTo(0.490_16, 4);
    expect(trustNow(lot(1, 0))).toBeCloseTo(1 / (1 + 1.96 ** 2), 10);
    const weight = fc.double({ min: 0.001, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(weight, weight, (good, bad) => {
        const [n, z2] = [good + bad, 1.96 ** 2];
        const p = good / n;
        const root = 1.96 * Math.sqrt((p * (1 - p)) / n + z2 / (4 * n * n));
        expect(trustNow(lot(good, bad))).toBeCloseTo((p + z2 / (2 * n) - root) / (1 + z2 / n), 8);
      }),
    );
  });

  it('is within 0 and 1 and never above the share of successes', () => {
    fc.assert(
      fc.property(evidence, fc.nat(10_000 * dayMs), (of, laterMs) => {
        const trust = trustFactor(of, of.atMs + laterMs);
        expect(trust).toBeGreaterThanOrEqual(0);
        expect(trust).toBeLessThanOrEqual(of.good === 0 ? 0 : of.good / (of.good + of.bad));
      }),
    );
  });

  it('is 0 exactly where nothing succeeded', () => {
    expect(trustNow(lot(0, 5))).toBe(0);
    fc.assert(
      fc.property(evidence, (of) => {
        expect(trustNow(of) > 0).toBe(of.good > 0);
      }),
    );
  });

  it('is never lowered by a success, nor raised by a failure', () => {
    fc.assert(
      fc.property(evidence, fc.nat(100 * dayMs), (of, laterMs) => {
        const nowMs = of.atMs + laterMs;
        const before = trustFactor(of, nowMs);
        expect(trustNow(withCall(of, 'ok', nowMs))).toBeGreaterThanOrEqual(before - slack);
        expect(trustNow(withCall(of, 'failed', nowMs))).toBeLessThanOrEqual(before + slack);
        expect(trustFactor(withCall(of, 'cancelled', nowMs), nowMs)).toBe(before);
      }),
    );
  });

  it('is higher with more evidence at the same rate', () => {
    const weight = fc.double({ min: 0.01, max: 1000, noNaN: true });
    const more = fc.double({ min: 1.01, max: 1000, noNaN: true });
    fc.assert(
      fc.property(weight, weight, more, (good, bad, times) => {
        expect(trustNow(lot(good * times, bad * times))).toBeGreaterThan(trustNow(lot(good, bad)));
      }),
    );
    expect(trustNow(lot(1000, 0))).toBeGreaterThan(trustNow(lot(10, 0)));
  });

  it('falls with time without calls, by half a weight in seven days, towards 0', () => {
    const times = fc.tuple(fc.nat(365 * dayMs), fc.integer({ min: dayMs, max: 365 * dayMs }));
    fc.assert(
      fc.property(evidence, times, (of, [firstMs, laterMs]) => {
        const first = trustFactor(of, of.atMs + firstMs);
        const then = trustFactor(of, of.atMs + firstMs + laterMs);
        if (first === 0) expect(then).toBe(0);
        else expect(then).toBeLessThan(first);
      }),
    );
    expect(trustFactor(lot(10, 0), startMs + trustHalfLifeMs)).toBeCloseTo(trustNow(lot(5, 0)), 12);
    expect(trustFactor(lot(1e6, 0), startMs + 365 * dayMs)).toBeLessThan(0.001);
    expect(trustFactor(lot(1e6, 1), startMs + 1e15)).toBe(0);
  });

  it('does not depend on the order of calls at the same time', () => {
    const calls = fc.array(outcome, { maxLength: 30 });
    fc.assert(
      fc.property(evidence, calls, fc.nat(dayMs), (of, outcomes, laterMs) => {
        const nowMs = of.atMs + laterMs;
        const after = (order: typeof outcomes): Evidence =>
          order.reduce((sum, each) => withCall(sum, each, nowMs), of);
        expect(after(outcomes.toReversed())).toEqual(after(outcomes));
        expect(after(outcomes.toSorted())).toEqual(after(outcomes));
      }),
    );
  });

  it('equals a sum over every call', () => {
    fc.assert(
      fc.property(fc.array(call, { maxLength: 40 }), (calls) => {
        let [sum, nowMs] = [noEvidence, startMs];
        const times = calls.map(({ outcome: each, afterMs }) => {
          nowMs += afterMs;
          sum = withCall(sum, each, nowMs);
          return { each, atMs: nowMs };
        });
        const weight = (wanted: string): number =>
          times
            .filter(({ each }) => each === wanted)
            .reduce((total, { atMs }) => total + 2 ** -((nowMs - atMs) / (7 * dayMs)), 0);
        expect(sum.good).toBeCloseTo(weight('ok'), 9);
        expect(sum.bad).toBeCloseTo(weight('failed'), 9);
      }),
    );
  });

  it('takes a wall clock that went back for one that stood still', () => {
    const back = withCall(lot(4, 4), 'ok', startMs - 365 * dayMs);
    expect(back).toEqual({ good: 5, bad: 4, atMs: startMs - 365 * dayMs });
    expect(agedEvidence(back, startMs - 358 * dayMs).good).toBeCloseTo(2.5, 12);
  });

  it('joins two lots at the later of their times', () => {
    const old = { good: 4, bad: 2, atMs: startMs };
    const recent = { good: 1, bad: 1, atMs: startMs + trustHalfLifeMs };
    expect(joinedEvidence(old, recent)).toEqual({ good: 3, bad: 2, atMs: startMs + trustHalfLifeMs });
    expect(joinedEvidence(recent, old)).toEqual(joinedEvidence(old, recent));
  });
});
