import { ModelSeries } from '@corral/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SeriesJson } from './series-json.js';

describe('SeriesJson', () => {
  it('writes what the series says, whatever was pushed and whenever it was asked', () => {
    const slot = fc.record({
      tokensPerSecond: fc.option(fc.double({ noNaN: true, noDefaultInfinity: true })),
      memoryGb: fc.option(fc.double({ min: 0, max: 1000, noNaN: true })),
      latencyMs: fc.option(fc.integer()),
    });
    const step = fc.oneof(
      slot.map((sample) => (series: ModelSeries) => series.push(sample)),
      fc.nat(25).map((count) => (series: ModelSeries) => series.pushGap(count)),
      fc.constant((series: ModelSeries) => series.repeatLast()),
    );
    fc.assert(
      fc.property(
        fc.array(fc.tuple(step, fc.boolean()), { maxLength: 60 }),
        fc.string(),
        (steps, modelId) => {
          const series = new ModelSeries();
          const json = new SeriesJson();
          for (const [change, asks] of steps) {
            change(series);
            if (asks)
              expect(JSON.parse(json.of(modelId, series))).toEqual(overTheWire(series.toWire(modelId)));
          }
          expect(JSON.parse(json.of(modelId, series))).toEqual(overTheWire(series.toWire(modelId)));
        },
      ),
      { numRuns: 2000 },
    );
  });
});

const overTheWire = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
