import { expect } from '@open-wc/testing';
import { keepConsoleQuiet } from '../testing/quiet-console.fixture.js';
import { arraySeries, extentOf } from './series-source.js';
import { asciiText, barPath, drawing, linePath, scaleOf } from './sparkline-path.js';

const series = (...values: (number | null)[]) =>
  arraySeries(
    values.map((value) => value ?? 0),
    values.map((value) => value !== null),
  );
const full = { from: 0, to: 100 };
const { width } = drawing;
const step = width / 19;

/** The points of each stroke: how a path writes them is its own affair. */
function strokes(path: string): { points: [number, number][]; dot: boolean }[] {
  return path
    .split('M')
    .slice(1)
    .map((stroke) => {
      const numbers = (stroke.replace('m-.15 0h.3', '').match(/-?[\d.]+/g) ?? []).map(Number);
      const points = numbers.flatMap((x, i): [number, number][] =>
        i % 2 === 0 ? [[x, numbers[i + 1] as number]] : [],
      );
      return { points, dot: stroke.endsWith('m-.15 0h.3') };
    });
}

describe('the drawing of a series', () => {
  keepConsoleQuiet();

  it('has one point for each slot, the newest at the right edge', () => {
    expect(strokes(linePath(series(0, 50, 100), full))).to.deep.equal([
      {
        points: [
          [width - 2 * step, 96],
          [width - step, 50],
          [width, 4],
        ],
        dot: false,
      },
    ]);
  });

  it('breaks the line where a slot is unknown', () => {
    expect(strokes(linePath(series(0, 0, null, 0, 0), full))).to.deep.equal([
      {
        points: [
          [width - 4 * step, 96],
          [width - 3 * step, 96],
        ],
        dot: false,
      },
      {
        points: [
          [width - step, 96],
          [width, 96],
        ],
        dot: false,
      },
    ]);
  });

  it('makes a lone known slot a dot, wherever it stands', () => {
    for (const [alone, x] of [
      [series(50, null, null), width - 2 * step],
      [series(null, 50, null), width - step],
      [series(null, null, 50), width],
      [series(50), width],
    ] as const) {
      expect(strokes(linePath(alone, full))).to.deep.equal([{ points: [[x, 50]], dot: true }]);
    }
  });

  it('draws nothing for nothing', () => {
    expect(linePath(series(), full)).to.equal('');
    expect(linePath(series(null, null), full)).to.equal('');
    expect(barPath(series(null), full)).to.equal('');
  });

  it('gives known slots a bar and unknown ones none', () => {
    expect(barPath(series(0, null, 100), full)).to.equal(`M${width - 2 * step} 100V96M${width} 100V4`);
  });

  it('writes three rows of blocks, newest at the right, unknown slots blank', () => {
    const rows = asciiText(series(0, 50, null, 100), full).split('\n');
    expect(rows).to.have.length(3);
    for (const row of rows) expect([...row]).to.have.length(20);
    expect(rows.map((row) => row.slice(-4))).to.deep.equal(['   █', ' ▄ █', '▁█ █']);
  });

  it('begins the scale at zero, or around the values, and never at one point', () => {
    expect(scaleOf({ smallest: 10, largest: 20 }, 'zero')).to.deep.equal({ from: 0, to: 20 });
    expect(scaleOf({ smallest: 0, largest: 0 }, 'zero')).to.deep.equal({ from: 0, to: 1 });
    expect(scaleOf({ smallest: -5, largest: -1 }, 'zero')).to.deep.equal({ from: -5, to: 1 });
    expect(scaleOf({ smallest: 10, largest: 20 }, 'smallest')).to.deep.equal({ from: 10, to: 20 });
    expect(scaleOf({ smallest: 10, largest: 10 }, 'smallest')).to.deep.equal({ from: 9.5, to: 10.5 });
    expect(scaleOf({ smallest: 0, largest: 0 }, 'smallest')).to.deep.equal({ from: -0.5, to: 0.5 });
  });

  it('stays inside its area and free of NaN for any known values', () => {
    for (const values of [
      [0],
      [1e-9, 1e9],
      [-5, 5],
      [7, 7, 7],
      [0, 0, 0],
      Array.from({ length: 20 }, (_, i) => i ** 5),
    ]) {
      const source = series(...values);
      const extent = extentOf(source);
      if (!extent) throw new Error('Expected known values to have an extent');
      for (const baseline of ['zero', 'smallest'] as const) {
        const scale = scaleOf(extent, baseline);
        const path = linePath(source, scale) + barPath(source, scale);
        expect(path).not.to.match(/NaN|Infinity|undefined/);
        for (const [x, y] of strokes(linePath(source, scale)).flatMap(({ points }) => points)) {
          expect(x).to.be.within(0, width);
          expect(y).to.be.within(0, 100);
        }
        expect([...asciiText(source, scale)].length).to.equal(62);
      }
    }
  });

  it('takes the extent from known slots alone', () => {
    expect(extentOf(series(null, 3, null, 9, null))).to.deep.equal({ smallest: 3, largest: 9 });
    expect(extentOf(series(null))).to.equal(undefined);
    expect(extentOf(series())).to.equal(undefined);
  });
});
