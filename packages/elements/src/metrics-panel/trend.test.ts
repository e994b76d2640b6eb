import { expect } from '@open-wc/testing';
import { keepConsoleQuiet } from '../testing/quiet-console.fixture.js';
import { gapMs, usualStepMs } from './gaps.js';
import { ReadingHistory } from './reading-history.js';
import { cpuWindow, snapshot } from './snapshots.fixture.js';
import { trendPath } from './trend.js';

function pathOf(history: ReadingHistory): string {
  const readings = history.backend('a');
  if (!readings) throw new Error('Expected readings of a');
  return trendPath(readings, 'cpuUtilization');
}

function historyOf(...values: (number | null)[]): ReadingHistory {
  const history = new ReadingHistory(600_000);
  history.load([cpuWindow('a', values)]);
  return history;
}

describe('the trend of a number', () => {
  keepConsoleQuiet();

  it('is on the scale of the whole where it is a share', () => {
    expect(pathOf(historyOf(0, 50, 100))).to.equal('M17 96 18 50 19 4');
  });

  it('breaks where a value is unknown, and where readings are missing', () => {
    expect(pathOf(historyOf(50, 50, null, 50, 50)).match(/M/g)?.length).to.equal(2);
    const history = historyOf(50, 50, 50);
    history.append([snapshot('a', { cpuUtilization: 50 }, 6)]);
    history.append([snapshot('a', { cpuUtilization: 50 }, 7)]);
    expect(pathOf(history)).to.equal('M14 50 15 50 16 50M18 50 19 50');
  });

  it('is nothing while nothing is known', () => {
    expect(pathOf(historyOf(null, null))).to.equal('');
  });

  it('shows the newest 20', () => {
    const path = pathOf(historyOf(...Array.from({ length: 50 }, (_, i) => i * 2)));
    expect(path.startsWith('M0 41')).to.equal(true);
    expect(path.match(/\d+ \d+/g)?.length).to.equal(20);
  });

  it('takes the median step as the usual one, so that a hole does not hide itself', () => {
    expect(usualStepMs([0, 1000, 2000, 60_000, 61_000])).to.equal(1000);
    expect(gapMs([0, 1000, 2000, 60_000])).to.equal(2500);
    expect(usualStepMs([])).to.equal(0);
    expect(gapMs([0, 60_000])).to.equal(Infinity);
  });
});
