import type { Job, JobLogLevel, JobStatus, JobTask, TaskStatus } from '@corral/core';
import { SimulatedHub, simulatedJob, simulatedTask } from '@corral/core/testing';
import { secondsAgo } from './fleet.js';

const noCounts: Job['taskCounts'] = { pending: 0, running: 0, completed: 0, degraded: 0, failed: 0 };

/** How many tasks there are in each state; those that are not given are none. */
export function counts(given: Partial<Job['taskCounts']>): Job['taskCounts'] {
  return { ...noCounts, ...given };
}

/** A job that has run for ten minutes, with the facts given. */
export function sampleJob(facts: Partial<Job> & { readonly jobId: string }): Job {
  return simulatedJob({
    createdAt: secondsAgo(640),
    startedAt: secondsAgo(620),
    updatedAt: secondsAgo(1),
    elapsedS: 619,
    budgetUsd: 0.5,
    totalCost: 0.0312,
    reservedUsd: 0.02,
    totalTokens: 48_210,
    taskCounts: counts({ completed: 2, running: 2, pending: 3 }),
    ...facts,
  });
}

/** A job that has ended, so many hours ago. */
export function endedJob(
  facts: Partial<Job> & { readonly jobId: string; readonly status: 'done' | 'failed' | 'cancelled' },
  hours: number,
): Job {
  const { status } = facts;
  return sampleJob({
    createdAt: secondsAgo(hours * 3600),
    endedAt: secondsAgo(hours * 3600 - 900),
    finalStatus: status,
    reservedUsd: 0,
    taskCounts: counts({ completed: 7 }),
    ...facts,
  });
}

/** Jobs in every state, newest first. */
export function sampleJobs(): Job[] {
  return [
    sampleJob({
      jobId: '5d1e7c02-8b1f',
      projectDescription:
        'Write a command line tool that prints the weather of a city, with tests and a README',
    }),
    sampleJob({
      jobId: '77aa01fe-1c22',
      projectDescription: 'Translate the handbook into German, French and Italian',
      statusReason: 'no_backend',
      totalCost: null,
      unpricedCalls: 12,
      reservedUsd: 0,
      budgetUsd: 8,
      elapsedS: 4700,
      taskCounts: counts({ completed: 11, running: 1, pending: 28, failed: 1 }),
      createdAt: secondsAgo(5400),
    }),
    sampleJob({
      jobId: 'e01b9d3c-90ab',
      projectDescription: 'Compare three sorting algorithms and write down which one to use when',
      status: 'pending',
      startedAt: null,
      totalCost: 0,
      reservedUsd: 0,
      elapsedS: 0,
      totalTokens: 0,
      taskCounts: noCounts,
      createdAt: secondsAgo(12),
    }),
    sampleJob({
      jobId: '3c44d2a9-71fd',
      projectDescription: 'Summarise last month’s support tickets by topic',
      status: 'interrupted',
      reservedUsd: 0,
      totalCost: 0.4821,
      createdAt: secondsAgo(9000),
    }),
    endedJob(
      { jobId: '9f20ab11-5510', status: 'done', projectDescription: 'A script that prints hello world' },
      26,
    ),
    endedJob(
      {
        jobId: '28c0ffee-0001',
        status: 'failed',
        statusReason: 'budget_exhausted',
        projectDescription: 'Rewrite the billing service in another language',
        totalCost: 0.5004,
        taskCounts: counts({ completed: 3, degraded: 1, failed: 2, pending: 9 }),
      },
      49,
    ),
    endedJob(
      {
        jobId: 'b16c02d5-4242',
        status: 'cancelled',
        projectDescription: 'Draft a newsletter about the new model servers',
        totalCost: null,
        unpricedCalls: 4,
        taskCounts: counts({ completed: 1, pending: 4 }),
      },
      170,
    ),
  ];
}

