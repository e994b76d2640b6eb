import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SimulatedClock } from '../testing/simulated-clock.js';
import { FakeExecutor, twoTasks } from './fake-jobs.fixture.js';
import type { JobRunnerOptions } from './job-runner-options.js';
import { Life, MortalStore, settleAll, storedJobs } from './mortal-house.fixture.js';
import { TaskFailure } from './ports.js';

const price = { inputUsdPer1M: 0, outputUsdPer1M: 1000 };
const independent = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ taskId: `t${index + 1}`, prompt: `Task ${index + 1}` }));

let clock: SimulatedClock;
let disk: MortalStore;
let executor: FakeExecutor;
let life: Life;

beforeEach(async () => {
  clock = new SimulatedClock();
  disk = new MortalStore();
  await begin();
});
afterEach(async () => {
  const disposed = life.runner.dispose();
  await settleAll(clock, 10_000);
  await disposed;
  expect(clock.timerCount).toBe(0);
});

/** Begins a new life on the same disk, with an executor of its own. */
async function begin(options: Partial<JobRunnerOptions> = {}): Promise<void> {
  executor = new FakeExecutor();
  let ids = 0;
  life = new Life(clock, disk, () => executor, { newId: () => `job-${++ids}`, ...options });
  await life.runner.open();
  await settleAll(clock);
}

async function submit(facts: object = {}): Promise<void> {
  await life.runner.submit({ projectDescription: 'Say hello', ...facts });
  await settleAll(clock);
}

async function finish(taskId: string): Promise<void> {
  executor.task(taskId).finish();
  await settleAll(clock);
}

const tasks = async (): Promise<string[]> =>
  (await life.runner.get('job-1')).tasks.map(({ taskId, status, failureCode, attempt }) =>
    failureCode ? `${taskId} ${status}(${failureCode})` : `${taskId} ${status} #${attempt}`,
  );
const job = async () => (await life.runner.get('job-1')).job;

