import { expect } from '@open-wc/testing';
import fc from 'fast-check';
import { keepConsoleQuiet } from '../testing/quiet-console.fixture.js';
import { niceStep, timeTicks, valueAxis } from './chart-ticks.js';

const percent = { full: 100, whole: false, divisor: 1 };
const bytes = { full: undefined, whole: false, divisor: 1e9 };
const requests = { full: undefined, whole: true, divisor: 1 };
const aNumber = fc.double({ min: -1e12, max: 1e12, noNaN: true });
const anExtent = fc.option(
  fc.tuple(aNumber, aNumber).map(([a, b]) => ({ from: Math.min(a, b), to: Math.max(a, b) })),
  { nil: undefined },
);

describe('the ticks of an axis', () => {
  keepConsoleQuiet();

  it('are 1, 2 or 5 times a power of ten apart', () => {
    expect([
      niceStep(100, 5),
      niceStep(97, 4),
      niceStep(0.3, 5),
      niceStep(7, 7),
      niceStep(1e9, 4),
    ]).to.deep.equal([20, 50, 0.1, 1, 500_000_000]);
  });

  it('end a share at the whole, and count requests in whole numbers', () => {
    expect(valueAxis({ from: 3, to: 7 }, percent, 5).ticks.at).to.deep.equal([0, 20, 40, 60, 80, 100]);
    expect(valueAxis({ from: 0, to: 2 }, requests, 5).ticks.at).to.deep.equal([0, 1, 2]);
    expect(valueAxis({ from: 0, to: 0 }, requests, 5).ticks.at).to.deep.equal([0, 1]);
    expect(valueAxis({ from: 0, to: 31e9 }, bytes, 4).range).to.deep.equal({ from: 0, to: 40e9 });
    expect(valueAxis(undefined, bytes, 4).range).to.deep.equal({ from: 0, to: 1e9 });
  });

  it('property: value ticks lie in the range, evenly on nice steps, and the range holds every value', () => {
    fc.assert(
      fc.property(
        anExtent,
        fc.constantFrom(percent, bytes, requests),
        fc.integer({ min: 2, max: 12 }),
        (extent, unit, count) => {
          const { range, ticks } = valueAxis(extent, unit, count);
          expect(range.from).to.be.at.most(0);
          expect(range.to).to.be.greaterThan(range.from);
          const slack = ticks.step * 1e-6;
          if (extent)
            expect(range.from <= extent.from + slack && range.to >= extent.to - slack).to.equal(true);
          const mantissa = ticks.step / 10 ** Math.floor(Math.log10(ticks.step) + 1e-9);
          expect([1, 2, 5].some((nice) => Math.abs(mantissa - nice) < 1e-6)).to.equal(true);
          expect(ticks.at.length).to.be.within(2, count + 3);
          for (const [i, tick] of ticks.at.entries()) {
            expect(tick).to.be.within(range.from, range.to);
            const times = tick / ticks.step;
            expect(Math.abs(times - Math.round(times))).to.be.lessThan(1e-6);
            if (i > 0) expect(Math.abs(tick - (ticks.at[i - 1] as number) - ticks.step)).to.be.at.most(slack);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('property: time ticks lie in the range, on whole steps, with room for their texts', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 4e12 }),
        fc.integer({ min: 1000, max: 40 * 86_400_000 }),
        fc.integer({ min: 20, max: 2000 }),
        (from, span, width) => {
          const { step, at } = timeTicks({ from, to: from + span }, width);
          expect((step / span) * width).to.be.at.least(54 - 1e-6);
          for (const tick of at) {
            expect(tick).to.be.within(from, from + span);
            expect(tick % step).to.equal(0);
          }
          expect(at.length).to.equal(Math.floor((from + span) / step) - Math.ceil(from / step) + 1);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('are minutes in a wide chart of 15 minutes, and farther apart in a narrow one', () => {
    const quarter = { from: 0, to: 900_000 };
    expect([timeTicks(quarter, 1200).step, timeTicks(quarter, 250).step]).to.deep.equal([60_000, 300_000]);
    expect(timeTicks({ from: 0, to: 60_000 }, 600).step).to.equal(10_000);
  });
});
