import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { numberedTasks, ScriptedHub } from './support/scripted-hub.js';
import { until } from './support/until.js';

/** `npm run test:long` asks for 200. */
const kills = Number(process.env['CORRAL_KILLS'] ?? 20);

describe('F61 F72 a hub that is killed in the middle of a job', () => {
  let house: ScriptedHub;

  beforeAll(async () => {
    house = await ScriptedHub.start(() => 10 + 60 * Math.random());
  });
  afterAll(() => house?.dispose());

  it(`loses no result, repeats none and counts every call, over ${kills} kills`, {
    timeout: 60_000 + kills * 6000,
  }, async () => {
    const { jobId } = await house.hub.jobs.submit({
      projectDescription: 'Outlive the hub',
      budgetUsd: 1000,
      maxIterations: 1,
      tasks: numberedTasks(Math.min(1000, kills * 40)),
    });
    /** When each task was told to be completed. */
    const told = new Map<string, number>();
    const resumes: number[] = [];
    for (let kill = 0; kill < kills; kill++) {
      const leaving = new AbortController();
      const following = follow(jobId, told, leaving.signal);
      await sleep(30 + 700 * Math.random());
      await house.kill();
      leaving.abort();
      await following;
      const seen = house.calls.length;
      await house.start();
      const readyMs = performance.now();
      await until('it goes on', () => house.calls.length > seen);
      resumes.push(performance.now() - readyMs);
      const { tasks } = await house.hub.jobs.get(jobId);
      const byId = new Map(tasks.map((task) => [task.taskId, task]));
      for (const taskId of told.keys()) expect(byId.get(taskId)?.status, taskId).toBe('completed');
    }
    const paid = house.paidUsd;
    const { job } = await house.hub.jobs.get(jobId);
    await house.hub.jobs.cancel(jobId);

    expect(job.totalCost).toBeGreaterThanOrEqual(paid - 1e-9);
    const again = house.calls.filter(({ taskId, atMs }) => atMs > (told.get(taskId) ?? Infinity));
    expect(again).toEqual([]);
    for (const taskId of told.keys())
      expect((await house.hub.jobs.task(jobId, taskId)).output).toBe(`result of ${taskId}`);
    expect(told.size).toBeGreaterThan(kills);
    // The slowest of many starts on a busy machine says little.
    expect(resumes.toSorted((a, b) => a - b)[Math.floor(kills / 2)]).toBeLessThan(2000);
  });

  async function follow(jobId: string, told: Map<string, number>, signal: AbortSignal): Promise<void> {
    for await (const { events } of house.hub.jobs.events(jobId, { signal })) {
      for (const event of events) {
        if (event.type === 'task' && event.status === 'completed' && !told.has(event.taskId))
          told.set(event.taskId, performance.now());
      }
    }
  }
});
