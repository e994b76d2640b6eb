import { afterEach, describe, expect, it } from 'vitest';
import { JobHouse } from './fake-jobs.fixture.js';
import type { JobRunnerOptions } from './job-runner-options.js';
import { TaskFailure } from './ports.js';

let house: JobHouse;
/** Models that can be called. */
let here: Set<string>;

afterEach(async () => {
  const disposed = house.runner.dispose();
  await house.settle(5000);
  await disposed;
  expect(house.clock.timerCount).toBe(0);
});

/** Opens a runner whose executor knows models, and counts their places or says only when asked. */
async function open(counts: boolean, options: Partial<JobRunnerOptions> = {}): Promise<void> {
  here = new Set();
  house = new JobHouse(options);
  const { executor } = house;
  if (counts) executor.freeSlots = ({ model }) => (here.has(String(model)) ? 1 : 0);
  executor.onTask = (task, context) => {
    if (here.has(String(task.job.model))) return executor.hold(task, context);
    throw new TaskFailure('no_backend', 'None');
  };
  await house.runner.open();
}

async function submit(model: string): Promise<void> {
  await house.runner.submit({ projectDescription: 'x', model, tasks: [{ taskId: 't', prompt: 'x' }] });
  await house.settle();
}

async function finish(): Promise<void> {
  house.executor.task('t').finish();
  await house.settle();
}

/** Jobs that have work under way. */
const atWork = (): string[] => house.executor.held.map(({ task }) => task.jobId);
const states = (): string[] =>
  [...house.runner.recent()].reverse().map(({ status, statusReason }) => statusReason ?? status);

describe('the turns of jobs', () => {
  it('say that a job waits for places that another one has, and when it has one', async () => {
    await open(true);
    here.add('here');
    house.executor.freeSlots = () => (house.executor.held.length === 0 ? 1 : 0);
    for (let i = 0; i < 2; i++) await submit('here');
    expect(states()).toEqual(['running', 'no_slot']);
    await finish();
    expect(states()).toEqual(['done', 'running']);
  });

  it.each([true, false])('F76 go on while four jobs wait for a model that is not there', async (counts) => {
    await open(counts);
    here.add('here');
    for (let i = 0; i < 4; i++) await submit('gone');
    for (let i = 0; i < 3; i++) await submit('here');
    await house.settle(60_000);
    expect(atWork()).toEqual(['job-5', 'job-6', 'job-7']);
    for (let i = 0; i < 3; i++) await finish();
    expect((await house.job('job-7')).status).toBe('done');
    here.add('gone');
    await house.settle(60_000);
    expect(atWork().sort()).toEqual(['job-1', 'job-2', 'job-3', 'job-4']);
  });

  it.each([true, false])(
    'come back to who lent one before others have it, and not sooner',
    async (counts) => {
      await open(counts, { jobsAtOnce: 1 });
      await submit('gone');
      here.add('here');
      for (let i = 0; i < 2; i++) await submit('here');
      await house.settle(60_000);
      expect(atWork()).toEqual(['job-2']);
      here.add('gone');
      await house.settle(60_000);
      expect(atWork()).toEqual(['job-2']);
      await finish();
      expect(atWork()).toEqual(['job-1']);
      await finish();
      expect(atWork()).toEqual(['job-3']);
    },
  );

  it('are not lent to jobs that could begin nothing either', async () => {
    await open(true, { jobsAtOnce: 2 });
    for (let i = 0; i < 5; i++) await submit('gone');
    await house.settle(60_000);
    expect(states()).toEqual(['no_backend', 'no_backend', 'pending', 'pending', 'pending']);
  });

  it('are lent to so many at most where nobody counts places, however many jobs wait', async () => {
    await open(false, { jobsAtOnce: 1 });
    for (let i = 0; i < 20; i++) await submit('gone');
    await house.settle(60_000);
    expect(states().filter((state) => state === 'pending')).toHaveLength(11);
    for (let i = 1; i < 9; i++) await house.runner.cancel(`job-${i}`);
    await house.settle(60_000);
    expect(states().filter((state) => state === 'pending')).toHaveLength(3);
  });

  it('are had by the next when a job that lent one is called off', async () => {
    await open(true, { jobsAtOnce: 1 });
    await submit('gone');
    await submit('gone');
    await house.runner.cancel('job-1');
    await house.settle();
    expect((await house.job('job-2')).statusReason).toBe('no_backend');
    here.add('gone');
    await house.settle(60_000);
    expect(atWork()).toEqual(['job-2']);
  });
});
