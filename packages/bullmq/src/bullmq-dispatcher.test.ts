import { limits, type TaskContext, TaskFailure } from '@corral/core';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { post } from './mailbox.js';
import { NotedContext, QueueHouse, task, until } from './queue-house.fixture.js';

let house: QueueHouse;
beforeAll(async () => {
  house = await QueueHouse.open();
}, 120_000);
beforeEach(() => house.newQueue());
afterEach(() => house.leave());
afterAll(() => house.redis.close());

const price = { inputUsdPer1M: 1, outputUsdPer1M: 2 };
const estimate = { inputTokens: 10, maxOutputTokens: 100, price };
const usage = { costUsd: 0.5, inputTokens: 10, outputTokens: 20 };

describe('bullmqDispatcher', () => {
  it('has a worker carry a task out, and tells all that it says, in order', async () => {
    await house.worker(async (request, { log, report }) => {
      for (let i = 0; i < 300; i++) log.debug(`line ${i}`);
      log.warn('careful');
      report({ iterations: 1 });
      report({ score: 0.5 });
      return { output: `${request.title}: ${request.prompt}`, score: 0.9, model: 'm' };
    });
    const dispatcher = await house.dispatcher();
    const context = new NotedContext();
    const result = await dispatcher.run(task('say hello'), context);
    expect(result).toEqual({ output: 'A task: say hello', score: 0.9, model: 'm' });
    expect(context.notes).toEqual([
      ...Array.from({ length: 300 }, (_, i) => `debug: line ${i}`),
      'warn: careful',
    ]);
    expect(Object.assign({}, ...context.reported)).toEqual({ iterations: 1, score: 0.5 });
  });

  it('asks the hub before each call, and tells it what the call came to', async () => {
    const context = new NotedContext();
    context.onReserve = async () => 40;
    const seen: unknown[] = [];
    await house.worker(async (_, { budget }) => {
      const { maxOutputTokens, settle } = await budget.reserve(estimate);
      seen.push(maxOutputTokens, [...context.notes]);
      await settle(usage);
      seen.push([...context.notes]);
      await settle(usage);
      return { output: 'ok' };
    });
    await (await house.dispatcher()).run(task('spend'), context);
    expect(seen).toEqual([40, ['reserve 10+100'], ['reserve 10+100', 'settle 0.5']]);
    expect(context.notes).toEqual(['reserve 10+100', 'settle 0.5']);
  });

  it('refuses a call on the worker as on the hub', async () => {
    await house.worker(async (_, { budget }) => {
      await budget.reserve(estimate);
      return { output: 'never' };
    });
    const context = new NotedContext();
    context.onReserve = () => Promise.reject(new TaskFailure('budget_exhausted', 'No more'));
    const running = (await house.dispatcher()).run(task('spend'), context);
    await expect(running).rejects.toMatchObject({
      code: 'budget_exhausted',
      message: 'No more',
      retryable: false,
    });
  });

  it('tells failures with their codes, and nothing else of errors than their names', async () => {
    await house.worker(async ({ prompt }) => {
      if (prompt === 'upstream') throw new TaskFailure('upstream_failed', 'It answered 503');
      throw new TypeError('secret: /home/me');
    });
    const dispatcher = await house.dispatcher();
    const upstream = dispatcher.run(task('upstream'), new NotedContext());
    await expect(upstream).rejects.toMatchObject({
      code: 'upstream_failed',
      message: 'It answered 503',
      retryable: true,
    });
    const other = await dispatcher.run(task('other'), new NotedContext()).catch((error: unknown) => error);
    expect(other).toMatchObject({ code: 'executor_failed', retryable: false });
    expect((other as Error).message).toBe('The executor failed with TypeError');
  });

  it('takes results up to their limit, cut between characters', async () => {
    await house.worker(async () => ({ output: 'é'.repeat(limits.jobMost.outputBytes) }));
    const { output } = await (await house.dispatcher()).run(task('much'), new NotedContext());
    expect(output).toBe('é'.repeat(limits.jobMost.outputBytes / 2));
  });

  it('F73 calls a task off on its worker, which may still say what it spent', async () => {
    let held: TaskContext | undefined;
    let abortedMs = 0;
    await house.worker(async (_, context) => {
      held = context;
      const { settle } = await context.budget.reserve(estimate);
      await new Promise((resolve) => context.signal.addEventListener('abort', resolve, { once: true }));
      abortedMs = performance.now();
      await settle(usage);
      return { output: 'too late' };
    });
    const context = new NotedContext();
    const dispatcher = await house.dispatcher();
    const running = dispatcher.run(task('hold'), context);
    await until(() => context.notes.length === 1);
    const calledMs = performance.now();
    context.cancel();
    await running.catch(() => {});
    expect(held?.signal.aborted).toBe(true);
    expect(abortedMs - calledMs).toBeLessThan(500);
    expect(context.notes).toEqual(['reserve 10+100', 'settle 0.5']);
  });

  it('F73 calls a task off that waits in the queue, and nobody begins it', async () => {
    const begun: string[] = [];
    const dispatcher = await house.dispatcher();
    const context = new NotedContext();
    const running = dispatcher.run(task('wait'), context);
    context.cancel();
    await expect(running).rejects.toThrow('called off');
    const redis = new Redis(house.redis.url);
    await until(async () => (await redis.keys(`corral:${house.queueName}:job-1*`)).length === 0);
    redis.disconnect();
    await house.worker(async ({ taskId }) => {
      begun.push(taskId);
      return { output: 'ok' };
    });
    await dispatcher.run(task('another', { taskId: 'b' }), new NotedContext());
    expect(begun).toEqual(['b']);
  });

  it('F76 knows how many places are free, and says when there are more', async () => {
    const dispatcher = await house.dispatcher();
    let freed = 0;
    dispatcher.onFreed?.(() => freed++);
    const free = (): number | null | undefined => dispatcher.freeSlots?.(task('').job);
    expect(free()).toBe(0);
    const context = new NotedContext();
    const worker = await house.worker((_, { signal }) => aborted(signal), { concurrency: 2 });
    await until(() => free() === 2 && freed === 1);
    const running = dispatcher.run(task('hold'), context);
    expect(free()).toBe(1);
    const other = await house.dispatcher();
    await until(() => other.freeSlots?.(task('').job) === 1);
    context.cancel();
    await running.catch(() => {});
    expect([free(), freed]).toEqual([2, 2]);
    await worker.close();
    await until(() => free() === 0);
  });

  it('F78 takes nothing of a worker whose lease is over', async () => {
    let held: TaskContext | undefined;
    const executor = (_: unknown, context: TaskContext) => {
      held = context;
      return aborted(context.signal);
    };
    await house.worker(executor);
    const dispatcher = await house.dispatcher();
    const context = new NotedContext();
    const running = dispatcher.run(task('hold'), context);
    await until(() => held !== undefined);
    const redis = new Redis(house.redis.url);
    const [hub = ''] = await redis.keys(`*-link:${house.queueName}:mailbox:hub-*`);
    const bullIds = await redis.keys(`corral:${house.queueName}:job-1~a~1~*`);
    const lease = bullIds.map((key) => /~(\w{16})$/.exec(key)?.[1]).find((id) => id !== undefined);
    const late = { kind: 'result', result: { output: 'late' } };
    // Of another worker, and of another lease.
    await post(redis, hub, { lease, from: 'another-worker', ...late });
    await post(redis, hub, { lease: 'another-lease', from: 'another-worker', ...late });
    held?.log.info('still here');
    await until(() => context.notes.includes('info: still here'));
    context.cancel();
    await expect(running).rejects.toMatchObject({ code: 'executor_failed' });
    redis.disconnect();
  });
});

