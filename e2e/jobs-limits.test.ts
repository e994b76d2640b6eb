import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callUsd, numberedTasks, ScriptedHub } from './support/scripted-hub.js';
import { until } from './support/until.js';

const cancels = 30;

describe('limits of a job, and its end by somebody', () => {
  let house: ScriptedHub;

  beforeAll(async () => {
    house = await ScriptedHub.start(() => 60);
    await until('the servers are healthy', () =>
      house.hub.registry().endpoints.every(({ status }) => status === 'healthy'),
    );
  });
  afterAll(() => house?.dispose());

  const end = async (jobId: string) => {
    let last: string | undefined;
    for await (const { events } of house.hub.jobs.events(jobId)) last = events.at(-1)?.type;
    expect(last).toBe('done');
    return house.hub.jobs.get(jobId);
  };
  const submit = (request: object, count = 40) =>
    house.hub.jobs.submit({
      projectDescription: 'Stay within limits',
      maxIterations: 1,
      tasks: numberedTasks(count),
      ...request,
    });

  it('F71 stops at the budget, keeps what there is, and overruns by no more than what was under way', async () => {
    const paidBefore = house.paidUsd;
    const budgetUsd = 20 * callUsd;
    const { jobId } = await submit({ budgetUsd });
    const { job, tasks } = await end(jobId);
    expect(job).toMatchObject({ status: 'failed', statusReason: 'budget_exhausted' });
    const done = tasks.filter(({ status }) => status === 'completed');
    expect(done.length).toBeGreaterThan(5);
    expect((await house.hub.jobs.task(jobId, done[0]?.taskId ?? '')).output).toMatch(/^result of task-/);
    expect(job.totalCost).toBeLessThanOrEqual(budgetUsd + 3 * callUsd);
    expect(job.totalCost).toBeGreaterThanOrEqual(house.paidUsd - paidBefore - 1e-9);

    await house.hub.jobs.resume(jobId, { budgetUsd: 1000 });
    const resumed = await end(jobId);
    expect(resumed.job).toMatchObject({ status: 'done', budgetUsd: 1000 });
    expect(resumed.job.totalCost).toBeGreaterThan(job.totalCost ?? Infinity);
    const attempts = new Map(resumed.tasks.map(({ taskId, attempt }) => [taskId, attempt]));
    for (const { taskId } of done) expect(attempts.get(taskId)).toBe(1);
  });

  it('F71 stops at its time, and keeps what there is', async () => {
    const { jobId } = await submit({ timeLimitS: 1 });
    const { job, tasks } = await end(jobId);
    expect(job).toMatchObject({ status: 'failed', statusReason: 'time_limit' });
    expect(job.elapsedS).toBeGreaterThanOrEqual(1);
    expect(tasks.some(({ status }) => status === 'completed')).toBe(true);
    expect(tasks.some(({ status }) => status === 'pending')).toBe(true);
  });

  it(`F73 closes the connections to the servers at once, ${cancels} times`, async () => {
    const lateMs: number[] = [];
    for (let i = 0; i < cancels; i++) {
      const before = house.calls.length;
      const { jobId } = await submit({}, 3);
      await until('all are under way', () => house.calls.length >= before + 3);
      const atMs = performance.now();
      const job = await house.hub.jobs.cancel(jobId);
      expect(job.status).toBe('cancelled');
      const under = house.calls.slice(before);
      await until('nothing is under way', () =>
        under.every(({ finished, leftAtMs }) => finished || leftAtMs),
      );
      for (const { leftAtMs } of under) if (leftAtMs !== null) lateMs.push(leftAtMs - atMs);
    }
    expect(lateMs.length).toBeGreaterThan(cancels);
    // Both ends of a request and its answer lie between the two clocks; what is asked for is 100 ms.
    expect(lateMs.toSorted((a, b) => a - b)[Math.floor(lateMs.length * 0.9)]).toBeLessThan(100);
  });

  it('F74 removes a job that runs', async () => {
    const { jobId } = await submit({});
    await until('it runs', async () => (await house.hub.jobs.get(jobId)).job.status === 'running');
    const answer = await fetch(`${house.url}/api/jobs/${jobId}`, { method: 'DELETE' });
    expect(answer.status).toBe(204);
    expect((await fetch(`${house.url}/api/jobs/${jobId}`)).status).toBe(404);
    const { length } = house.calls;
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(house.calls.length).toBe(length);
  });
});
