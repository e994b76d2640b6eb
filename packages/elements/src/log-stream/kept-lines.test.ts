import { type JobLogLevel, jobLogLevels } from '@corral/core';
import { expect } from '@open-wc/testing';
import { seededRandom } from '../testing/hostile-texts.fixture.js';
import { KeptLines } from './kept-lines.js';
import { fileLine, fileName } from './line-texts.js';
import { logLine, logLines } from './log.fixture.js';

describe('KeptLines', () => {
  it('says the same as filtering all lines anew, whatever comes and goes', () => {
    const random = seededRandom(7);
    for (let run = 0; run < 30; run++) {
      let max = 1 + Math.floor(random() * 3000);
      const kept = new KeptLines(max);
      let said: { number: number; level: JobLogLevel }[] = [];
      let next = 0;
      for (let step = 0; step < 20; step++) {
        const chance = random();
        if (chance < 0.05) {
          kept.clear();
          said = [];
          next = 0;
        } else if (chance < 0.15) {
          max = 1 + Math.floor(random() * 3000);
          kept.setMax(max);
        } else {
          const lines = Array.from({ length: Math.floor(random() * 900) }, () =>
            logLine(next++, { level: jobLogLevels[Math.floor(random() * 4)] as JobLogLevel }),
          );
          kept.append(lines);
          said.push(...lines.map(({ seq, level }) => ({ number: seq - 1, level })));
        }
        said = said.slice(-max);
        for (const [i, level] of jobLogLevels.entries()) {
          const numbers = said
            .filter((one) => jobLogLevels.indexOf(one.level) >= i)
            .map(({ number }) => number);
          const shown = kept.slice(level, 0, kept.count(level));
          expect(shown.map(({ number }) => number)).to.deep.equal(numbers);
          expect(shown.every(({ number, line }) => line.seq === number + 1)).to.equal(true);
          const middle = numbers[numbers.length >> 1] ?? 0;
          expect(kept.countBefore(level, middle)).to.equal(numbers.filter((one) => one < middle).length);
        }
        expect([kept.end, kept.dropped]).to.deep.equal([next, next - said.length]);
      }
    }
  });

  it('shows a line of a level that a newer hub has among all', () => {
    const kept = new KeptLines(10);
    kept.append([logLine(0, { level: 'trace' as JobLogLevel })]);
    expect(jobLogLevels.map((level) => kept.count(level))).to.deep.equal([1, 0, 0, 0]);
  });

  it('takes in a million lines in little more time for each than a thousand', () => {
    const kept = new KeptLines(100_000);
    const lines = logLines(10_000);
    const startMs = performance.now();
    for (let batch = 0; batch < 100; batch++) kept.append(lines);
    expect(performance.now() - startMs).to.be.lessThan(5000);
    expect([kept.count('debug'), kept.dropped]).to.deep.equal([100_000, 900_000]);
  });
});

describe('texts of lines', () => {
  it('writes a line as a file has it', () => {
    const line = logLine(0, { level: 'warn', taskId: 'task-1', msg: 'slow' });
    expect(fileLine(line)).to.equal('2026-01-01T00:00:00.000Z WARN  [task-1] slow');
    expect(fileLine(logLine(0))).to.equal('2026-01-01T00:00:00.000Z INFO  line 0');
  });

  it('makes a name for a file of any text', () => {
    expect(['Log', '../../etc/passwd', 'a b/c', '', '…', '日誌'].map(fileName)).to.deep.equal([
      'Log.log',
      'etc-passwd.log',
      'a-b-c.log',
      'log.log',
      'log.log',
      '日誌.log',
    ]);
    expect(fileName('x'.repeat(500)).length).to.equal(84);
  });
});