describe('a crash', () => {
  it('F61 goes on after a kill in the middle: results are kept, what was under way runs again', async () => {
    await submit({ tasks: [...twoTasks, { taskId: 'c', prompt: 'c' }] });
    await finish('a');
    expect(await tasks()).toEqual(['a completed #1', 'b running #1', 'c running #1']);
    life.kill();
    const seen: string[] = [];
    executor = new FakeExecutor();
    life = new Life(clock, disk, () => executor);
    life.events.subscribe('job:updated', ({ job: { status } }) => seen.push(status));
    await life.runner.open();
    await settleAll(clock);
    expect([...new Set(seen)]).toEqual(['interrupted', 'running']);
    expect([...executor.begun].sort()).toEqual(['b#2', 'c#2']);
    expect(await tasks()).toEqual(['a completed #1', 'b running #2', 'c running #2']);
    await finish('b');
    await finish('c');
    expect((await job()).status).toBe('done');
  });

  it('F61 waits for somebody to resume it, where the runner is told so', async () => {
    await submit({ tasks: twoTasks });
    life.kill();
    await begin({ resume: 'manual' });
    expect((await job()).status).toBe('interrupted');
    await settleAll(clock, 60_000);
    expect(executor.begun).toEqual([]);
    expect((await life.runner.resume('job-1', { budgetUsd: 10 })).status).toBe('running');
    await settleAll(clock);
    expect(executor.begun).toEqual(['a#2']);
    expect((await job()).budgetUsd).toBe(10);
  });

  it('F61 keeps those in the line in their order', async () => {
    life.kill();
    await begin({ jobsAtOnce: 1 });
    for (let i = 0; i < 3; i++) await submit({ tasks: independent(1) });
    life.kill();
    await begin({ jobsAtOnce: 1 });
    for (let i = 1; i <= 3; i++) {
      expect(executor.held[0]?.task.jobId).toBe(`job-${i}`);
      await finish('t1');
    }
  });

  it('F62 stores one result when the kill comes between the answer and its commit', async () => {
    await submit({ tasks: independent(1) });
    disk.onCommit = ({ result }) => {
      if (result) life.kill();
    };
    // The process dies before its change reaches the disk.
    disk.mood = 'fails';
    executor.task('t1').finish({ output: 'first' });
    await settleAll(clock);
    life.kill();
    disk.mood = 'works';
    disk.onCommit = () => {};
    await begin();
    expect(executor.begun).toEqual(['t1#2']);
    executor.task('t1').finish({ output: 'second' });
    await settleAll(clock);
    expect(await life.runner.task('job-1', 't1')).toMatchObject({ output: 'second', task: { attempt: 2 } });
  });

  it('F62 takes the answer of a store that kept a result and could not say so', async () => {
    await submit({ tasks: independent(1) });
    let left = 1;
    const { commit } = MortalStore.prototype;
    disk.commit = async (change) => {
      const isTaken = await commit.call(disk, change);
      if (change.result && left-- > 0) throw new Error('The connection is gone');
      return isTaken;
    };
    await finish('t1');
    await settleAll(clock, 5000);
    expect(await job()).toMatchObject({ status: 'done', taskCounts: { completed: 1 } });
    expect(await tasks()).toEqual(['t1 completed #1']);
  });

  it('F62 keeps the result that somebody else stored, and goes on', async () => {
    await submit({ tasks: independent(1) });
    await disk.commit({ jobId: 'job-1', result: { taskId: 't1', output: 'of another' } });
    await finish('t1');
    expect(await life.runner.task('job-1', 't1')).toMatchObject({
      output: 'of another',
      task: { status: 'completed' },
    });
    expect((await disk.load('job-1'))?.job).toMatchObject({ status: 'done', taskCounts: { completed: 1 } });
    expect((await disk.task('job-1', 't1'))?.status).toBe('completed');
  });

  it('F72 counts what was set aside when the runner was killed as used', async () => {
    await submit({ tasks: independent(1), budgetUsd: 2 });
    const { budget } = executor.task('t1').context;
    const settled = await budget.reserve({ inputTokens: 0, maxOutputTokens: 500, price });
    await settled.settle({ costUsd: 0.25, inputTokens: 0, outputTokens: 250 });
    await budget.reserve({ inputTokens: 10, maxOutputTokens: 500, price });
    const [stored] = await storedJobs(disk);
    expect(stored).toMatchObject({ job: { totalCost: 0.25, reservedUsd: 0.5 } });
    expect(stored?.reservations).toEqual([{ id: expect.any(String), taskId: 't1', usd: 0.5, tokens: 510 }]);
    life.kill();
    await begin();
    expect(await job()).toMatchObject({
      totalCost: 0.75,
      totalTokens: 760,
      reservedUsd: 0,
      unpricedCalls: 0,
    });
    expect((await life.runner.get('job-1')).tasks[0]?.costUsd).toBe(0.75);
    const rest = await executor
      .task('t1')
      .context.budget.reserve({ inputTokens: 0, maxOutputTokens: 9999, price });
    expect(rest.maxOutputTokens).toBe(1250);
  });

  it('counts time and spending of all runs together', async () => {
    await submit({ tasks: independent(1), timeLimitS: 10 });
    await clock.advance(4000);
    await executor.task('t1').context.budget.reserve({ inputTokens: 1, maxOutputTokens: 1, price: null });
    life.kill();
    await clock.advance(60_000);
    await begin();
    expect((await job()).elapsedS).toBe(4);
    await settleAll(clock, 5900);
    expect((await job()).status).toBe('running');
    await settleAll(clock, 400);
    expect(await job()).toMatchObject({ status: 'failed', statusReason: 'time_limit', unpricedCalls: 1 });
    expect(await tasks()).toEqual(['t1 failed(time_limit)']);
  });

  it('ends well: what is under way is called off and runs again in the next life, without a loss', async () => {
    await submit({ tasks: independent(1) });
    const { signal } = executor.task('t1').context;
    const disposed = life.runner.dispose();
    expect(signal.aborted).toBe(true);
    await settleAll(clock);
    await disposed;
    expect(clock.timerCount).toBe(0);
    const [stored] = await storedJobs(disk);
    expect(stored?.job.status).toBe('interrupted');
    expect((await disk.task('job-1', 't1'))?.losses).toBe(0);
    await begin();
    expect(executor.begun).toEqual(['t1#2']);
  });

  it('ends though its executor does not listen and its store does not answer', async () => {
    executor.onTask = () => new Promise(() => {});
    await submit({ tasks: independent(1) });
    disk.commit = () => new Promise(() => {});
    const disposed = life.runner.dispose();
    await settleAll(clock, 10_000);
    await disposed;
    expect(clock.timerCount).toBe(0);
  });
});

