import {
  type Clock,
  EventHub,
  type HubEvents,
  type JobExecutor,
  JobRunner,
  systemClock,
  type TaskDispatcher,
  type TaskSpec,
} from '@corral/core';
import { InMemoryJobStore } from '@corral/core/testing';
import { until } from './queue-house.fixture.js';

/** A job that was submitted to a runner of its own. */
export interface RunJob {
  readonly runner: JobRunner;
  readonly jobId: string;
  /** Waits for the end of the job. @returns its status, and its tasks as `id status(code)` */
  ended(): Promise<readonly [status: string, tasks: readonly string[]]>;
}

/** The runner waits a while before it tries again; here a quarter of it. */
const clock: Clock = {
  ...systemClock,
  setTimeout: (callback, delayMs) => systemClock.setTimeout(callback, delayMs / 4),
};

const planner: JobExecutor = {
  plan: () => Promise.reject(new Error('The job came with its tasks')),
  runTask: () => Promise.reject(new Error('Workers carry out the tasks')),
};

/** Submits a job, whose tasks workers carry out. */
export async function run(dispatcher: TaskDispatcher, tasks: readonly TaskSpec[]): Promise<RunJob> {
  const events = new EventHub<HubEvents>(() => {});
  const runner = new JobRunner({
    events,
    executor: planner,
    dispatcher,
    clock,
    store: new InMemoryJobStore(),
  });
  await runner.open();
  const { jobId } = await runner.submit({ projectDescription: 'Say hello', concurrency: 10, tasks });
  const ended: RunJob['ended'] = async () => {
    await until(async () => (await runner.get(jobId)).job.finalStatus !== null, 40_000);
    const detail = await runner.get(jobId);
    const name = ({ failureCode }: { readonly failureCode: string | null }) =>
      failureCode ? `(${failureCode})` : '';
    return [detail.job.status, detail.tasks.map((task) => `${task.taskId} ${task.status}${name(task)}`)];
  };
  return { runner, jobId, ended };
}
