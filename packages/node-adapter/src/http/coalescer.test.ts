import { SimulatedClock } from '@corral/core/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Coalescer } from './coalescer.js';

function make(intervalMs = 100) {
  const clock = new SimulatedClock();
  const handed: { readonly value: string; readonly atMs: number }[] = [];
  const coalescer = new Coalescer<string>(clock, intervalMs, (value) =>
    handed.push({ value, atMs: clock.now() }),
  );
  return { clock, handed, coalescer };
}

describe('Coalescer', () => {
  it('hands the first value on at once and then the latest of each interval', async () => {
    const { clock, handed, coalescer } = make();
    for (const value of ['a1', 'a2', 'a3']) coalescer.push('a', value);
    expect(handed).toEqual([{ value: 'a1', atMs: 0 }]);
    await clock.advance(100);
    expect(handed.at(-1)).toEqual({ value: 'a3', atMs: 100 });
    coalescer.push('a', 'a4');
    await clock.advance(99);
    expect(handed).toHaveLength(2);
    await clock.advance(1);
    expect(handed.at(-1)).toEqual({ value: 'a4', atMs: 200 });
  });

  it('keeps keys apart', () => {
    const { handed, coalescer } = make();
    coalescer.push('a', 'a1');
    coalescer.push('b', 'b1');
    coalescer.push('__proto__', 'p1');
    expect(handed.map(({ value }) => value)).toEqual(['a1', 'b1', 'p1']);
  });

  it('forgets a key that fell silent, with its timer', async () => {
    const { clock, handed, coalescer } = make();
    coalescer.push('a', 'a1');
    await clock.advance(100);
    expect(clock.timerCount).toBe(0);
    coalescer.push('a', 'a2');
    expect(handed.at(-1)).toEqual({ value: 'a2', atMs: 100 });
  });

  it('hands on all that waits when it is flushed and drops it when it is disposed', () => {
    const { clock, handed, coalescer } = make();
    for (const value of ['a1', 'a2']) coalescer.push('a', value);
    coalescer.flush();
    expect(handed.map(({ value }) => value)).toEqual(['a1', 'a2']);
    for (const value of ['a3', 'a4']) coalescer.push('a', value);
    coalescer.dispose();
    expect(handed.map(({ value }) => value)).toEqual(['a1', 'a2', 'a3']);
    expect(clock.timerCount).toBe(0);
  });

  it('F83 never hands on more than one value per key and interval, and always the last one in the end', async () => {
    const step = fc.record({ key: fc.constantFrom('a', 'b', 'c'), waitMs: fc.nat({ max: 60 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const { clock, handed, coalescer } = make();
        const last = new Map<string, string>();
        for (const [i, { key, waitMs }] of steps.entries()) {
          await clock.advance(waitMs);
          last.set(key, `${key}${i}`);
          coalescer.push(key, `${key}${i}`);
        }
        await clock.advance(200);
        for (const key of ['a', 'b', 'c']) {
          const ofKey = handed.filter(({ value }) => value.startsWith(key));
          expect(ofKey.at(-1)?.value).toBe(last.get(key));
          ofKey
            .slice(1)
            .forEach(({ atMs }, i) => expect(atMs - (ofKey[i]?.atMs ?? 0)).toBeGreaterThanOrEqual(100));
        }
        expect(clock.timerCount).toBe(0);
      }),
      { numRuns: 150 },
    );
  });
});
