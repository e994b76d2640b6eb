import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { processLockMs, QueueHouse, until } from './queue-house.fixture.js';
import { run } from './run-job.fixture.js';
import type { WorkerProcess } from './worker-processes.fixture.js';

let house: QueueHouse;
beforeAll(async () => {
  house = await QueueHouse.open();
}, 120_000);
beforeEach(() => house.newQueue());
afterEach(() => house.leave());
afterAll(() => house.redis.close());

describe('a job over worker processes', () => {
  it('F79 gives up on a task that takes its worker down each time; others go on', async () => {
    const workers: WorkerProcess[] = [];
    let isOver = false;
    const replace = async (): Promise<void> => {
      while (!isOver) {
        const worker = await house.process();
        workers.push(worker);
        if (isOver) worker.signal('SIGKILL');
        await worker.ended;
      }
    };
    const replacing = replace();
    try {
      const job = await run(await house.dispatcher(processLockMs), [
        { taskId: 'a', prompt: 'answer' },
        { taskId: 'poison', prompt: 'die' },
        { taskId: 'b', prompt: 'answer' },
      ]);
      expect(await job.ended()).toEqual(['failed', ['a completed', 'poison failed(poison)', 'b completed']]);
      const begun = workers.flatMap((worker) => worker.begun);
      const died = ['poison#1', 'poison#2', 'poison#3'];
      expect(begun.filter((name) => name.startsWith('poison'))).toEqual(died);
      // F72: nobody knows what became of its three calls, so they are paid.
      expect((await job.runner.get(job.jobId)).job.totalCost).toBeCloseTo(0.03, 9);
      await job.runner.dispose();
    } finally {
      isOver = true;
      for (const worker of workers) worker.signal('SIGKILL');
      await replacing;
    }
  });

  it('F76 waits for workers, and runs when the first one comes', async () => {
    const job = await run(await house.dispatcher(processLockMs), [{ taskId: 'a', prompt: 'answer' }]);
    await until(async () => (await job.runner.get(job.jobId)).job.statusReason === 'no_backend');
    await house.process();
    expect(await job.ended()).toEqual(['done', ['a completed']]);
    await job.runner.dispose();
  });
});
