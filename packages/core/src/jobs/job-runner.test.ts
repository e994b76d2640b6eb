import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { type HeldTask, JobHouse, twoTasks } from './fake-jobs.fixture.js';
import { jobDetailSchema, jobEventSchema, jobPageSchema } from './job-schemas.js';
import { TaskFailure } from './ports.js';

const request = { projectDescription: 'Say hello' };
const independent = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ taskId: `t${index + 1}`, prompt: `Task ${index + 1}` }));

let house: JobHouse;
beforeEach(async () => {
  house = new JobHouse();
  await house.runner.open();
});
afterEach(async () => {
  const disposed = house.runner.dispose();
  await house.settle(5000);
  await disposed;
  expect(house.clock.timerCount).toBe(0);
});

/** Submits, and lets it begin. */
async function begin(facts: object = {}): Promise<void> {
  await house.runner.submit({ ...request, ...facts });
  await house.settle();
}

async function finish(task: HeldTask, result: Parameters<HeldTask['finish']>[0] = {}): Promise<void> {
  task.finish(result);
  await house.settle();
}

describe('JobRunner', () => {
  it('plans a job, carries out its tasks in their order and ends it', async () => {
    const submitted = await house.runner.submit(request);
    expect(submitted).toMatchObject({ jobId: 'job-1', status: 'pending', totalCost: 0, budgetUsd: 8 });
    await house.settle();
    expect(await house.tasks()).toEqual(['a running', 'b pending']);
    await finish(house.executor.task('a'), { model: 'tiny', iterations: 2 });
    expect(house.executor.task('b').task).toMatchObject({
      inputs: [{ taskId: 'a', title: 'First', output: 'done: a' }],
      attempt: 1,
      job: { projectDescription: 'Say hello' },
    });
    await finish(house.executor.task('b'), { score: 0.7999 });
    expect(await house.tasks()).toEqual(['a completed', 'b degraded']);
    expect(await house.job()).toMatchObject({ status: 'done', finalStatus: 'done', statusReason: null });
    expect(house.seen).toEqual(['job-1 running', 'job-1 done']);
    expect(await house.lines()).toEqual([
      'info: Planning',
      'info: The plan has 2 tasks',
      'info: 1. First',
      'info: 2. Second',
      'info: Task “First” begins',
      'info: Task “First” is done, score 0.900 after 2 iterations',
      'info: Task “Second” begins',
      'warn: Task “Second” stays below its target, score 0.800',
      'info: Done: 2 of 2 tasks finished, 1 of them below the score that was asked for, 0.0000 USD spent',
    ]);
    expect(await house.runner.task('job-1', 'a')).toMatchObject({
      task: { model: 'tiny', iterations: 2, score: 0.9, attempt: 1 },
      prompt: 'Do the first thing',
      output: 'done: a',
    });
  });

  it('shows what the schemas of the wire know', async () => {
    await begin();
    house.executor.task('a').context.log.info('hello');
    await finish(house.executor.task('a'));
    const check = async (): Promise<void> => {
      const events = await house.history();
      expect(events.length).toBeGreaterThan(3);
      for (const event of events) z.parse(jobEventSchema, event);
      z.parse(jobDetailSchema, await house.runner.get('job-1'));
      z.parse(jobPageSchema, await house.runner.list());
    };
    await check();
    await finish(house.executor.task('b'));
    await check();
  });

  it('carries out given tasks without a plan, as many at a time as the job says', async () => {
    await begin({ tasks: independent(5), concurrency: 2 });
    expect(house.executor.plans).toBe(0);
    expect(house.executor.begun).toEqual(['t1#1', 't2#1']);
    await finish(house.executor.task('t2'));
    expect(house.executor.begun).toEqual(['t1#1', 't2#1', 't3#1']);
    for (const id of ['t1', 't3', 't4', 't5']) await finish(house.executor.task(id));
    expect(house.executor.most).toBe(2);
    expect((await house.job()).status).toBe('done');
  });

  it('begins a task when all that it depends on have their results', async () => {
    await begin({
      tasks: [...independent(3), { taskId: 'last', prompt: 'x', dependsOn: ['t1', 't2', 't3'] }],
    });
    for (const id of ['t3', 't1', 't2']) {
      expect(house.executor.begun).not.toContain('last#1');
      await finish(house.executor.task(id));
    }
    const { inputs } = house.executor.task('last').task;
    expect(inputs.map(({ output }) => output)).toEqual(['done: t1', 'done: t2', 'done: t3']);
  });

  it('never begins more than the executor has slots for, and goes on when some are freed', async () => {
    let slots = 1;
    let freed = (): void => {};
    house.executor.freeSlots = () => slots - house.executor.atWork;
    house.executor.onFreed = (listener) => {
      freed = listener;
      return () => {};
    };
    await reopen();
    await begin({ tasks: independent(4) });
    expect(house.executor.begun).toEqual(['t1#1']);
    slots = 3;
    freed();
    await house.settle();
    expect(house.executor.begun).toEqual(['t1#1', 't2#1', 't3#1']);
    // Without being told, by the clock.
    slots = 0;
    for (const id of ['t1', 't2', 't3']) await finish(house.executor.task(id));
    expect((await house.job()).statusReason).toBe('no_backend');
    slots = 1;
    await house.settle(60_000);
    expect(house.executor.begun).toContain('t4#1');
    expect((await house.job()).statusReason).toBeNull();
  });

  it('lets jobs share few slots', async () => {
    house.executor.freeSlots = () => 1 - house.executor.atWork;
    await reopen();
    await begin({ tasks: independent(3) });
    await begin({ tasks: independent(3) });
    const order: string[] = [];
    for (let i = 0; i < 6; i++) {
      const [held] = house.executor.held;
      order.push(held!.task.jobId);
      await finish(held!);
    }
    expect(house.executor.most).toBe(1);
    expect(order.slice(0, 4).filter((id) => id === 'job-2').length).toBeGreaterThan(0);
    expect((await house.job('job-2')).status).toBe('done');
  });

  it('runs as many jobs at once as it may; others wait in their order', async () => {
    await reopen({ jobsAtOnce: 1 });
    for (let i = 0; i < 3; i++) await begin({ tasks: independent(1) });
    const states = () => house.runner.recent().map(({ jobId, status }) => `${jobId} ${status}`);
    expect(states()).toEqual(['job-3 pending', 'job-2 pending', 'job-1 running']);
    await finish(house.executor.task('t1'));
    expect(states()).toEqual(['job-3 pending', 'job-2 running', 'job-1 done']);
  });

  it('fails what depends on a failed task, and lets the others go on', async () => {
    const tasks = [...twoTasks, { taskId: 'c', prompt: 'c', dependsOn: ['b'] }, { taskId: 'd', prompt: 'd' }];
    await begin({ tasks });
    house.executor.task('a').fail(new TaskFailure('upstream_refused', 'The server says no'));
    await house.settle();
    expect(await house.tasks()).toEqual([
      'a failed(upstream_refused)',
      'b failed(dependency_failed)',
      'c failed(dependency_failed)',
      'd running',
    ]);
    await finish(house.executor.task('d'));
    expect(await house.job()).toMatchObject({ status: 'failed', statusReason: 'tasks_failed' });
    const lines = await house.lines();
    expect(lines).toContain('error: Task “First” failed: The server says no');
    const history = await house.history();
    expect(history.at(-1)).toMatchObject({ type: 'done', status: 'failed' });
    expect(history.at(-2)).toMatchObject({ type: 'log', level: 'error' });
  });

  it.each([
    ['no tasks', []],
    [
      'a cycle',
      [
        { taskId: 'x', prompt: 'x', dependsOn: ['y'] },
        { taskId: 'y', prompt: 'y', dependsOn: ['x'] },
      ],
    ],
    ['an unknown dependency', [{ prompt: 'x', dependsOn: ['nobody'] }]],
    [
      'two alike',
      [
        { taskId: 'x', prompt: 'x' },
        { taskId: 'x', prompt: 'x' },
      ],
    ],
    ['an id for a path', [{ taskId: '../x', prompt: 'x' }]],
    ['an empty prompt', [{ prompt: ' ' }]],
    ['something else', 'no list'],
  ])('fails a job whose plan has %s', async (_name, plan) => {
    house.executor.onPlan = async () => plan as never;
    await begin();
    expect(await house.job()).toMatchObject({ status: 'failed', statusReason: 'planning_failed' });
  });

  it('plans again after a failure that may pass, up to three times', async () => {
    house.executor.onPlan = async () => {
      throw new TaskFailure('upstream_failed', 'Gone');
    };
    await begin();
    expect(house.executor.plans).toBe(1);
    await house.settle(10_000);
    expect(house.executor.plans).toBe(3);
    expect(await house.job()).toMatchObject({ status: 'failed', statusReason: 'planning_failed' });
    house.executor.onPlan = async () => twoTasks;
    await house.runner.resume('job-1');
    await house.settle();
    expect(await house.tasks()).toEqual(['a running', 'b pending']);
  });

  it('shows progress at once, and takes no nonsense for it', async () => {
    await begin();
    const { context } = house.executor.task('a');
    context.report({ iterations: 1, score: 0.4, model: 'tiny' });
    context.report({ iterations: -1, score: Number.NaN, model: 7 as never });
    const [task] = (await house.runner.get('job-1')).tasks;
    expect(task).toMatchObject({ iterations: 1, score: 0.4, model: 'tiny', status: 'running' });
    await finish(house.executor.task('a'), { score: 7 });
    context.report({ iterations: 9 });
    expect((await house.runner.get('job-1')).tasks[0]).toMatchObject({ score: 1, iterations: 1 });
  });

  it('fails a task whose executor gives no result, or throws what it should not, without quoting it', async () => {
    await begin({ tasks: independent(2) });
    house.executor.task('t1').finish({ output: 7 as never });
    house.executor.task('t2').fail(new RangeError('/home/somebody/secret'));
    await house.settle();
    expect(await house.tasks()).toEqual(['t1 failed(executor_failed)', 't2 failed(executor_failed)']);
    expect((await house.lines()).join()).not.toContain('secret');
  });

  it('announces changes of a job at most every 100 ms', async () => {
    await begin({ tasks: independent(1) });
    let updates = 0;
    house.events.subscribe('job:updated', () => (updates += 1));
    const { budget } = house.executor.task('t1').context;
    for (let i = 0; i < 100; i++) {
      const { settle } = await budget.reserve({ inputTokens: 1, maxOutputTokens: 1, price: null });
      await settle({ costUsd: null, inputTokens: 1, outputTokens: 1 });
      await house.clock.advance(5);
    }
    expect(updates).toBeGreaterThan(3);
    expect(updates).toBeLessThanOrEqual(6);
    expect(await house.job()).toMatchObject({ totalTokens: 200, totalCost: null, unpricedCalls: 100 });
  });
});

