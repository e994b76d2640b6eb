import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CrashCount, defaultRestartPolicy, restartDelayMs } from './restart-policy.js';

describe('restartDelayMs', () => {
  it('doubles from one second', () => {
    const delays = [1, 2, 3, 4, 5].map((crashes) => restartDelayMs(defaultRestartPolicy, crashes, 0.5));
    expect(delays).toEqual([1000, 2000, 4000, 8000, 16_000]);
  });

  it('P-3 stays within 20 % of min(60 s, 2^n) for any number of restarts and any chance', () => {
    const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1000 }), random, (crashes, chance) => {
        const middle = Math.min(60_000, 1000 * 2 ** (crashes - 1));
        const delay = restartDelayMs(defaultRestartPolicy, crashes, chance);
        const within = delay >= 0.8 * middle - 1e-6 && delay <= 1.2 * middle + 1e-6;
        if (!within || restartDelayMs(defaultRestartPolicy, crashes + 1, chance) < delay)
          expect.fail(`${delay} ms before restart ${crashes}`);
      }),
      { numRuns: 100_000 },
    );
  }, 30_000);

  it('uses the whole spread', () => {
    expect(restartDelayMs(defaultRestartPolicy, 1, 0)).toBeCloseTo(800);
    expect(restartDelayMs(defaultRestartPolicy, 1, 1 - 2 ** -53)).toBeCloseTo(1200);
  });
});

describe('CrashCount', () => {
  const short = defaultRestartPolicy.forgetAfterMs - 1;
  const verdicts = (count: CrashCount, crashes: readonly boolean[]) =>
    crashes.map((oom) => count.add(short, 0.5, oom));

  it('F5 gives up after five restarts', () => {
    const all = verdicts(new CrashCount(defaultRestartPolicy), [false, false, false, false, false, false]);
    expect(all.slice(0, 5).every((verdict) => 'delayMs' in verdict)).toBe(true);
    expect(all[5]).toEqual({ failureCode: 'crash_loop' });
  });

  it('F8 gives up after two restarts in a row that look like a want of memory', () => {
    expect(verdicts(new CrashCount(defaultRestartPolicy), [true, true, true]).at(-1)).toEqual({
      failureCode: 'oom_suspected',
    });
    expect(verdicts(new CrashCount(defaultRestartPolicy), [true, true, false, true]).at(-1)).toEqual({
      delayMs: 8000,
    });
  });

  it('P-3 forgets exactly when the server was ready for ten minutes', () => {
    const readyForMs = fc.oneof(
      fc.double({ min: 0, max: 2 * defaultRestartPolicy.forgetAfterMs, noNaN: true }),
      fc.constantFrom(short, defaultRestartPolicy.forgetAfterMs, -Infinity),
    );
    fc.assert(
      fc.property(fc.array(readyForMs, { maxLength: 30 }), (lives) => {
        const count = new CrashCount(defaultRestartPolicy);
        let inARow = 0;
        for (const life of lives) {
          inARow = life >= defaultRestartPolicy.forgetAfterMs ? 1 : inARow + 1;
          const verdict = count.add(life, 0.5);
          const restarts = inARow <= defaultRestartPolicy.maxRestarts;
          if ('delayMs' in verdict !== restarts || count.crashes !== inARow)
            expect.fail(`wrong after ${inARow} crashes in a row`);
        }
      }),
      { numRuns: 100_000 },
    );
  }, 30_000);
});
