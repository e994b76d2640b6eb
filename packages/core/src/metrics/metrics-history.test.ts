import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MetricsHistory } from './metrics-history.js';
import { unknownReading } from './metrics-reading.js';
import type { MetricsReading, MetricsSnapshot } from './metrics-snapshot.js';

const reading = (backendId: string, facts: Partial<MetricsReading> = {}): MetricsSnapshot => ({
  id: '',
  at: '',
  backendId,
  name: backendId.toUpperCase(),
  ...unknownReading,
  ...facts,
});

describe('MetricsHistory', () => {
  it('is as large after hours with 1,000 backends that tell one field as after its window', () => {
    const capacity = 900;
    const history = new MetricsHistory(capacity, 900_000);
    const fleet = Array.from({ length: 1000 }, (_, i) => reading(`b${i}`, { queueDepth: 1 }));
    const hour = (from: number) => {
      for (let second = from; second < from + 3600; second++) history.add(fleet, second * 1000, second);
      return process.memoryUsage().arrayBuffers;
    };
    const afterOne = hour(0);
    expect(history.slotCount).toBe((1000 + 2) * capacity);
    const afterTwo = hour(3600);
    expect(history.slotCount).toBe((1000 + 2) * capacity);
    expect(afterTwo - afterOne).toBeLessThan(200_000);
    expect(history.since(0)[999]?.atMs).toHaveLength(capacity);
  });

  it('has no room for a backend of which nothing was ever known, but knows when it was asked', () => {
    const history = new MetricsHistory(10, 10_000);
    history.add([reading('a')], 0, 5);
    expect([history.slotCount, history.since(0)]).toEqual([
      20,
      [{ backendId: 'a', name: 'A', atMs: [5], values: {} }],
    ]);
  });

  it('forgets backends that come and go for ever', () => {
    const history = new MetricsHistory(10, 10_000);
    for (let second = 0; second < 5000; second++)
      history.add([reading(`b${second}`, { ramUsed: 1 })], second * 1000, second);
    expect(history.since(0).map(({ backendId }) => backendId)).toEqual(
      Array.from({ length: 10 }, (_, i) => `b${4990 + i}`),
    );
    expect(history.slotCount).toBe((10 + 2) * 10);
  });

  it('equals a list of everything that was added, cut to its size', () => {
    const step = fc.record({
      passedMs: fc.nat(3000),
      known: fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.option(fc.nat(100)), { noNullPrototype: true }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), fc.nat(20_000), (steps, backMs) => {
        const history = new MetricsHistory(8, 6000);
        const all: { atMs: number; known: Record<string, number | null> }[] = [];
        let nowMs = 0;
        for (const { passedMs, known } of steps) {
          nowMs += passedMs;
          all.push({ atMs: nowMs, known });
          const snapshots = Object.entries(known).map(([id, ramUsed]) => reading(id, { ramUsed }));
          history.add(snapshots, nowMs, nowMs + 7);
        }
        const sinceMs = nowMs - Math.min(backMs, 6000);
        const kept = all.slice(-8).filter(({ atMs }) => atMs >= sinceMs);
        for (const id of ['a', 'b', 'c']) {
          const found = history.since(sinceMs).find(({ backendId }) => backendId === id);
          const taken = kept.filter(({ known }) => Object.hasOwn(known, id));
          const known = (found?.values.ramUsed ?? []).flatMap((value, i) =>
            value === null ? [] : [[found?.atMs[i], value]],
          );
          expect(known).toEqual(
            taken.flatMap(({ atMs, known }) => (known[id] === null ? [] : [[atMs + 7, known[id]]])),
          );
          expect(found?.atMs.at(-1)).toBe(taken.length === 0 ? undefined : taken.at(-1)!.atMs + 7);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
