import {
  type CallEstimate,
  type CallUsage,
  type JobLogLevel,
  type JobSpec,
  jobLogLevels,
  type TaskContext,
  TaskFailure,
  type TaskProgress,
  type TaskRequest,
} from '@corral/core';

/** A context that remembers, and a budget that gives what the test allows. */
export interface ContextInTest {
  readonly context: TaskContext;
  readonly logged: (readonly [JobLogLevel, string])[];
  readonly reports: TaskProgress[];
  /** What was set aside, and what it came to; `undefined`: not settled. */
  readonly calls: { readonly estimate: CallEstimate; usage: CallUsage | undefined }[];
  /** Calls off the job. */
  abort(): void;
}

/** @param budget how many calls there is money for, and how many tokens each gets at most */
export function contextInTest(
  budget: { readonly calls?: number; readonly tokens?: number } = {},
): ContextInTest {
  const controller = new AbortController();
  const logged: [JobLogLevel, string][] = [];
  const reports: TaskProgress[] = [];
  const calls: { estimate: CallEstimate; usage: CallUsage | undefined }[] = [];
  const log = Object.fromEntries(
    jobLogLevels.map((level) => [level, (message: string) => void logged.push([level, message])]),
  ) as TaskContext['log'];
  return {
    logged,
    reports,
    calls,
    abort: () => controller.abort(new Error('cancelled')),
    context: {
      jobId: 'job-1',
      signal: controller.signal,
      log,
      report: (progress) => reports.push(progress),
      budget: {
        reserve: async (estimate) => {
          if (calls.length >= (budget.calls ?? Number.POSITIVE_INFINITY))
            throw new TaskFailure('budget_exhausted', 'The budget is spent');
          const call = { estimate, usage: undefined as CallUsage | undefined };
          calls.push(call);
          return {
            maxOutputTokens: Math.min(estimate.maxOutputTokens, budget.tokens ?? Number.POSITIVE_INFINITY),
            settle: async (usage) => {
              call.usage ??= usage;
            },
          };
        },
      },
    },
  };
}

/** A job to be planned. */
export function jobInTest(facts: Partial<Omit<JobSpec, 'tasks'>> = {}): Omit<JobSpec, 'tasks'> {
  return {
    projectDescription: 'Write a script that prints hello world',
    successCriteria: ['It prints hello world'],
    budgetUsd: 0.5,
    budgetTokens: null,
    timeLimitS: 60,
    concurrency: 3,
    maxIterations: 3,
    targetScore: 0.8,
    model: null,
    labels: [],
    ...facts,
  };
}

/** A task on its way. */
export function taskInTest(facts: Partial<TaskRequest> = {}): TaskRequest {
  return {
    jobId: 'job-1',
    taskId: 'task-1',
    attempt: 1,
    title: 'Script',
    prompt: 'Write the script',
    inputs: [],
    job: jobInTest(),
    ...facts,
  };
}
