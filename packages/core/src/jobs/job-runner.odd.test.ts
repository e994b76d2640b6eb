import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { JobHouse } from './fake-jobs.fixture.js';
import type { JobRunnerOptions } from './job-runner-options.js';
import { MortalStore } from './mortal-house.fixture.js';
import { TaskFailure } from './ports.js';

const oneTask = [{ taskId: 't', prompt: 'x' }];

let house: JobHouse;
let store: MortalStore;
let faults: unknown[];
beforeEach(async () => {
  faults = [];
  await open();
});
afterEach(async () => {
  const disposed = house.runner.dispose();
  await house.settle(5000);
  await disposed;
  expect(house.clock.timerCount).toBe(0);
});

async function open(options: Partial<JobRunnerOptions> = {}): Promise<void> {
  store = new MortalStore();
  house = new JobHouse({ store, onError: (error) => faults.push(error), ...options });
  await house.runner.open();
}

async function submit(facts: object = { tasks: oneTask }): Promise<void> {
  await house.runner.submit({ projectDescription: 'x', ...facts });
  await house.settle();
}

const task = async () => (await house.runner.get('job-1')).tasks[0]!;

/** An error that does not even say its name. */
const mute = Object.defineProperty(new Error(), 'name', {
  get: () => {
    throw new Error('no');
  },
});

describe('a JobRunner with an odd executor', () => {
  it.each([
    [
      'throws at once',
      () => {
        throw new TypeError('x');
      },
    ],
    ['rejects with nothing', () => Promise.reject()],
    [
      'throws what throws when it is read',
      () => {
        throw mute;
      },
    ],
    ['answers nothing', async () => undefined],
    ['answers no text', async () => ({ output: { toString: () => 'x' } })],
    [
      'answers what throws when it is read',
      async () => ({
        get output() {
          throw new Error('x');
        },
      }),
    ],
  ])('ends a task and its job when it %s', async (_what, onTask) => {
    house.executor.onTask = onTask as never;
    await submit();
    expect(await house.tasks()).toEqual(['t failed(executor_failed)']);
    expect(await house.job()).toMatchObject({ status: 'failed', statusReason: 'tasks_failed' });
    expect(faults).toEqual([]);
    // Nothing of it counts as under way.
    house.executor.freeSlots = () => 0;
    await submit();
    expect((await house.job('job-2')).statusReason).toBe('no_backend');
  });

  it.each([
    [
      'throws at once',
      () => {
        throw mute;
      },
    ],
    [
      'answers what throws when it is read',
      async () => [
        {
          get prompt() {
            throw new Error('x');
          },
        },
      ],
    ],
    ['answers 10 001 tasks', async () => Array.from({ length: 10_001 }, () => ({ prompt: 'x' }))],
    ['answers nothing', async () => undefined],
  ])('F61 ends a job whose planning %s', async (_what, onPlan) => {
    house.executor.onPlan = onPlan as never;
    await submit({});
    expect(await house.job()).toMatchObject({ status: 'failed', statusReason: 'planning_failed' });
    expect(faults).toEqual([]);
  });

  it('I47 keeps what is sound of a result', async () => {
    house.executor.onTask = async () =>
      ({ output: 'x', score: Number.NaN, iterations: -1, model: Symbol('m') }) as never;
    await submit();
    expect(await task()).toMatchObject({ status: 'completed', score: null, iterations: 0, model: null });
  });

  it('cuts what a failure says of itself', async () => {
    house.executor.onTask = async () => {
      throw new TaskFailure('upstream_refused', 'long\n'.repeat(1e6));
    };
    await submit();
    expect((await house.lines()).length).toBeLessThan(2000);
    house.executor.onTask = async () => {
      throw Object.assign(new Error(), { name: 'y'.repeat(1e7) });
    };
    await submit();
    expect((await house.lines('job-2')).join().length).toBeLessThan(20_000);
  });

  it.each([
    ['a promise', Promise.resolve(0)],
    ['no number', Number.NaN],
    ['an object', {}],
    ['a text', 'none'],
    ['endless places', Number.POSITIVE_INFINITY],
  ])('does not wait for ever when its free places are %s', async (_what, free) => {
    house.executor.freeSlots = () => free as never;
    await submit();
    expect(house.executor.begun).toEqual(['t#1']);
  });

  it('judges an attempt by what it says itself, not by how far an earlier one came', async () => {
    await submit();
    const first = house.executor.task('t');
    first.context.report({ score: 0.2, iterations: 3, model: 'other' });
    first.fail(new TaskFailure('upstream_failed', 'Gone'));
    await house.settle(2000);
    expect(await task()).toMatchObject({ attempt: 2, score: null, iterations: 0, model: null });
    house.executor.task('t').finish({ score: undefined as never });
    await house.settle();
    expect(await task()).toMatchObject({ status: 'completed', score: null });
  });

  it('has the next job begin at once where a cancelled one had the only place', async () => {
    house.executor.freeSlots = () => 1 - house.executor.atWork;
    await submit();
    await submit();
    expect(house.executor.held.map((held) => held.task.jobId)).toEqual(['job-1']);
    const cancelled = house.runner.cancel('job-1');
    await house.settle();
    await cancelled;
    expect(house.executor.held.map((held) => held.task.jobId)).toEqual(['job-2']);
  });
});

