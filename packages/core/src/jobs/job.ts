import type { JobReason, JobStatus, TaskFailureCode, TaskStatus } from './job-state.js';

/** A task that whoever submits a job gives it, in place of a plan. */
export interface TaskSpec {
  /** Letters, digits, `.`, `_` and `-`, at most 64; one of a kind in its job. Default: `task-1` and so on. */
  readonly taskId?: string;
  /** A short name. Default: the beginning of the prompt. */
  readonly title?: string;
  /** What is to be done. At most 64 KiB. Always literal text: nothing in it is replaced. */
  readonly prompt: string;
  /** Ids of tasks whose results it needs. */
  readonly dependsOn?: readonly string[];
}

/** What is asked for when a job is submitted. Only the description is needed. */
export interface JobRequest {
  readonly projectDescription: string;
  /** What a good result fulfils: one text a criterion, or one text with a criterion a line. Default: none. */
  readonly successCriteria?: string | readonly string[];
  /** What calls may cost together, in US dollars. Default: 8. */
  readonly budgetUsd?: number;
  /** Tokens that calls may use together, in and out. Default: no limit. */
  readonly budgetTokens?: number | null;
  /** Seconds that it may run, pauses between runs not counted. Default: 5400. */
  readonly timeLimitS?: number;
  /** Tasks at the same time, 1 to 10. Default: 3. */
  readonly concurrency?: number;
  /** Tries that each task has to reach its score, 1 to 20. Default: 3. */
  readonly maxIterations?: number;
  /** The score from which a task is good enough, 0 to 1. Default: 0.8. */
  readonly targetScore?: number;
  /** The one model to use. Default: any. */
  readonly model?: string | null;
  /** Words to find it again by, at most 200. */
  readonly labels?: readonly string[];
  /** A plan of your own, at most 1000 tasks. Default: the executor plans. */
  readonly tasks?: readonly TaskSpec[];
}

/** A job to be read from text. Its keys may be in camelCase or snake_case. */
export interface JobText {
  /** YAML 1.2, and so JSON too; at most 256 KiB. */
  readonly yaml: string;
}

/** What can be submitted. */
export type JobSource = JobRequest | JobText;

/** A request that was checked, with its defaults filled in. */
export interface JobSpec {
  readonly projectDescription: string;
  readonly successCriteria: readonly string[];
  readonly budgetUsd: number;
  /** `null`: no limit. */
  readonly budgetTokens: number | null;
  readonly timeLimitS: number;
  readonly concurrency: number;
  readonly maxIterations: number;
  readonly targetScore: number;
  /** `null`: any. */
  readonly model: string | null;
  readonly labels: readonly string[];
  /** `null`: the executor plans. */
  readonly tasks: readonly Required<TaskSpec>[] | null;
}

/**
 * A job as everyone sees it; its tasks come with {@link JobDetail}. `null` means unknown, or not yet.
 *
 * In lists, snapshots and events long texts are cut: descriptions to 1,000 characters, criteria to 10 of 200 characters,
 * both with `…` at their end, labels to 20. {@link JobDetail} and what a command answers have them whole.
 */
export interface Job extends Omit<JobSpec, 'tasks'> {
  readonly jobId: string;
  readonly status: JobStatus;
  readonly statusReason: JobReason | null;
  /** How it ended; `null` until then. */
  readonly finalStatus: 'done' | 'failed' | 'cancelled' | null;
  /** US dollars of all calls with a known price; `null` when there were calls, and none of them has one. */
  readonly totalCost: number | null;
  /** Calls whose cost nobody knows: they are not in `totalCost`. */
  readonly unpricedCalls: number;
  /** Tokens in and out of all calls, as the servers counted them. */
  readonly totalTokens: number;
  /** US dollars set aside for calls that are under way. */
  readonly reservedUsd: number;
  /** Seconds that it ran, all runs together. */
  readonly elapsedS: number;
  /** How many tasks there are in each state. */
  readonly taskCounts: Readonly<Record<TaskStatus, number>>;
  /** ISO 8601, as all times. */
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
}

/** A task as everyone sees it. `null` means unknown, or not yet. */
export interface JobTask {
  readonly taskId: string;
  readonly title: string;
  readonly dependsOn: readonly string[];
  readonly status: TaskStatus;
  readonly failureCode: TaskFailureCode | null;
  /** 0 to 1, of the best try so far. */
  readonly score: number | null;
  readonly model: string | null;
  /** US dollars of its calls with a known price; `null` when it had none of those. */
  readonly costUsd: number | null;
  readonly iterations: number;
  /** How often it was begun. */
  readonly attempt: number;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
}

/** A job with its tasks. */
export interface JobDetail {
  readonly job: Job;
  /** In the order of the plan, at most 1000 at a time. */
  readonly tasks: readonly JobTask[];
  /** How many tasks come before these. */
  readonly tasksFrom: number;
  /** How many tasks the job has. */
  readonly taskCount: number;
}

/** A task with what it was asked and what came of it. */
export interface JobTaskResult {
  readonly task: JobTask;
  readonly prompt: string;
  /** The stored result; `null` until there is one. */
  readonly output: string | null;
}

/** Which jobs to list. */
export interface JobListQuery {
  /** Only jobs in these states. Default: all. */
  readonly status?: readonly JobStatus[];
  /** 1 to 200. Default: 50. */
  readonly limit?: number;
  /** Where the page before this one ended. */
  readonly cursor?: string;
}

/** A page of jobs, newest first. */
export interface JobPage {
  readonly jobs: readonly Job[];
  /** For the next page; `null` on the last one. */
  readonly nextCursor: string | null;
  /** How many jobs there are in these states. */
  readonly total: number;
}

/** Greater limits to resume with. What is not given stays as it was. */
export interface JobRaise {
  readonly budgetUsd?: number;
  readonly budgetTokens?: number | null;
  readonly timeLimitS?: number;
}