describe('the commands of a JobRunner', () => {
  it('F73 cancels a job that waits for its turn', async () => {
    await reopen({ jobsAtOnce: 1 });
    await begin({ tasks: independent(1) });
    await begin();
    expect(await house.runner.cancel('job-2')).toMatchObject({
      status: 'cancelled',
      finalStatus: 'cancelled',
    });
    expect(house.executor.begun).toEqual(['t1#1']);
    expect((await house.job('job-1')).status).toBe('running');
  });

  it('F73 cancels a job while it is planned, runs or waits to try again; signals abort at once', async () => {
    let signal: AbortSignal | undefined;
    house.executor.onPlan = (context) => {
      signal = context.signal;
      return new Promise((_resolve, reject) =>
        context.signal.addEventListener('abort', () => reject(new Error())),
      );
    };
    await begin();
    const planned = house.runner.cancel('job-1');
    expect(signal?.aborted).toBe(true);
    expect((await planned).status).toBe('cancelled');
    await begin({ tasks: independent(1) });
    ({ signal } = house.executor.task('t1').context);
    const running = house.runner.cancel('job-2');
    expect(signal.aborted).toBe(true);
    expect((await running).status).toBe('cancelled');
    expect(await house.tasks('job-2')).toEqual(['t1 pending']);
    await begin({ tasks: independent(1) });
    house.executor.task('t1').fail(new TaskFailure('upstream_failed', 'Gone'));
    await house.settle();
    expect((await house.runner.cancel('job-3')).status).toBe('cancelled');
    await house.settle(60_000);
    expect(house.executor.begun).toEqual(['t1#1', 't1#1']);
  });

  it('F73 takes no result after a cancel, and waits a moment only for who does not listen', async () => {
    let answer: (result: { output: string }) => void = () => {};
    house.executor.onTask = () => new Promise((resolve) => (answer = resolve));
    await begin({ tasks: independent(1) });
    const cancelled = house.runner.cancel('job-1');
    await house.clock.advance(100);
    expect((await house.job()).status).toBe('running');
    await house.clock.advance(100);
    expect((await cancelled).status).toBe('cancelled');
    answer({ output: 'too late' });
    await house.settle();
    expect(await house.runner.task('job-1', 't1')).toMatchObject({
      output: null,
      task: { status: 'pending' },
    });
  });

  it('F73 keeps a result that came just before the cancel; what is resumed then is done', async () => {
    await begin({ tasks: independent(1) });
    house.executor.task('t1').finish();
    await Promise.resolve().then(() => {});
    for (let turn = 0; turn < 4; turn++) await Promise.resolve();
    const cancelled = await house.runner.cancel('job-1');
    expect(cancelled.status).toBe('cancelled');
    expect(await house.tasks()).toEqual(['t1 completed']);
    await house.runner.resume('job-1');
    await house.settle();
    expect((await house.job()).status).toBe('done');
    expect(house.executor.begun).toEqual(['t1#1']);
  });

  it('F73 cancels twice, and one that has ended, without a change', async () => {
    await begin({ tasks: independent(1) });
    const both = await Promise.all([house.runner.cancel('job-1'), house.runner.cancel('job-1')]);
    expect(both.map(({ status }) => status)).toEqual(['cancelled', 'cancelled']);
    expect((await house.runner.cancel('job-1')).status).toBe('cancelled');
    const ends = (await house.history()).filter(({ type }) => type === 'done');
    expect(ends).toHaveLength(1);
  });

  it('F74 resumes what failed, with what was spent, and refuses a job that runs or is done', async () => {
    await begin({ tasks: twoTasks });
    await expect(house.runner.resume('job-1')).rejects.toMatchObject({ code: 'job_running' });
    const { budget } = house.executor.task('a').context;
    const { settle } = await budget.reserve({ inputTokens: 10, maxOutputTokens: 10, price: null });
    await settle({ costUsd: 0.25, inputTokens: 10, outputTokens: 5 });
    await house.clock.advance(2000);
    house.executor.task('a').fail(new TaskFailure('upstream_refused', 'No'));
    await house.settle();
    await house.clock.advance(100_000);
    const both = await Promise.allSettled([house.runner.resume('job-1'), house.runner.resume('job-1')]);
    expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    await house.settle();
    expect(await house.tasks()).toEqual(['a running', 'b pending']);
    expect(await house.job()).toMatchObject({
      totalCost: 0.25,
      elapsedS: 2,
      finalStatus: null,
      endedAt: null,
    });
    expect(house.executor.begun).toEqual(['a#1', 'a#2']);
    await finish(house.executor.task('a'));
    await finish(house.executor.task('b'));
    await expect(house.runner.resume('job-1')).rejects.toMatchObject({ code: 'job_finished' });
    expect((await house.runner.get('job-1')).tasks[0]).toMatchObject({ costUsd: 0.25, attempt: 2 });
  });

  it('F74 resumes with greater limits only', async () => {
    await begin({ tasks: independent(1) });
    await house.runner.cancel('job-1');
    for (const raise of [{ budgetUsd: 1 }, { timeLimitS: 0 }, { budgetTokens: 5 }, { budgetUsd: Number.NaN }])
      await expect(house.runner.resume('job-1', raise)).rejects.toMatchObject({ code: 'out_of_range' });
    await expect(house.runner.resume('job-1', { cost: 1 } as never)).rejects.toMatchObject({
      code: 'invalid_job',
      details: { fields: { cost: expect.any(String) } },
    });
    expect(await house.runner.resume('job-1', { budgetUsd: 9, budgetTokens: null })).toMatchObject({
      budgetUsd: 9,
      status: 'running',
    });
  });

  it('F74 removes a job that runs: it is cancelled first, and nothing of it comes back', async () => {
    await begin({ tasks: independent(1) });
    const { context } = house.executor.task('t1');
    const ended: string[] = [];
    const following = (async () => {
      for await (const { events } of house.runner.events('job-1'))
        ended.push(...events.map(({ type }) => type));
    })();
    await house.settle();
    const removed: string[] = [];
    house.events.subscribe('job:removed', ({ jobId }) => removed.push(jobId));
    const deleted = house.runner.delete('job-1');
    expect(context.signal.aborted).toBe(true);
    await house.settle();
    await deleted;
    await following;
    expect(ended.at(-1)).toBe('done');
    context.log.info('late');
    context.report({ iterations: 3 });
    await house.settle(1000);
    expect(removed).toEqual(['job-1']);
    expect(house.runner.recent()).toEqual([]);
    expect(await house.store.load('job-1')).toBeUndefined();
    for (const call of ['get', 'cancel', 'resume', 'delete'] as const)
      await expect(house.runner[call]('job-1')).rejects.toMatchObject({ code: 'unknown_job' });
    await expect(house.runner.task('job-1', 't1')).rejects.toMatchObject({ code: 'unknown_job' });
    await expect(house.history()).rejects.toMatchObject({ code: 'unknown_job' });
  });

  it('lists jobs newest first, by state and in pages', async () => {
    for (let i = 0; i < 3; i++) await begin({ tasks: independent(1) });
    await house.runner.cancel('job-2');
    const ids = async (query: object): Promise<string[]> =>
      (await house.runner.list(query)).jobs.map(({ jobId }) => jobId);
    expect(await ids({})).toEqual(['job-3', 'job-2', 'job-1']);
    expect(await ids({ status: ['running'] })).toEqual(['job-3', 'job-1']);
    const first = await house.runner.list({ limit: 2 });
    expect(first).toMatchObject({ total: 3, nextCursor: expect.any(String) });
    expect(await ids({ limit: 2, cursor: first.nextCursor })).toEqual(['job-1']);
    expect(await ids({ cursor: "'; drop table jobs" })).toHaveLength(3);
    await expect(house.runner.list({ limit: 0 })).rejects.toMatchObject({ code: 'invalid_argument' });
    await expect(house.runner.list({ status: ['x' as never] })).rejects.toMatchObject({
      code: 'invalid_argument',
    });
  });

  it('says what it cannot do', async () => {
    const bare = new JobHouse({ executor: undefined as never });
    await bare.runner.open();
    await expect(bare.runner.submit(request)).rejects.toMatchObject({ code: 'no_executor' });
    await expect(bare.runner.validate({ yaml: 'a: 1' })).rejects.toMatchObject({
      code: 'action_not_supported',
    });
    expect(await bare.runner.validate(request)).toMatchObject({ budgetUsd: 8 });
    await bare.runner.dispose();
    await expect(bare.runner.submit(request)).rejects.toMatchObject({ code: 'disposed', retryable: true });
  });

  it('keeps the latest of those that have ended, and all that have not', async () => {
    house.executor.onTask = async () => ({ output: 'x' });
    for (let i = 0; i < 60; i++) {
      await house.runner.submit({ ...request, tasks: independent(1) });
      await house.settle(10);
    }
    expect(house.runner.recent()).toHaveLength(50);
    expect(house.runner.recent()[0]?.jobId).toBe('job-60');
  });
});

/** The same house with another runner. */
async function reopen(options: ConstructorParameters<typeof JobHouse>[0] = {}): Promise<void> {
  const { executor } = house;
  await house.runner.dispose();
  house = new JobHouse({ ...options });
  Object.assign(house.executor, {
    ...(executor.freeSlots && { freeSlots: () => executor.freeSlots!({} as never) }),
    ...(executor.onFreed && { onFreed: executor.onFreed }),
  });
  await house.runner.open();
}
