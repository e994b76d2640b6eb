import { expect } from '@open-wc/testing';
import { keepConsoleQuiet } from '../testing/quiet-console.fixture.js';
import { readingTimes, readoutText, timeText, valueAt } from './chart-readout.js';
import { type ChartSeries, firstFrom, nearestIndex, newestMs } from './chart-series.js';

const series = (id: string, atMs: readonly number[], values: readonly (number | null)[]): ChartSeries => ({
  id,
  label: id,
  unit: '%',
  atMs,
  values,
});

describe('the read-out of a chart', () => {
  keepConsoleQuiet();

  it('finds the closest time', () => {
    expect([0, 400, 600, 5000].map((at) => nearestIndex([0, 1000, 2000], at))).to.deep.equal([0, 0, 1, 2]);
    expect(nearestIndex([], 1)).to.equal(undefined);
    expect([firstFrom([0, 1000], 1), firstFrom([0, 1000], 1000), firstFrom([], 1)]).to.deep.equal([1, 1, 0]);
    expect(newestMs([series('a', [], []), series('b', [1, 7], [1, 1])])).to.equal(7);
    expect(newestMs([])).to.equal(undefined);
  });

  it('counts readings of the same moment once', () => {
    const a = series('a', [0, 1000, 2000], [1, 2, 3]);
    const b = series('b', [5, 1004, 3000], [1, 2, 3]);
    expect(readingTimes([a, b], { from: 0, to: 3000 })).to.deep.equal([0, 1000, 2000, 3000]);
    expect(readingTimes([a, b], { from: 900, to: 2000 })).to.deep.equal([1000, 2000]);
  });

  it('says nothing of a time at which a series was not read', () => {
    const a = series('a', [0, 1000, 2000, 9000], [1, null, 3, 4]);
    expect([0, 1000, 2300, 5000, 9000].map((at) => valueAt(a, at))).to.deep.equal([1, null, 3, null, 4]);
    expect(valueAt(series('a', [], []), 0)).to.equal(null);
  });

  it('writes time, names and values, and N/A for what is unknown', () => {
    const at = Date.UTC(2026, 0, 15, 10, 15, 2);
    const a = series('alpha', [at - 1000, at], [36, 37.04]);
    const b = series('beta', [at - 1000, at], [36, null]);
    expect(readoutText([a, b], at)).to.equal(`${timeText(at)}, alpha: 37.0%, beta: N/A`);
    expect(timeText(at)).to.match(/^\d\d:15:02$/);
    expect(timeText(at, true)).to.match(/^\d\d:15$/);
  });
});
