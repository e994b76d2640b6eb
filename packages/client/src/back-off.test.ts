import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backOffMs } from './back-off.js';

describe('backOffMs', () => {
  it('doubles from the first delay to the longest', () => {
    const delays = [0, 1, 2, 3, 4, 5, 6].map((attempt) =>
      backOffMs({ firstMs: 1000, mostMs: 30_000 }, attempt, 0.5),
    );
    expect(delays).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
  });

  it('stays finite and within 20 % for any attempt', () => {
    const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 60_000 }), random, (attempt, firstMs, chance) => {
        const delay = backOffMs({ firstMs, mostMs: 30_000 }, attempt, chance);
        const middle = Math.min(30_000, firstMs * 2 ** attempt);
        expect(delay).toBeGreaterThanOrEqual(0.8 * middle - 1e-6);
        expect(delay).toBeLessThanOrEqual(1.2 * middle + 1e-6);
      }),
      { numRuns: 5000 },
    );
  });
});
