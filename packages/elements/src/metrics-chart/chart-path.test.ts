import { expect } from '@open-wc/testing';
import fc from 'fast-check';
import { keepConsoleQuiet } from '../testing/quiet-console.fixture.js';
import { extentIn, type PlotArea, pathOf, pointIn, type Stroke, strokesOf } from './chart-path.js';
import type { ChartSeries } from './chart-series.js';

const area = (width: number, to: number): PlotArea => ({
  time: { from: 0, to },
  value: { from: 0, to: 100 },
  width,
  height: 100,
});
const everySecond = (values: readonly (number | null)[]) => ({
  atMs: values.map((_, i) => i * 1000),
  values,
});

function byColumn(points: Stroke): Map<number, (readonly [number, number])[]> {
  const columns = new Map<number, (readonly [number, number])[]>();
  for (const point of points) {
    const x = Math.floor(point[0]);
    columns.set(x, [...(columns.get(x) ?? []), point]);
  }
  return columns;
}

describe('the line of a series', () => {
  keepConsoleQuiet();

  it('leads from reading to reading', () => {
    expect(pathOf(strokesOf(everySecond([0, 50, 100]), area(100, 2000)))).to.equal(
      'M0.0 100.0L50.0 50.0L100.0 0.0',
    );
  });

  it('breaks where a value is unknown, and makes a lone one a dot', () => {
    const strokes = strokesOf(everySecond([1, 2, null, 3, null, 4, 5]), area(600, 6000));
    expect(strokes.map((stroke) => stroke.length)).to.deep.equal([2, 1, 2]);
    expect(pathOf(strokes)).to.contain('h.01M');
  });

  it('breaks where readings are missing for more than 2.5 steps, and not before', () => {
    const at = [0, 1000, 2000, 4500, 5500, 8001, 9001];
    const strokes = strokesOf({ atMs: at, values: at.map(() => 1) }, area(900, 9001));
    expect(strokes.map((stroke) => stroke.length)).to.deep.equal([5, 2]);
  });

  it('breaks where time runs backwards', () => {
    const series = { atMs: [0, 1000, 2000, 500, 1500], values: [1, 1, 1, 1, 1] };
    expect(strokesOf(series, area(200, 2000)).length).to.equal(2);
  });

  it('is led in from the reading before the window, and ends with it', () => {
    const strokes = strokesOf(everySecond(Array.from({ length: 20 }, () => 1)), {
      ...area(100, 0),
      time: { from: 9500, to: 12_500 },
    });
    const xs = strokes[0]?.map(([x]) => x) ?? [];
    expect(xs[0]).to.be.lessThan(0);
    expect(xs.at(-1)).to.be.within(100, 140);
    expect(strokes.length).to.equal(1);
  });

  it('property: cut down to columns of pixels, it keeps every peak, gap and end', () => {
    const aValue = fc.option(fc.double({ min: 0, max: 100, noNaN: true }), { nil: null, freq: 12 });
    fc.assert(
      fc.property(
        fc.array(aValue, { minLength: 1, maxLength: 900, size: 'max' }),
        fc.integer({ min: 20, max: 120 }),
        (values, width) => {
          const series = everySecond(values);
          const plot = area(width, Math.max(1000, (values.length - 1) * 1000));
          const point = pointIn(plot);
          const strokes = strokesOf(series, plot);
          // By a way of its own: the runs of known values, and what is extreme in each column of them.
          const runs: [x: number, y: number][][] = [];
          for (const [i, value] of values.entries()) {
            if (value === null) continue;
            if (i === 0 || values[i - 1] === null) runs.push([]);
            runs.at(-1)?.push([...point(i * 1000, value)]);
          }
          expect(strokes.length).to.equal(runs.length);
          for (const [i, run] of runs.entries()) {
            const stroke = strokes[i] ?? [];
            expect(stroke[0]).to.deep.equal(run[0]);
            expect(stroke.at(-1)).to.deep.equal(run.at(-1));
            const columns = byColumn(run);
            const drawn = byColumn(stroke);
            expect([...drawn.keys()]).to.deep.equal([...columns.keys()]);
            for (const [x, points] of columns) {
              const kept = drawn.get(x) ?? [];
              const ys = points.map(([, y]) => y);
              const keptYs = kept.map(([, y]) => y);
              expect(Math.min(...keptYs)).to.equal(Math.min(...ys));
              expect(Math.max(...keptYs)).to.equal(Math.max(...ys));
              expect(kept.length).to.be.at.most(4);
            }
            for (let k = 1; k < stroke.length; k++)
              expect(stroke[k]?.[0]).to.be.greaterThan((stroke[k - 1] as readonly [number, number])[0]);
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  it('knows the extent of what is in the window alone', () => {
    const one = everySecond([500, 3, null, 7, 900]) as unknown as ChartSeries;
    expect(extentIn([one], { from: 1000, to: 3000 })).to.deep.equal({ from: 3, to: 7 });
    expect(extentIn([one], { from: 2000, to: 2000 })).to.equal(undefined);
    expect(extentIn([], { from: 0, to: 1 })).to.equal(undefined);
  });
});
