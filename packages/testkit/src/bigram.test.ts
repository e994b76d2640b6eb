import { describe, expect, it } from 'vitest';
import { createBigram } from './bigram.ts';

const sum = (values: Float64Array) => values.reduce((total, value) => total + value, 0);

describe('createBigram', () => {
  it('prefers what was seen after a context', () => {
    const bigram = createBigram(3, 0.1);
    bigram.observe(0, 1, 3);
    bigram.observe(0, 2);
    bigram.observe(1, 2, 4);
    const [, one = 0, two = 0] = bigram.probabilitiesAfter(0);
    expect(one).toBeCloseTo(0.1 * (3 / 8) + 0.9 * 0.75);
    expect(two).toBeCloseTo(0.1 * (5 / 8) + 0.9 * 0.25);
  });

  it('falls back to general frequency after an unknown context', () => {
    const bigram = createBigram(2, 0.1);
    bigram.observe(0, 1);
    expect([...bigram.probabilitiesAfter(1)]).toEqual([0, 1]);
  });

  it('gives probabilities that add up to one', () => {
    const bigram = createBigram(4, 0.3);
    expect(sum(bigram.probabilitiesAfter(0))).toBeCloseTo(1);
    bigram.observe(0, 3);
    bigram.observe(2, 1, 5);
    for (const context of [0, 1, 2]) expect(sum(bigram.probabilitiesAfter(context))).toBeCloseTo(1);
  });
});
