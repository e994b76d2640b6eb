import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CheckHistory } from './check-history.js';

describe('CheckHistory', () => {
  it('goes down at the third miss in a row and comes back at the second hit', () => {
    const history = new CheckHistory();
    const outcomes = [false, false, true, false, false, false, true, false, true, true];
    expect(outcomes.map((answered) => history.record(answered))).toEqual([
      true,
      true,
      true,
      true,
      true,
      false,
      false,
      false,
      false,
      true,
    ]);
  });

  it('counts misses in a row', () => {
    const history = new CheckHistory();
    const misses = [false, false, true, false].map((answered) => (history.record(answered), history.misses));
    expect(misses).toEqual([1, 2, 0, 1]);
  });

  it('P-4 changes only after two hits or three misses, and always then, for any outcomes', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 40 }), (outcomes) => {
        const history = new CheckHistory();
        let up = true;
        outcomes.forEach((answered, i) => {
          const wasUp = up;
          up = history.record(answered);
          const hits = i >= 1 && outcomes.slice(i - 1, i + 1).every(Boolean);
          const missed = i >= 2 && outcomes.slice(i - 2, i + 1).every((outcome) => !outcome);
          if (up !== (wasUp ? !missed : hits)) expect.fail(`wrong after check ${i}`);
        });
      }),
      { numRuns: 100_000 },
    );
  }, 30_000);
});
