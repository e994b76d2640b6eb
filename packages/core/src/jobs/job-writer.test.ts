import { beforeEach, describe, expect, it } from 'vitest';
import { SimulatedClock } from '../testing/simulated-clock.js';
import type { JobEvent, JobLogLevel } from './job-event.js';
import { JobWriter } from './job-writer.js';
import type { JobChange, StoredTask } from './ports.js';
import { withoutExcess } from './waiting-lines.js';

const line = (seq: number, level: JobLogLevel = 'debug', msg = 'x'): JobEvent => ({
  ...{ type: 'log', seq, ts: '', level, msg, taskId: null },
});
const result = (taskId: string): JobChange => ({
  jobId: 'j',
  tasks: [{ taskId, status: 'completed' } as StoredTask],
  result: { taskId, output: taskId },
});
const lines = (...events: JobEvent[]): JobChange => ({ jobId: 'j', events });
const full = Object.assign(new Error('full'), { code: 'store_full' });

let clock: SimulatedClock;
let stored: JobChange[];
/** Says what a commit comes to; by default it is stored. */
let commit: (change: JobChange) => Promise<boolean>;
let leftOut: number;
let writer: JobWriter;
beforeEach(() => {
  clock = new SimulatedClock();
  stored = [];
  leftOut = 0;
  commit = async () => true;
  writer = new JobWriter({
    clock,
    random: () => 0.5,
    store: {
      commit: async (change) => {
        const isTaken = await commit(change);
        if (isTaken) stored.push(change);
        return isTaken;
      },
    },
    onTrouble: () => {},
    onLeftOut: (count) => (leftOut += count),
  });
});

/** A disk on which only results find room, as in what is kept back for them. */
async function onlyResults(change: JobChange): Promise<boolean> {
  if (change.result) return true;
  throw full;
}

describe('JobWriter', () => {
  it('F64 stores a result though log lines before it found no room', async () => {
    commit = onlyResults;
    const puts = [
      writer.put(lines(line(1))),
      writer.put(lines(line(2))),
      writer.put(result('a')),
      writer.put(result('b')),
    ];
    await clock.advance(1500);
    expect(stored.map((change) => change.result?.taskId)).toEqual(['a', 'b']);
    expect(stored[0]?.events?.map(({ seq }) => seq)).toEqual([1, 2]);
    expect(await Promise.all(puts)).toEqual([true, true, true, true]);
    expect(clock.timerCount).toBe(0);
  });

  it('F64 lets no more than some log lines wait, and says how many were left out', async () => {
    commit = async () => {
      throw full;
    };
    let seq = 0;
    const warning = line(++seq, 'warn', 'kept');
    void writer.put(lines(warning));
    for (let put = 0; put < 400; put++) {
      void writer.put(lines(...Array.from({ length: 100 }, () => line(++seq, 'debug', 'y'.repeat(500)))));
      if (put % 100 === 0) await clock.advance(5000);
    }
    commit = async () => true;
    await clock.advance(20_000);
    const events = stored.flatMap((change) => change.events ?? []);
    expect(events[0]).toEqual(warning);
    expect(events.at(-1)?.seq).toBe(seq);
    expect(events.length + leftOut).toBe(seq);
    const characters = events.reduce((sum, event) => sum + ('msg' in event ? event.msg.length : 0), 0);
    // What was on its way when it failed first, and what waited behind it.
    expect(characters).toBeLessThanOrEqual(2 * 256 * 1024);
    expect(events.map((event) => event.seq)).toEqual(events.map((event) => event.seq).sort((a, b) => a - b));
  });

  it('keeps results and plans apart where one commit has no room for both', async () => {
    commit = async () => {
      throw full;
    };
    const plan = [{ taskId: 'a' } as StoredTask];
    void writer.put({ jobId: 'j', plan });
    void writer.put(result('a'));
    void writer.put(result('b'));
    await clock.advance(1500);
    commit = async () => true;
    await clock.advance(5000);
    expect(stored.map((change) => [change.plan?.length, change.result?.taskId])).toEqual([
      [1, undefined],
      [undefined, 'a'],
      [undefined, 'b'],
    ]);
  });

  it('stores nothing while it is halted, not even the rest of what was on its way', async () => {
    let answer: (isTaken: boolean) => void = () => {};
    commit = () => new Promise((resolve) => (answer = resolve));
    const put = writer.put(result('a'));
    await clock.advance(0);
    const halted = writer.halt();
    commit = async () => true;
    answer(false);
    await halted;
    await clock.advance(1000);
    expect(stored).toEqual([]);
    writer.proceed();
    expect(await put).toBe(true);
    expect(stored).toEqual([{ jobId: 'j', tasks: result('a').tasks }]);
  });
});

describe('withoutExcess', () => {
  it('leaves out the oldest of the quietest level first, and nothing but log lines', () => {
    const task = { type: 'task', seq: 3, ts: '' } as JobEvent;
    const events = [line(1, 'error'), line(2), task, line(4, 'info'), line(5), line(6)];
    const seqs = (most: number): number[] =>
      withoutExcess(events, { lines: most, characters: 99 }).events.map(({ seq }) => seq);
    expect(seqs(5)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(seqs(3)).toEqual([1, 3, 4, 6]);
    expect(seqs(1)).toEqual([1, 3]);
    expect(seqs(0)).toEqual([3]);
    expect(withoutExcess(events, { lines: 9, characters: 4 })).toMatchObject({ leftOut: 1 });
  });

  it('leaves out how far tasks were before they were further, once it is too much', () => {
    const task = (seq: number, taskId: string) => ({ type: 'task', seq, ts: '', taskId }) as JobEvent;
    const events = [task(1, 'a'), task(2, 'b'), line(3), task(4, 'a'), task(5, 'a')];
    expect(withoutExcess(events, { lines: 5, characters: 9 }).events).toHaveLength(5);
    expect(withoutExcess(events, { lines: 4, characters: 9 })).toEqual({
      events: [task(2, 'b'), line(3), task(5, 'a')],
      leftOut: 0,
    });
  });
});
