import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GeneratedTokens } from './generated-tokens.js';

const at = (finished: number, running: Record<number, number> = {}) => ({
  finished,
  running: new Map(Object.entries(running).map(([task, tokens]) => [Number(task), tokens])),
});

/** What `%.6g` leaves of a count. */
const printed = (count: number): number => Number(count.toPrecision(6));
const stepOf = (count: number): number => (count < 1e6 ? 1 : 10 ** (Math.floor(Math.log10(count)) - 5));

describe('GeneratedTokens', () => {
  it('adds what runs to what has ended', () => {
    const tokens = new GeneratedTokens();
    expect(tokens.observe(at(100))).toBe(100);
    expect(tokens.observe(at(100, { 7: 5 }))).toBe(105);
    expect(tokens.observe(at(100, { 7: 9, 8: 1 }))).toBe(110);
    expect(tokens.observe(at(109, { 8: 3 }))).toBe(112);
  });

  it('does not fall while a request that ended is missing from both counts', () => {
    const tokens = new GeneratedTokens();
    tokens.observe(at(100, { 7: 50 }));
    expect(tokens.observe(at(100))).toBe(150);
    expect(tokens.observe(at(150))).toBe(150);
    expect(tokens.observe(at(151))).toBe(151);
  });

  it('carries on at once when a request is cancelled on a build that forgets cancelled ones', () => {
    const tokens = new GeneratedTokens();
    tokens.observe(at(100, { 7: 50 }));
    expect(tokens.observe(at(100))).toBe(150);
    expect(tokens.observe(at(100, { 8: 3 }))).toBe(153);
    expect(tokens.observe(at(100, { 8: 9 }))).toBe(159);
    expect(tokens.observe(at(109))).toBe(159);
  });

  it('waits one read for a request that ended between the two pages', () => {
    const tokens = new GeneratedTokens();
    tokens.observe(at(100, { 7: 50, 8: 10 }));
    // Gone from the slots, and not yet in the finished total that was read before.
    expect(tokens.observe(at(100, { 8: 12 }))).toBe(162);
    expect(tokens.observe(at(155, { 8: 14 }))).toBe(169);
  });

  it('takes another request that ended for the one that is gone, rather than count one twice', () => {
    const tokens = new GeneratedTokens();
    tokens.observe(at(100, { 7: 50 }));
    expect(tokens.observe(at(160))).toBe(160);
  });

  it('does not take for forgotten what a rounded total only hides', () => {
    const tokens = new GeneratedTokens();
    let finished = 20_000_000;
    const first = tokens.observe(at(finished));
    for (let task = 0; task < 200; task++) {
      tokens.observe(at(printed(finished), { [task]: 40 }));
      finished += 40;
      const total = tokens.observe(at(printed(finished)));
      expect(Math.abs(total - first - 40 * (task + 1))).toBeLessThanOrEqual(stepOf(finished));
    }
  });

  it('carries on exactly between the steps of a rounded total', () => {
    const tokens = new GeneratedTokens();
    const first = tokens.observe(at(2_000_000, { 1: 1 }));
    expect(tokens.observe(at(2_000_000, { 1: 4 })) - first).toBe(3);
    expect(tokens.observe(at(2_000_000, { 1: 9 })) - first).toBe(8);
  });
});

describe('GeneratedTokens over a random life of a server', () => {
  const step = fc.record({
    starts: fc.boolean(),
    grows: fc.nat({ max: 40 }),
    ends: fc.boolean(),
    torn: fc.boolean(),
  });
  const life = fc.tuple(
    fc.constantFrom(0, 1000, 999_900, 1_000_000, 9_999_990, 123_456_789),
    fc.array(step, { maxLength: 60 }),
  );

  it('never falls, is exact below a million, and is within a step of the truth above', () => {
    fc.assert(
      fc.property(life, ([start, steps]) => {
        const tokens = new GeneratedTokens();
        const running = new Map<number, number>();
        let finished = start;
        let task = 0;
        let last = tokens.observe({ finished: printed(finished), running: new Map() });
        for (const { starts, grows, ends, torn } of steps) {
          if (starts) running.set(++task, 0);
          for (const [id, count] of running) running.set(id, count + grows);
          const finishedBefore = finished;
          const [ending] = ends ? running.keys() : [];
          if (ending !== undefined) {
            finished += running.get(ending) ?? 0;
            running.delete(ending);
          }
          const exact = finished + [...running.values()].reduce((sum, count) => sum + count, 0);
          // Torn: the metrics were read before the request ended, the slots after.
          const seen = torn ? finishedBefore : finished;
          const total = tokens.observe({ finished: printed(seen), running: new Map(running) });
          expect(total).toBeGreaterThanOrEqual(last);
          if (exact < 1e6 && !torn) expect(total).toBe(exact);
          if (!torn)
            expect(Math.abs(total - exact)).toBeLessThanOrEqual(
              Math.max(stepOf(exact), stepOf(printed(finished))),
            );
          last = total;
        }
      }),
      { numRuns: 3000 },
    );
  });

  it('never grows by more than was generated, also on builds that forget some of the requests', () => {
    const hostile = fc.record({
      starts: fc.nat({ max: 2 }),
      grows: fc.nat({ max: 40 }),
      ends: fc.nat({ max: 2 }),
      forgets: fc.boolean(),
      torn: fc.boolean(),
      short: fc.nat({ max: 60 }),
    });
    fc.assert(
      fc.property(fc.nat({ max: 5000 }), fc.array(hostile, { maxLength: 60 }), (start, steps) => {
        const tokens = new GeneratedTokens();
        const running = new Map<number, number>();
        let finished = start;
        let truth = start;
        let task = 0;
        let last = tokens.observe({ finished, running });
        for (const { starts, grows, ends, forgets, torn, short } of steps) {
          const before = finished;
          for (let i = 0; i < starts; i++) running.set(++task, 0);
          for (const [id, count] of running) running.set(id, count + grows);
          truth += running.size * grows + short;
          finished += short;
          for (const id of [...running.keys()].slice(0, ends)) {
            if (!forgets) finished += running.get(id) ?? 0;
            running.delete(id);
          }
          // Torn: whatever ended did so after the metrics were read.
          const total = tokens.observe({ finished: torn ? before : finished, running: new Map(running) });
          expect(total).toBeGreaterThanOrEqual(last);
          expect(total).toBeLessThanOrEqual(truth);
          last = total;
        }
      }),
      { numRuns: 3000 },
    );
  });

  it('has all of it soon after, on builds that forget all cancelled requests', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 50 }), { maxLength: 30 }), (lengths) => {
        const tokens = new GeneratedTokens();
        let truth = 1000;
        tokens.observe({ finished: 1000, running: new Map() });
        for (const [task, decoded] of lengths.entries()) {
          truth += decoded;
          tokens.observe({ finished: 1000, running: new Map([[task, decoded]]) });
        }
        tokens.observe({ finished: 1000, running: new Map() });
        expect(tokens.observe({ finished: 1000, running: new Map() })).toBe(truth);
      }),
    );
  });

  it('stays within half a step of what is printed', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1_000_000, max: 50_000_000 }),
        fc.array(fc.nat({ max: 30 }), { maxLength: 40 }),
        (finished, growth) => {
          const tokens = new GeneratedTokens();
          let decoded = 0;
          for (const grows of growth) {
            decoded += grows;
            const total = tokens.observe({ finished: printed(finished), running: new Map([[1, decoded]]) });
            expect(Math.abs(total - printed(finished) - decoded)).toBeLessThanOrEqual(stepOf(finished) / 2);
          }
        },
      ),
      { numRuns: 1000 },
    );
  });
});
