import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { bullmqDispatcher } from './bullmq-dispatcher.js';
import { NotedContext, QueueHouse, shortLockMs, task, until } from './queue-house.fixture.js';
import { checkRedis } from './redis-facts.js';
import { startWorker, type TaskWorker } from './start-worker.js';

let house: QueueHouse;
beforeAll(async () => {
  house = await QueueHouse.open();
}, 120_000);
beforeEach(() => house.newQueue());
afterEach(() => house.leave());
afterAll(() => house.redis.close());

const answer = { runTask: async () => ({ output: 'ok' }) };

describe('F77 Redis faults', () => {
  it('fails at the start of a hub when nothing answers', async () => {
    const started = bullmqDispatcher({ connection: { host: '127.0.0.1', port: 1 } });
    await expect(started).rejects.toMatchObject({
      name: 'QueueError',
      code: 'redis_unreachable',
      retryable: true,
    });
  });

  it('fails at the start of a hub and of a worker when the password is wrong', async () => {
    const redis = new Redis(house.redis.url);
    await redis.config('SET', 'requirepass', 'right');
    const connection = { host: '127.0.0.1', port: house.redis.port, password: 'wrong' };
    const refused = { code: 'redis_refused', retryable: false };
    try {
      await expect(bullmqDispatcher({ connection })).rejects.toMatchObject(refused);
      await expect(startWorker({ connection, executor: answer })).rejects.toMatchObject(refused);
    } finally {
      await redis.config('SET', 'requirepass', '');
      redis.disconnect();
    }
  });

  it('fails at the start of a hub and of a worker when Redis would drop tasks', async () => {
    const redis = new Redis(house.redis.url);
    const connection = house.redis.url;
    await redis.config('SET', 'maxmemory-policy', 'allkeys-lru');
    try {
      const expected = { code: 'eviction_policy', message: expect.stringContaining('`allkeys-lru`') };
      await expect(bullmqDispatcher({ connection })).rejects.toMatchObject(expected);
      await expect(startWorker({ connection, executor: answer })).rejects.toMatchObject(expected);
    } finally {
      await redis.config('SET', 'maxmemory-policy', 'noeviction');
      redis.disconnect();
    }
  });

  it.each([
    ['6.2.14', 'noeviction', 'redis_too_old'],
    ['', 'noeviction', 'redis_too_old'],
    ['7.0.0', 'volatile-ttl', 'eviction_policy'],
    ['7.0.0', 'noeviction', undefined],
    ['10.1.2', 'noeviction', undefined],
  ])('looks at what Redis says of itself: version %s, policy %s', (version, policy, code) => {
    const info = `# Server\r\nredis_version:${version}\r\n# Memory\r\nmaxmemory_policy:${policy}\r\n`;
    if (code) expect(() => checkRedis(info)).toThrow(expect.objectContaining({ code }));
    else checkRedis(info);
  });

  it('has workers wait for Redis, and gives up when told to', async () => {
    await house.redis.kill();
    const giveUp = new AbortController();
    const options = { connection: house.redis.url, queueName: house.queueName, executor: answer };
    let worker: TaskWorker | undefined;
    const waiting = startWorker(options).then((started) => {
      worker = started;
    });
    const impatient = startWorker({ ...options, signal: giveUp.signal });
    giveUp.abort();
    await expect(impatient).rejects.toMatchObject({ code: 'redis_unreachable' });
    expect(worker).toBeUndefined();
    await house.redis.restart();
    await waiting;
    const dispatcher = await house.dispatcher();
    expect(await dispatcher.run(task('answer'), new NotedContext())).toEqual({ output: 'ok' });
    await worker?.close();
  });

  it('fails fast while Redis is down, and recovers within 5 s', async () => {
    let held = 0;
    await house.worker(
      async ({ prompt }, { signal }) => {
        if (prompt === 'hold') {
          held += 1;
          await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
          held -= 1;
        }
        return { output: 'ok' };
      },
      { concurrency: 2 },
    );
    const dispatcher = await house.dispatcher();
    const running = dispatcher.run(task('hold'), new NotedContext()).catch((error: unknown) => error);
    await until(() => held === 1);
    await house.redis.kill();
    await until(() => dispatcher.freeSlots?.(task('').job) === 0);
    const beganMs = performance.now();
    const refused = dispatcher.run(task('answer', { taskId: 'b' }), new NotedContext());
    await expect(refused).rejects.toMatchObject({ code: 'no_backend', retryable: true });
    expect(performance.now() - beganMs).toBeLessThan(2500);
    await new Promise((resolve) => setTimeout(resolve, 2 * shortLockMs));
    await house.redis.restart();
    const backMs = performance.now();
    // All that it knew is lost: what ran is given up on both sides, and is nobody's fault.
    expect(await running).toMatchObject({ code: 'no_backend' });
    await until(() => held === 0 && dispatcher.freeSlots?.(task('').job) === 2);
    expect(await dispatcher.run(task('answer', { taskId: 'c' }), new NotedContext())).toEqual({
      output: 'ok',
    });
    expect(performance.now() - backMs).toBeLessThan(5000);
  });

  it('goes on after a short break as if nothing had been', async () => {
    let finish: (() => void) | undefined;
    const lockDurationMs = 8000;
    await house.worker(
      async (_, { log }) => {
        await new Promise<void>((resolve) => {
          finish = resolve;
        });
        log.info('was away');
        return { output: 'ok' };
      },
      { lockDurationMs },
    );
    const dispatcher = await house.dispatcher(lockDurationMs);
    const context = new NotedContext();
    const running = dispatcher.run(task('hold'), context);
    await until(() => finish !== undefined);
    const redis = new Redis(house.redis.url);
    await redis.call('CLIENT', 'KILL', 'SKIPME', 'yes');
    redis.disconnect();
    finish?.();
    expect(await running).toEqual({ output: 'ok' });
    expect(context.notes).toEqual(['info: was away']);
  });

  it('fails fast while Redis hangs, and blames no worker for locks that ran out meanwhile', async () => {
    let held = 0;
    await house.worker(async ({ prompt }, { signal }) => {
      if (prompt !== 'hold') return { output: 'ok' };
      held += 1;
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      return { output: 'late' };
    });
    const dispatcher = await house.dispatcher();
    const running = dispatcher.run(task('hold'), new NotedContext()).catch((error: unknown) => error);
    await until(() => held === 1);
    house.redis.signal('SIGSTOP');
    const refused = dispatcher.run(task('answer', { taskId: 'b' }), new NotedContext());
    await expect(refused).rejects.toMatchObject({ code: 'no_backend' });
    house.redis.signal('SIGCONT');
    expect(await running).toMatchObject({ code: 'no_backend' });
    await until(() => dispatcher.freeSlots?.(task('').job) === 1);
    const again = task('answer', { taskId: 'b', attempt: 2 });
    expect(await dispatcher.run(again, new NotedContext())).toEqual({ output: 'ok' });
  });

  it('refuses tasks while Redis is a replica, and takes them after the fail-over', async () => {
    await house.worker(answer.runTask);
    const dispatcher = await house.dispatcher();
    const redis = new Redis(house.redis.url);
    await redis.replicaof('127.0.0.1', 1);
    const refused = dispatcher.run(task('answer'), new NotedContext());
    await expect(refused).rejects.toMatchObject({ code: 'no_backend' });
    await redis.replicaof('NO', 'ONE');
    redis.disconnect();
    const taken = () =>
      dispatcher.run(task('answer', { attempt: 2 }), new NotedContext()).catch(() => undefined);
    await until(async () => (await taken())?.output === 'ok');
  });

  it('ends although Redis is down', async () => {
    const worker = await house.worker(answer.runTask);
    const dispatcher = await house.dispatcher();
    await house.redis.kill();
    await Promise.all([dispatcher.dispose?.(), worker.close()]);
    await house.redis.restart();
    // Longer than any of its connections would wait to come back.
    await new Promise((resolve) => setTimeout(resolve, 1200));
    const redis = new Redis(house.redis.url);
    const clients = String(await redis.client('LIST'))
      .trim()
      .split('\n');
    redis.disconnect();
    expect(clients).toHaveLength(1);
  });
});
