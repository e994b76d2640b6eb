import type { JobEvent } from '@corral/core';
import { simulatedTask } from '@corral/core/testing';
import { expect } from '@open-wc/testing';
import { logLine } from '../log-stream/log.fixture.js';
import { EventRecord } from './event-record.js';

const ts = '2026-01-01T00:00:00.000Z';
const task = (seq: number, taskId: string, score: number): JobEvent => ({
  type: 'task',
  seq,
  ts,
  ...simulatedTask({ taskId, score }),
});
const done = (seq: number): JobEvent => ({ type: 'done', seq, ts, status: 'done', totalCost: 1 });

describe('EventRecord', () => {
  it('keeps the latest of each task in the order of their coming, and each line until it is taken', () => {
    const record = new EventRecord();
    record.take({
      events: [task(1, 'b', 0.1), logLine(1), task(3, 'a', 0.2), task(4, 'b', 0.5)],
      gap: false,
    });
    expect([...record.tasks].map(([id, { score }]) => [id, score])).to.deep.equal([
      ['b', 0.5],
      ['a', 0.2],
    ]);
    expect(record.takeLines().map(({ msg }) => msg)).to.deep.equal(['line 1']);
    expect(record.takeLines()).to.deep.equal([]);
  });

  it('leaves out what it has heard already, and remembers that something is missing', () => {
    const record = new EventRecord();
    record.take({ events: [logLine(4)], gap: false });
    expect([record.lastSeq, record.hasGap]).to.deep.equal([5, false]);
    record.take({ events: [logLine(3), logLine(4), logLine(8)], gap: true });
    expect([record.lastSeq, record.hasGap]).to.deep.equal([9, true]);
    expect(record.takeLines().map(({ seq }) => seq)).to.deep.equal([5, 9]);
  });

  it('knows whether the end was the last thing heard', () => {
    const record = new EventRecord();
    record.take({ events: [logLine(0), done(2)], gap: false });
    expect(record.isDone).to.equal(true);
    record.take({ events: [logLine(2)], gap: false });
    expect(record.isDone).to.equal(false);
  });
});