describe('startWorker', () => {
  it('lets tasks finish when it is closed', async () => {
    let finish: () => void = () => {};
    const worker = await house.worker(async () => {
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      return { output: 'finished' };
    });
    const dispatcher = await house.dispatcher();
    const running = dispatcher.run(task('hold'), new NotedContext());
    const idle = finish;
    await until(() => finish !== idle);
    const closed = worker.close();
    finish();
    expect(await running).toEqual({ output: 'finished' });
    await closed;
  });

  it('hands tasks back that do not finish, without counting them as lost', async () => {
    let begun = 0;
    const hold = (_: unknown, { signal }: TaskContext) => {
      begun += 1;
      return aborted(signal);
    };
    const worker = await house.worker(hold);
    const dispatcher = await house.dispatcher();
    const running = dispatcher.run(task('hold'), new NotedContext());
    running.catch(() => {});
    await until(() => begun === 1);
    await worker.close(0);
    await expect(running).rejects.toMatchObject({ code: 'no_backend', message: 'The worker ended' });
  });

  it('stops when its hub ends, and begins nothing for it', async () => {
    const begun: string[] = [];
    let isAborted = false;
    await house.worker(async ({ taskId }, { signal }) => {
      begun.push(taskId);
      await aborted(signal).catch(() => {});
      isAborted = true;
      return { output: 'ok' };
    });
    const dispatcher = await house.dispatcher();
    const running = ['a', 'b'].map((taskId) =>
      dispatcher.run(task('hold', { taskId }), new NotedContext()).catch((error: TaskFailure) => error.code),
    );
    await until(() => begun.length === 1);
    await dispatcher.dispose?.();
    expect(await Promise.all(running)).toEqual(['no_backend', 'no_backend']);
    await until(() => isAborted);
    expect(begun).toHaveLength(1);
  });

  it('stops when its hub was killed, and takes other tasks', async () => {
    let isAborted = false;
    const begun: string[] = [];
    await house.worker(async ({ prompt }, { signal, budget }) => {
      begun.push(prompt);
      if (prompt === 'answer') return { output: 'ok' };
      // It asks, and nobody is there to answer.
      await budget.reserve(estimate).catch(() => {});
      isAborted = signal.aborted;
      return { output: 'late' };
    });
    const redis = new Redis(house.redis.url);
    const queue = new Queue(house.queueName, { connection: redis, prefix: 'corral' });
    const hub = `corral-link:${house.queueName}:mailbox:hub-dead`;
    await redis.xadd(hub, '*', 'm', '');
    await queue.add('task', { lease: 'lease-1', hub, task: task('hold') });
    await until(async () => (await redis.xlen(hub)) === 2);
    const [worker = ''] = await redis.keys(`corral-link:${house.queueName}:mailbox:worker-*`);
    await post(redis, worker, { lease: 'lease-1', kind: 'go' });
    await until(async () => (await redis.xlen(hub)) === 3);
    await redis.del(hub);
    await until(() => isAborted);
    // Nothing begins for a hub that is not there.
    await queue.add('task', { lease: 'lease-2', hub, task: task('hold') });
    const dispatcher = await house.dispatcher();
    expect(await dispatcher.run(task('answer'), new NotedContext())).toEqual({ output: 'ok' });
    expect(begun).toEqual(['hold', 'answer']);
    await queue.close();
    redis.disconnect();
  });

  it('leaves no connection and no key of its own behind', async () => {
    const worker = await house.worker(async () => ({ output: 'ok' }));
    const dispatcher = await house.dispatcher();
    await dispatcher.run(task('answer'), new NotedContext());
    await Promise.all([worker.close(), dispatcher.dispose?.(), dispatcher.dispose?.(), worker.close()]);
    const redis = new Redis(house.redis.url);
    expect(await redis.keys(`*-link:${house.queueName}*`)).toEqual([]);
    expect(await redis.keys(`*${house.queueName}*job-1*`)).toEqual([]);
    // Redis itself may notice a little later.
    await until(
      async () =>
        String(await redis.client('LIST'))
          .trim()
          .split('\n').length === 1,
    );
    redis.disconnect();
  });

  it.each([0, 1.5, 1001, Number.NaN])('refuses a concurrency of %s', async (concurrency) => {
    const started = house.worker(async () => ({ output: '' }), { concurrency });
    await expect(started).rejects.toMatchObject({ name: 'QueueError', code: 'invalid_option' });
  });
});

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) =>
    signal.addEventListener('abort', () => reject(new Error('aborted')), { once: true }),
  );
}
