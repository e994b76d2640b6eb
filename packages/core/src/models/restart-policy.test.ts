import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultRestartPolicy, restartDelayMs } from './restart-policy.js';

describe('restartDelayMs', () => {
  it('doubles from one second and gives up after five restarts', () => {
    const delays = [1, 2, 3, 4, 5, 6].map((crashes) => restartDelayMs(defaultRestartPolicy, crashes, 0.5));
    expect(delays).toEqual([1000, 2000, 4000, 8000, 16_000, null]);
  });

  it('stays within 20 % of min(60 s, 2^n) for any number of restarts and any chance', () => {
    const endless = { ...defaultRestartPolicy, maxRestarts: 1001 };
    const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1000 }), random, (crashes, chance) => {
        const middle = Math.min(60_000, 1000 * 2 ** (crashes - 1));
        const delay = restartDelayMs(endless, crashes, chance)!;
        expect(delay).toBeGreaterThanOrEqual(0.8 * middle - 1e-6);
        expect(delay).toBeLessThanOrEqual(1.2 * middle + 1e-6);
        expect(restartDelayMs(endless, crashes + 1, chance)).toBeGreaterThanOrEqual(delay);
      }),
      { numRuns: 100_000 },
    );
  });

  it('uses the whole spread', () => {
    expect(restartDelayMs(defaultRestartPolicy, 1, 0)).toBeCloseTo(800);
    expect(restartDelayMs(defaultRestartPolicy, 1, 1 - 2 ** -53)).toBeCloseTo(1200);
  });
});