describe('an executor that never stops talking', () => {
  it('fills neither memory nor store with lines', async () => {
    await submit();
    const { log } = house.executor.task('t').context;
    const text = 'x'.repeat(8000);
    for (let i = 0; i < 3000; i++) log.info(text);
    log.debug('not any more');
    await house.settle(1000);
    const { length } = await store.events('job-1', { after: 0, limit: 1e6 });
    expect(length).toBeGreaterThan(100);
    expect(length * 8000).toBeLessThan(4 * 1024 * 1024);
    expect((await house.lines()).at(-1)).toMatch(/^warn: \d+ lines were left out/u);
  });

  it('has no more lines kept while it runs than after it', async () => {
    await submit();
    const { log } = house.executor.task('t').context;
    for (let batch = 0; batch < 25; batch++) {
      for (let i = 0; i < 4900; i++) log.debug(`line ${i}`);
      await house.settle(300);
    }
    const { length } = await store.events('job-1', { after: 0, limit: 1e6 });
    expect(length).toBeGreaterThan(90_000);
    expect(length).toBeLessThanOrEqual(110_000);
  });

  it('tells the first and the last of what it reports until that is stored', async () => {
    await submit();
    const { context } = house.executor.task('t');
    for (let i = 1; i <= 100_000; i++) context.report({ iterations: i });
    expect((await task()).iterations).toBe(100_000);
    await house.settle(1000);
    const told = (await house.history()).flatMap((event) =>
      event.type === 'task' ? [event.iterations] : [],
    );
    expect(told.slice(-2)).toEqual([1, 100_000]);
    expect(told.length).toBeLessThan(6);
    expect((await store.task('job-1', 't'))?.iterations).toBe(100_000);
  });

  it('F64 reports no more than may wait while nothing can be stored; what it said last is kept', async () => {
    const tasks = Array.from({ length: 10 }, (_, index) => ({ taskId: `t${index}`, prompt: 'x' }));
    await submit({ tasks, concurrency: 10 });
    store.mood = 'full';
    for (let round = 1; round <= 1200; round++) {
      for (const { context } of house.executor.held) context.report({ iterations: round });
      await house.clock.advance(251);
    }
    expect((await house.history()).length).toBeLessThan(10_100);
    store.mood = 'works';
    await house.settle(20_000);
    expect((await store.events('job-1', { after: 0, limit: 1e6 })).length).toBeLessThan(5000);
    expect((await store.task('job-1', 't9'))?.iterations).toBe(1200);
  });
});

describe('a dispatcher', () => {
  it.each([
    ['fails', () => Promise.reject(new Error('Redis is gone'))],
    [
      'throws',
      () => {
        throw new Error('Redis is gone');
      },
    ],
    ['hangs', () => new Promise<void>(() => {})],
  ])('that %s when it is let go of keeps no runner from its end', async (what, dispose) => {
    const run = async () => ({ output: 'x' });
    await open({ dispatcher: { run, dispose } });
    await submit();
    expect((await house.job()).status).toBe('done');
    const disposed = house.runner.dispose();
    await house.settle(10_000);
    await disposed;
    expect(faults).toHaveLength(what === 'hangs' ? 0 : 1);
  });
});

describe('a fault of our own', () => {
  const fault = new Error('of our own');

  it('ends the run, is told, and said in the log', async () => {
    await open({
      random: () => {
        throw fault;
      },
    });
    await submit();
    house.executor.task('t').fail(new TaskFailure('upstream_failed', 'Gone'));
    await house.settle();
    expect(await house.job()).toMatchObject({ status: 'failed', statusReason: 'tasks_failed' });
    expect(faults).toEqual([fault]);
    expect((await house.lines()).join('\n')).toContain('error: A fault of the hub itself ends this run');
    expect(await house.tasks()).toEqual(['t pending']);
  });

  it('harms nobody when who hears of it has one too', async () => {
    const bad = (): never => {
      throw fault;
    };
    await open({ random: bad, onError: bad });
    await submit();
    house.executor.task('t').fail(new TaskFailure('upstream_failed', 'Gone'));
    await house.settle();
    expect((await house.job()).status).toBe('failed');
  });

  it('at the end of a run leaves no job that runs for ever', async () => {
    await submit({ tasks: oneTask, timeLimitS: 10 });
    await house.settle(9000);
    vi.spyOn(house.clock, 'wallTime').mockReturnValueOnce(Number.NaN);
    await house.settle(1500);
    expect((await house.job()).status).toBe('failed');
    expect(faults).toEqual([expect.any(RangeError)]);
  });
});

it('leaves no timer when it is disposed while it takes up a job with something set aside', async () => {
  await submit();
  const price = { inputUsdPer1M: 0, outputUsdPer1M: 1 };
  await house.executor.task('t').context.budget.reserve({ inputTokens: 0, maxOutputTokens: 9, price });
  const copy = new MortalStore();
  const stored = (await store.load('job-1'))!;
  await copy.commit({ jobId: 'job-1', job: stored, plan: await store.tasks('job-1', { from: 0, limit: 9 }) });
  const disposed = house.runner.dispose();
  await house.settle(5000);
  await disposed;
  house = new JobHouse({ store: copy });
  const tasks = copy.tasks.bind(copy);
  let next: Promise<void> | undefined;
  copy.tasks = (...args) => {
    next = house.runner.dispose();
    return tasks(...args);
  };
  await house.runner.open();
  await next;
  expect(house.clock.timerCount).toBe(0);
});
