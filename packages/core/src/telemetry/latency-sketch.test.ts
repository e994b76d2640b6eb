import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LatencySketch } from './latency-sketch.js';

const sketchOf = (values: readonly number[]): LatencySketch => {
  const sketch = new LatencySketch();
  for (const value of values) sketch.add(value);
  return sketch;
};
/** The value at rank ⌈share × count⌉, from a list of all of them. */
const exact = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.ceil(share * values.length) - 1] ?? Number.NaN;

/** Even, log-even, in two heaps far apart, and many times the same. */
const latency = fc.oneof(
  fc.double({ min: 0.001, max: 1e12, noNaN: true }),
  fc.double({ min: -3, max: 12, noNaN: true }).map((power) => Math.max(0.001, 10 ** power)),
  fc.oneof(
    fc.double({ min: 80, max: 90, noNaN: true }),
    fc.double({ min: 30_000, max: 40_000, noNaN: true }),
  ),
  fc.constantFrom(0.001, 1, 100, 1000, 1e12),
);
const anyValue = fc.oneof(latency, fc.constantFrom(0, -0, -5, 1e-9, Number.MAX_SAFE_INTEGER));

describe('LatencySketch', () => {
  it('is at most 0.5 % from the exact value, whatever the distribution', () => {
    const values = fc.array(latency, { minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(values, fc.constantFrom(0.5, 0.9, 0.95, 0.99, 1), (all, share) => {
        const wanted = exact(all, share);
        const found = sketchOf(all).quantile(share) ?? Number.NaN;
        expect(Math.abs(found - wanted) / wanted).toBeLessThanOrEqual(0.005 + 1e-9);
      }),
      { numRuns: 300 },
    );
  });

  it('has no percentile without values', () => {
    expect(new LatencySketch().quantile(0.95)).toBeNull();
  });

  it('keeps what is 0 or below in a bucket of its own, which is 0', () => {
    const sketch = sketchOf([-5, 0, 1e-9, 200]);
    expect([sketch.count, sketch.bucketCount]).toEqual([4, 2]);
    expect(sketch.quantile(0.75)).toBe(0);
    expect(sketch.quantile(0.76)).toBeCloseTo(200, -1);
  });

  it('never grows beyond its bound, however far apart the values are', () => {
    const sketch = new LatencySketch();
    for (let i = 0; i < 100_000; i++) sketch.add(10 ** (-8 + (24 * i) / 100_000));
    expect(sketch.count).toBe(100_000);
    expect(sketch.bucketCount).toBeGreaterThan(3000);
    expect(sketch.bucketCount).toBeLessThanOrEqual(3460);
    expect(JSON.stringify(sketch.toDocument()).length).toBeLessThan(40_000);
  });

  it('counts values beyond its range at the ends of it', () => {
    const sketch = sketchOf([1e12, 1e15, Number.MAX_VALUE]);
    expect(sketch.bucketCount).toBe(1);
    expect(sketch.quantile(0.1) ?? 0).toBeCloseTo(1e12, -10.5);
  });

  it('comes back from JSON as it was', () => {
    fc.assert(
      fc.property(fc.array(anyValue, { maxLength: 100 }), (all) => {
        const sketch = sketchOf(all);
        const document = sketch.toDocument();
        const back = LatencySketch.parse(JSON.parse(JSON.stringify(document)));
        expect(back?.toDocument()).toEqual(document);
        expect([back?.count, back?.quantile(0.95)]).toEqual([sketch.count, sketch.quantile(0.95)]);
      }),
    );
  });

  it('equals, added to another one, a sketch of all values', () => {
    const some = fc.array(anyValue, { maxLength: 60 });
    fc.assert(
      fc.property(some, some, (left, right) => {
        const sum = sketchOf(left);
        sum.quantile(0.95);
        sum.merge(sketchOf(right));
        const all = sketchOf([...left, ...right]);
        expect(sum.toDocument()).toEqual(all.toDocument());
        expect(sum.quantile(0.95)).toBe(all.quantile(0.95));
      }),
    );
  });

  it('is exact while all values are the same, and never beyond the least and the greatest', () => {
    expect(sketchOf([200, 200]).quantile(0.95)).toBe(200);
    fc.assert(
      fc.property(fc.array(latency, { minLength: 1, maxLength: 20 }), (all) => {
        const found = sketchOf(all).quantile(0.95) ?? Number.NaN;
        expect(found).toBeGreaterThanOrEqual(Math.min(...all));
        expect(found).toBeLessThanOrEqual(Math.max(...all));
      }),
    );
  });

  it.each([
    { zeros: -1, buckets: [] },
    { zeros: 0.5, buckets: [] },
    { buckets: [1] },
    { buckets: [1, 0] },
    { buckets: [1, -1] },
    { buckets: [1, 1, 1.5, 1, 2, 1] },
    { buckets: [1, 1, 3, 1, 2, 1] },
    { buckets: [1, 1, 1, 1] },
    { buckets: [1, Number.NaN] },
    { buckets: [1, 1, 100_000, 1] },
    { buckets: [-100_000, 1, 1, 1] },
    { min: null, buckets: [1, 1] },
    { max: 2, buckets: [1, 1] },
    { min: 1e-300, max: 1, buckets: [-100_000, 1, 0, 1] },
    { min: 1, max: 1, buckets: [] },
    { min: 0, max: 0, buckets: [0, 1] },
  ])('is not made of %j', (facts) => {
    const { buckets } = facts;
    // A value within a bucket.
    const within = (bucket: number | undefined) =>
      bucket === undefined ? null : (1.005 / 0.995) ** (bucket - 0.5);
    const document = { zeros: 0, min: within(buckets[0]), max: within(buckets.at(-2)), ...facts };
    expect(LatencySketch.parse(document)).toBeUndefined();
  });

  it('is made of what fits', () => {
    const document = { zeros: 2, min: 1, max: 1.011, buckets: [0, 3, 2, 1] };
    expect(LatencySketch.parse(document)?.toDocument()).toEqual(document);
    expect(LatencySketch.parse({ zeros: 0, min: null, max: null, buckets: [] })?.count).toBe(0);
  });
});
