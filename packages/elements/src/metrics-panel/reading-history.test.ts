import { expect } from '@open-wc/testing';
import { keepConsoleQuiet } from '../testing/quiet-console.fixture.js';
import { ReadingHistory } from './reading-history.js';
import { cpuWindow, snapshot, startMs } from './snapshots.fixture.js';

const cpuOf = (history: ReadingHistory, backendId = 'a'): readonly (number | null)[] | undefined =>
  history.backend(backendId)?.values.cpuUtilization;
const secondsOf = (history: ReadingHistory, backendId = 'a'): number[] | undefined =>
  history.backend(backendId)?.atMs.map((at) => (at - startMs) / 1000);

describe('the history of readings', () => {
  keepConsoleQuiet();

  it('keeps each reading once, with what is unknown as unknown', () => {
    const history = new ReadingHistory(60_000);
    history.append([snapshot('a', { cpuUtilization: 10 }, 0)]);
    history.append([snapshot('a', { cpuUtilization: 10 }, 0)]);
    history.append([snapshot('a', {}, 1), snapshot('b', { cpuUtilization: Number.NaN }, 1)]);
    expect(cpuOf(history)).to.deep.equal([10, null]);
    expect(cpuOf(history, 'b')).to.deep.equal([null]);
    expect([...(history.backend('a')?.known ?? [])]).to.deep.equal(['cpuUtilization']);
    expect(history.backend('b')?.known.size).to.equal(0);
    expect(history.backend('a')?.clockSteps).to.deep.equal([]);
  });

  it('puts the past before what came while it was asked for', () => {
    const history = new ReadingHistory(60_000);
    history.append([snapshot('a', { cpuUtilization: 13 }, 3)]);
    history.append([snapshot('a', { cpuUtilization: 14 }, 4)]);
    history.load([cpuWindow('a', [10, null, 12, 13])]);
    expect(cpuOf(history)).to.deep.equal([10, null, 12, 13, 14]);
    expect(secondsOf(history)).to.deep.equal([0, 1, 2, 3, 4]);
    expect(history.backend('a')?.clockSteps).to.deep.equal([]);
  });

  it('forgets what is too old, and a backend of which nothing is left', () => {
    const history = new ReadingHistory(10_000);
    history.load([cpuWindow('a', [1, 2, 3]), cpuWindow('gone', [1])]);
    history.append([snapshot('a', { cpuUtilization: 4 }, 11)]);
    expect(secondsOf(history)).to.deep.equal([1, 2, 11]);
    expect(history.backend('gone')).to.equal(undefined);
    expect(cpuOf(history)?.length).to.equal(3);
  });

  it('F53: marks a clock that was set back, and drops what it had said of later times', () => {
    const history = new ReadingHistory(600_000);
    history.load([cpuWindow('a', [1, 2, 3, 4, 5])]);
    history.append([snapshot('a', { cpuUtilization: 9 }, 2)]);
    expect(secondsOf(history)).to.deep.equal([0, 1, 2]);
    expect(cpuOf(history)).to.deep.equal([1, 2, 9]);
    expect(history.backend('a')?.clockSteps).to.deep.equal([startMs + 2000]);
  });

  it('goes on after a clock was set back by an hour', () => {
    const history = new ReadingHistory(600_000);
    history.append([snapshot('a', { cpuUtilization: 1 }, 3600), snapshot('b', { cpuUtilization: 1 }, 3600)]);
    history.append([snapshot('a', { cpuUtilization: 2 }, 1), snapshot('b', { cpuUtilization: 2 }, 1)]);
    expect([cpuOf(history), cpuOf(history, 'b')]).to.deep.equal([[2], [2]]);
  });

  it('leaves out a reading without a time', () => {
    const history = new ReadingHistory(60_000);
    history.append([snapshot('a', { cpuUtilization: 1, at: 'soon' })]);
    expect(history.backends).to.deep.equal([]);
  });
});
