import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CorralError } from './errors.js';
import { RingBuffer } from './ring-buffer.js';

describe('RingBuffer', () => {
  it('keeps 20 values unless told otherwise', () => {
    expect(new RingBuffer().capacity).toBe(20);
  });

  it('P-7 equals a naive array for any sequence of pushes and clears', () => {
    const step = fc.oneof({ weight: 20, arbitrary: fc.double() }, fc.constant('clear' as const));
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 25 }), fc.array(step, { maxLength: 80 }), (capacity, steps) => {
        const ring = new RingBuffer(capacity);
        let model: number[] = [];
        for (const value of steps) {
          if (value === 'clear') {
            ring.clear();
            model = [];
          } else {
            ring.push(value);
            model = [...model, value].slice(-capacity);
          }
          if (ring.length !== model.length || !Object.is(ring.last, model.at(-1))) return false;
        }
        const copy = ring.toArray();
        const equal = model.every(
          (value, index) => Object.is(ring.at(index), value) && Object.is(copy[index], value),
        );
        const outside = [ring.at(-1), ring.at(model.length)].every((value) => value === undefined);
        return equal && outside && copy.length === model.length;
      }),
      { numRuns: 100_000 },
    );
  }, 30_000);

  it('keeps NaN apart from 0', () => {
    const ring = new RingBuffer(2);
    ring.push(Number.NaN);
    ring.push(0);
    expect(ring.toArray()).toEqual([Number.NaN, 0]);
  });

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('refuses a capacity of %s', (capacity) => {
    expect(() => new RingBuffer(capacity)).toThrow(
      expect.objectContaining({ code: 'invalid_argument', details: { argument: 'capacity' } }),
    );
    expect(() => new RingBuffer(capacity)).toThrow(CorralError);
  });
});
