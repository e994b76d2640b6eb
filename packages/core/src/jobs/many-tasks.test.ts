import { expect, it } from 'vitest';
import { JobHouse } from './fake-jobs.fixture.js';
import { MortalStore } from './mortal-house.fixture.js';

it('runs a plan of 10 000 tasks, writing with each commit only what changed', async () => {
  const store = new MortalStore();
  const house = new JobHouse({ store });
  await house.runner.open();
  house.executor.onPlan = async () =>
    Array.from({ length: 10_000 }, (_, index) => ({
      taskId: `t${index}`,
      prompt: 'x',
      dependsOn: index > 0 && index % 10 === 0 ? [`t${index - 1}`] : [],
    }));
  house.executor.onTask = async ({ taskId }) => ({ output: taskId });
  let most = 0;
  store.onCommit = ({ tasks = [] }) => {
    most = Math.max(most, tasks.length);
  };
  await house.runner.submit({ projectDescription: 'x', concurrency: 10 });
  for (let turn = 0; turn < 2000 && (await house.job()).status !== 'done'; turn++)
    await house.clock.advance(1000);
  expect(await house.job()).toMatchObject({ status: 'done', taskCounts: { completed: 10_000 } });
  expect(most).toBeLessThanOrEqual(20);
  expect(house.executor.most).toBeLessThanOrEqual(10);
  const page = await house.runner.get('job-1', 9500);
  expect(page).toMatchObject({ tasksFrom: 9500, taskCount: 10_000 });
  expect(page.tasks).toHaveLength(500);
  await house.runner.dispose();
});
