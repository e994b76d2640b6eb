import { describe, expect, it } from 'vitest';
import { mapConcurrently } from './map-concurrently.js';

describe('mapConcurrently', () => {
  it('keeps the order, and never has more than the limit under way', async () => {
    let [running, most] = [0, 0];
    const delays = [5, 1, 4, 0, 3, 2];
    const results = await mapConcurrently(delays, 2, async (turns) => {
      running += 1;
      most = Math.max(most, running);
      for (let i = 0; i < turns; i++) await Promise.resolve();
      running -= 1;
      return turns;
    });
    expect(results).toEqual(delays);
    expect(most).toBe(2);
  });
});