describe('work that fails', () => {
  it('is tried again when that may help, with more and more time between, up to three times', async () => {
    await submit({ tasks: independent(1) });
    for (let attempt = 1; attempt <= 3; attempt++) {
      executor.task('t1').fail(new TaskFailure('upstream_failed', 'Gone'));
      await settleAll(clock);
      if (attempt === 3) break;
      expect(await tasks()).toEqual([`t1 pending #${attempt}`]);
      await settleAll(clock, attempt * 1000 - 100);
      expect(executor.held).toEqual([]);
      await settleAll(clock, 200);
    }
    expect(executor.begun).toEqual(['t1#1', 't1#2', 't1#3']);
    expect(await tasks()).toEqual(['t1 failed(upstream_failed)']);
    expect((await job()).statusReason).toBe('tasks_failed');
  });

  it('F76 waits without a loop when no endpoint can be called, and goes on when one can', async () => {
    executor.onTask = async () => {
      throw new TaskFailure('no_backend', 'None');
    };
    await submit({ tasks: independent(20), concurrency: 10 });
    expect(await job()).toMatchObject({ status: 'running', statusReason: 'no_backend' });
    const commits = disk.commits;
    const begun = executor.begun.length;
    await settleAll(clock, 1_800_000);
    expect(await job()).toMatchObject({ status: 'running', statusReason: 'no_backend' });
    // One task looks, every 30 s.
    expect(executor.begun.length - begun).toBeLessThan(75);
    expect(disk.commits - commits).toBeLessThan(75 * 4);
    executor.onTask = async () => ({ output: 'x' });
    await settleAll(clock, 40_000);
    expect(await job()).toMatchObject({ status: 'done', statusReason: null });
    const waits = (await logOf('job-1')).filter((line) => line.includes('No endpoint'));
    expect(waits).toHaveLength(1);
  });

  it('F76 looks again soon, however many tasks found no endpoint together', async () => {
    executor.onTask = async () => {
      throw new TaskFailure('no_backend', 'None');
    };
    await submit({ tasks: independent(10), concurrency: 10 });
    executor.onTask = async () => ({ output: 'x' });
    await settleAll(clock, 1500);
    expect(await job()).toMatchObject({ status: 'done' });
  });

  it('F76 is not driven into a loop by an executor that says it has slots, and has none', async () => {
    let freed = (): void => {};
    executor.onFreed = (listener) => {
      freed = listener;
      return () => {};
    };
    executor.freeSlots = () => 5;
    executor.onTask = async () => {
      freed();
      throw new TaskFailure('no_backend', 'None');
    };
    life.kill();
    const eager = executor;
    life = new Life(clock, disk, () => eager, { newId: () => 'job-1' });
    await life.runner.open();
    await submit({ tasks: independent(1) });
    await settleAll(clock, 60_000);
    expect(eager.begun.length).toBeGreaterThan(2);
    expect(eager.begun.length).toBeLessThan(70);
  });

  it('F76 asks rarely for slots when there are none', async () => {
    let asked = 0;
    executor.freeSlots = () => {
      asked += 1;
      return 0;
    };
    await submit();
    expect(await job()).toMatchObject({ statusReason: 'no_backend' });
    asked = 0;
    await settleAll(clock, 1_800_000);
    expect(asked).toBeLessThan(100);
    expect(executor.plans).toBe(0);
    executor.freeSlots = () => 1;
    await settleAll(clock, 40_000);
    expect(executor.plans).toBe(1);
    expect((await job()).statusReason).toBeNull();
  });

  it('F79 gives up a task that takes its worker down three times; others go on', async () => {
    await submit({ tasks: independent(2) });
    for (let i = 0; i < 3; i++) {
      executor.task('t1').fail(new TaskFailure('worker_lost', 'Its worker was killed'));
      await settleAll(clock, 10_000);
    }
    expect(await tasks()).toEqual(['t1 failed(poison)', 't2 running #1']);
    await finish('t2');
    expect(await job()).toMatchObject({ status: 'failed', statusReason: 'tasks_failed' });
    expect(executor.begun.filter((id) => id.startsWith('t1'))).toHaveLength(3);
  });

  it('F79 gives up a task that takes the runner down ten times', async () => {
    await submit({
      tasks: [
        { taskId: 'p', prompt: 'p' },
        { taskId: 'q', prompt: 'q', dependsOn: ['p'] },
      ],
    });
    for (let i = 0; i < 9; i++) {
      life.kill();
      await begin();
    }
    expect(await tasks()).toEqual(['p running #10', 'q pending #0']);
    life.kill();
    await begin();
    expect(await tasks()).toEqual(['p failed(poison)', 'q failed(dependency_failed)']);
    expect((await job()).status).toBe('failed');
  });
});

