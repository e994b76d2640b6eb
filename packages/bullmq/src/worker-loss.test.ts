import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { NotedContext, processLockMs, QueueHouse, task, until } from './queue-house.fixture.js';
import { run } from './run-job.fixture.js';
import type { WorkerProcess } from './worker-processes.fixture.js';

let house: QueueHouse;
beforeAll(async () => {
  house = await QueueHouse.open();
}, 120_000);
beforeEach(() => house.newQueue());
afterEach(() => house.leave());
afterAll(() => house.redis.close());

describe('worker processes', () => {
  it('F78 repeats only what a killed worker had under way, elsewhere, with one result each', async () => {
    const workers = await Promise.all([house.process(), house.process()]);
    const job = await run(await house.dispatcher(processLockMs), [
      ...['a', 'b', 'c', 'd', 'e', 'f'].map((taskId) => ({ taskId, prompt: 'answer' })),
      ...['x', 'y'].map((taskId) => ({ taskId, prompt: 'wait 800' })),
    ]);
    await until(() => running(workers).length === 2);
    const [victim, heir] = workers as [WorkerProcess, WorkerProcess];
    victim.signal('SIGKILL');
    await victim.ended;
    const lost = victim.begun.filter((name) => ['x#1', 'y#1'].includes(name));
    const [taskId = ''] = (lost[0] ?? '').split('#');
    expect(await job.ended()).toEqual(['done', [...'abcdefxy'].map((id) => `${id} completed`)]);
    expect(heir.begun.filter((name) => name.endsWith('#2'))).toEqual([`${taskId}#2`]);
    expect([...victim.begun, ...heir.begun].filter((name) => name.endsWith('#1'))).toHaveLength(8);
    expect((await job.runner.task(job.jobId, taskId)).output).toBe(`${taskId} by attempt 2`);
    await job.runner.dispose();
  });

  it.each(['SIGSTOP', 'a blocked event loop'])(
    'F78 takes nothing of a worker that wakes after %s',
    async (how) => {
      const workers = await Promise.all([house.process(), house.process()]);
      const prompt = how === 'SIGSTOP' ? 'wait 500' : 'block 4000';
      const job = await run(await house.dispatcher(processLockMs), [{ taskId: 'a', prompt }]);
      await until(() => workers.some(({ begun }) => begun.length === 1));
      const [sleeper, heir] = workers.toSorted((one, other) => other.begun.length - one.begun.length) as [
        WorkerProcess,
        WorkerProcess,
      ];
      if (how === 'SIGSTOP') sleeper.signal('SIGSTOP');
      expect(await job.ended()).toEqual(['done', ['a completed']]);
      expect([sleeper.begun, heir.begun]).toEqual([['a#1'], ['a#2']]);
      if (how === 'SIGSTOP') sleeper.signal('SIGCONT');
      // Its late word finds no lease, and it goes on to take other tasks.
      heir.signal('SIGKILL');
      await heir.ended;
      const next = await run(await house.dispatcher(processLockMs), [{ taskId: 'b', prompt: 'answer' }]);
      expect(await next.ended()).toEqual(['done', ['b completed']]);
      expect((await job.runner.task(job.jobId, 'a')).output).toBe('a by attempt 2');
      await Promise.all([job.runner.dispose(), next.runner.dispose()]);
    },
  );

  it('F78 finds out that its only worker is lost', async () => {
    const worker = await house.process();
    const dispatcher = await house.dispatcher(processLockMs);
    const running = dispatcher.run(task('hold'), new NotedContext());
    await until(() => worker.begun.length === 1);
    worker.signal('SIGKILL');
    await expect(running).rejects.toMatchObject({ code: 'worker_lost', retryable: true });
    await until(() => dispatcher.freeSlots?.(task('').job) === 0);
  });
});

/** Long tasks that workers have begun. */
function running(workers: readonly WorkerProcess[]): string[] {
  return workers.flatMap(({ begun }) => begun).filter((name) => /^[xy]#/.test(name));
}