/** Tasks of a job, in every state. */
export function sampleTasks(): JobTask[] {
  return [
    simulatedTask({
      taskId: 'task-1',
      title: 'Choose a weather API that needs no key',
      status: 'completed',
      score: 0.9312,
      costUsd: 0.0042,
      iterations: 1,
      endedAt: secondsAgo(500),
    }),
    simulatedTask({
      taskId: 'task-2',
      title: 'Write the tool',
      status: 'degraded',
      score: 0.7141,
      costUsd: 0.0188,
      iterations: 3,
      dependsOn: ['task-1'],
      endedAt: secondsAgo(200),
    }),
    simulatedTask({
      taskId: 'task-3',
      title: 'Write the tests',
      score: 0.5,
      costUsd: 0.0082,
      iterations: 2,
      dependsOn: ['task-2'],
      model: 'mistral-7b-instruct-v0.3-Q3_K_M',
    }),
    simulatedTask({
      taskId: 'task-4',
      title: 'Write the README',
      status: 'failed',
      failureCode: 'upstream_failed',
      attempt: 3,
      iterations: 1,
      endedAt: secondsAgo(90),
    }),
    simulatedTask({
      taskId: 'task-5',
      title: 'Read everything again and put it together',
      status: 'pending',
      model: null,
      iterations: 0,
      attempt: 0,
      startedAt: null,
      dependsOn: ['task-2', 'task-3', 'task-4'],
    }),
  ];
}

/** A hub with these jobs; the first one has tasks, results and a log. */
export function jobsHub(jobs: readonly Job[] = sampleJobs()): SimulatedHub {
  const hub = new SimulatedHub();
  const [first] = jobs;
  for (const job of jobs) hub.jobs.add(job, job === first ? sampleTasks() : []);
  if (!first) return hub;
  const { jobId } = first;
  hub.jobs.setOutput(jobId, 'task-1', 'Open-Meteo answers without a key:\nhttps://open-meteo.com/\n');
  hub.jobs.setOutput(jobId, 'task-2', '#!/usr/bin/env python3\nprint("It rains.")\n');
  for (const [level, text, taskId] of sampleLog) hub.jobs.log(jobId, text, level, taskId);
  return hub;
}

const sampleLog: readonly (readonly [JobLogLevel, string, string | null])[] = [
  ['info', 'Planning', null],
  ['info', 'Planned 5 tasks', null],
  ['info', 'Begins: Choose a weather API that needs no key', 'task-1'],
  ['debug', 'Open-Meteo answers without a key', 'task-1'],
  ['info', 'Completed with a score of 0.931', 'task-1'],
  ['info', 'Begins: Write the tool', 'task-2'],
  ['warn', 'Degraded: the score of 0.714 is below 0.8 after 3 iterations', 'task-2'],
  ['error', 'Failed for good: the endpoint failed while it answered', 'task-4'],
];

/** A history of so many jobs that have ended, newest first; the same ones in every run. */
export function manyEndedJobs(count: number): Job[] {
  const ways: readonly ('done' | 'failed' | 'cancelled')[] = ['done', 'done', 'failed', 'done', 'cancelled'];
  return Array.from({ length: count }, (_, i) =>
    endedJob(
      {
        jobId: (0x10000000 + i * 0x9e3779b).toString(16).padStart(12, '0'),
        status: ways[i % ways.length] as 'done',
        projectDescription: `Report number ${count - i}`,
        totalCost: i % 6 === 0 ? null : ((i * 37) % 50) / 100,
      },
      i + 1,
    ),
  );
}

/** Lets the running jobs of a hub go on a little. */
export function tickJobs(hub: SimulatedHub, second: number): void {
  for (const job of hub.jobs.recent()) {
    if (job.status !== ('running' satisfies JobStatus) || job.statusReason !== null) continue;
    const totalCost = job.totalCost === null ? null : job.totalCost + 0.0007;
    const facts = { totalCost, totalTokens: job.totalTokens + 210, elapsedS: job.elapsedS + 1 };
    hub.jobs.update(job.jobId, { ...facts, updatedAt: new Date().toISOString() });
    const states: readonly TaskStatus[] = ['running', 'completed'];
    hub.jobs.log(job.jobId, `Second ${second}: ${states[second % 2]}`, second % 9 === 0 ? 'warn' : 'info');
  }
}

/** Ties the jobs to the ticks of the models: a story that shows its hub live shows the jobs live, too. */
export function liveJobs(hub: SimulatedHub): SimulatedHub {
  let second = 0;
  hub.subscribe('models:sampled', () => {
    second += 1;
    tickJobs(hub, second);
  });
  return hub;
}