describe('a store in trouble', () => {
  it.each([
    ['full', 'disk_full'],
    ['fails', 'store_failed'],
  ] as const)('pauses a job when it %s; what was finished meanwhile is not lost', async (mood, reason) => {
    await submit({ tasks: independent(5), concurrency: 3 });
    disk.mood = mood;
    for (const id of ['t1', 't2', 't3']) await finish(id);
    expect(await job()).toMatchObject({ status: 'running', statusReason: reason });
    expect(executor.begun).toEqual(['t1#1', 't2#1', 't3#1']);
    const { commits } = disk;
    await settleAll(clock, 600_000);
    expect(disk.commits - commits).toBeLessThan(60);
    expect(executor.begun).toEqual(['t1#1', 't2#1', 't3#1']);
    disk.mood = 'works';
    await settleAll(clock, 20_000);
    const finished = ['t1 completed #1', 't2 completed #1', 't3 completed #1'];
    expect(await tasks()).toEqual([...finished, 't4 running #1', 't5 running #1']);
    for (const id of ['t1', 't2', 't3']) expect(await disk.output('job-1', id)).toBe(`done: ${id}`);
    expect((await job()).statusReason).toBeNull();
  });

  it('accepts nothing that it cannot keep, and says so to who cancels or removes', async () => {
    await submit({ tasks: independent(1) });
    const { signal } = executor.task('t1').context;
    disk.mood = 'full';
    const kept = { code: 'store_failed', retryable: true };
    await expect(life.runner.submit({ projectDescription: 'x' })).rejects.toMatchObject(kept);
    const cancelled = expect(life.runner.cancel('job-1')).rejects.toMatchObject(kept);
    await settleAll(clock);
    await cancelled;
    expect(signal.aborted).toBe(true);
    const deleted = expect(life.runner.delete('job-1')).rejects.toMatchObject(kept);
    await settleAll(clock);
    await deleted;
    disk.mood = 'works';
    await settleAll(clock, 20_000);
    expect((await job()).status).toBe('cancelled');
    disk.mood = 'full';
    await expect(life.runner.resume('job-1')).rejects.toMatchObject(kept);
    expect((await job()).status).toBe('cancelled');
    disk.mood = 'works';
    await settleAll(clock, 20_000);
    expect((await life.runner.resume('job-1')).status).toBe('running');
  });

  it('removes a job whose end cannot be stored, where the store can still remove', async () => {
    await submit({ tasks: independent(1) });
    const { commit } = disk;
    disk.commit = async () => {
      throw Object.assign(new Error('full'), { code: 'store_full' });
    };
    const remove = disk.delete.bind(disk);
    // It is gone at once, and the answer takes its time: nothing may be stored of it meanwhile.
    disk.delete = async (jobId) => {
      await remove(jobId);
      disk.commit = commit;
      await new Promise<void>((resolve) => void clock.setTimeout(resolve, 30_000));
    };
    const deleted = life.runner.delete('job-1');
    await settleAll(clock, 40_000);
    await deleted;
    await settleAll(clock, 60_000);
    expect(await disk.load('job-1')).toBeUndefined();
    expect(life.runner.recent()).toEqual([]);
  });

  it('reads what is stored again and again until the results that a task needs are there', async () => {
    await submit();
    const { output } = disk;
    let failures = 3;
    disk.output = (...args) =>
      failures-- > 0 ? Promise.reject(new Error('busy')) : output.apply(disk, args);
    await finish('a');
    expect(executor.held).toEqual([]);
    await settleAll(clock, 20_000);
    expect(executor.task('b').task.inputs).toEqual([{ taskId: 'a', title: 'First', output: 'done: a' }]);
  });
});

async function logOf(jobId: string): Promise<string[]> {
  const events = await disk.events(jobId, { after: 0, limit: 10_000 });
  return events.flatMap((event) => (event.type === 'log' ? [event.msg] : []));
}
