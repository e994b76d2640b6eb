import type { Unsubscribe } from '../event-hub.js';
import type { Job, JobListQuery, JobRequest, JobSpec, JobTask, JobText, TaskSpec } from './job.js';
import type { JobEvent, JobLogLevel } from './job-event.js';
import { type TaskFailureCode, taskFailureCodes } from './job-state.js';

/** Says something on the stream of a job. */
export type JobLogger = Readonly<Record<JobLogLevel, (message: string) => void>>;

/** What tokens cost, in US dollars per million. */
export interface TokenPrice {
  readonly inputUsdPer1M: number;
  readonly outputUsdPer1M: number;
}

/** What a call may come to, before it is made. */
export interface CallEstimate {
  readonly inputTokens: number;
  /** The most that would be asked for. */
  readonly maxOutputTokens: number;
  /** `null`: nobody knows; the call counts against the token budget alone. */
  readonly price: TokenPrice | null;
}

/** What a call came to. */
export interface CallUsage {
  /** `null`: nobody knows. */
  readonly costUsd: number | null;
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** A part of the budget that is set aside for one call. */
export interface Reservation {
  /** How many tokens may be asked for: the estimate, or less where the budget has no more. */
  readonly maxOutputTokens: number;
  /**
   * Replaces what was set aside with what was used. Without it, and after a crash, all that was set aside counts as
   * used: the server may have done the work. Calling it again does nothing.
   */
  settle(usage: CallUsage): Promise<void>;
}

/** What a job may still spend. */
export interface CallBudget {
  /**
   * Sets aside what a call may come to; it is stored when this resolves. Waits while other calls may give back what
   * is missing.
   * @throws TaskFailure `budget_exhausted` or `time_limit`
   */
  reserve(estimate: CallEstimate): Promise<Reservation>;
}

/** What work on a job gets to know and to use. */
export interface JobContext {
  readonly jobId: string;
  /** Aborts when the job is cancelled, its time is over or its runner ends. Hand it on to every call. */
  readonly signal: AbortSignal;
  readonly log: JobLogger;
  readonly budget: CallBudget;
}

/** What work on a task gets to know and to use. */
export interface TaskContext extends JobContext {
  /** Shows how far it is. What is left out stays as it was. */
  report(progress: TaskProgress): void;
}

/** How far a task is. */
export interface TaskProgress {
  readonly iterations?: number;
  /** 0 to 1. */
  readonly score?: number | null;
  readonly model?: string | null;
}

/** The result of a task that another one needs. */
export interface TaskInput {
  readonly taskId: string;
  readonly title: string;
  readonly output: string;
}

/** A task on its way to a worker; JSON-safe. */
export interface TaskRequest {
  readonly jobId: string;
  readonly taskId: string;
  /** 1 for the first try. Together with the two ids it is unique: a late result of an earlier one is not taken. */
  readonly attempt: number;
  readonly title: string;
  readonly prompt: string;
  readonly inputs: readonly TaskInput[];
  /** What the job asks for. Its `tasks` are left out. */
  readonly job: Omit<JobSpec, 'tasks'>;
}

/** What came of a task. */
export interface TaskResult {
  readonly output: string;
  /** 0 to 1; `null` where nobody judged it, and then it is good enough. Below the target the task is `degraded`. */
  readonly score?: number | null;
  readonly model?: string | null;
  readonly iterations?: number;
}

/** Plans jobs and carries out their tasks. Yours, or the one on LLM endpoints that the Node adapter has. */
export interface JobExecutor {
  /**
   * Divides a job into tasks: at least one, at most 10 000. Not called for a job that came with its tasks.
   * @throws TaskFailure; anything else counts as `executor_failed`
   */
  plan(job: Omit<JobSpec, 'tasks'>, context: JobContext): Promise<readonly TaskSpec[]>;
  /** Carries out a task. It may be called again for the same task after a crash. @throws TaskFailure as {@link plan} */
  runTask(task: TaskRequest, context: TaskContext): Promise<TaskResult>;
  /** How many tasks of this job could begin now; `null`: nobody knows. Default: as many as one likes. */
  freeSlots?(job: Omit<JobSpec, 'tasks'>): number | null;
  /** Calls `listener` when there may be more of them than before. */
  onFreed?(listener: () => void): Unsubscribe;
}

/**
 * How tasks reach workers. It decides where they run and nothing else: plan, budget, states and store stay with the
 * JobRunner.
 */
export interface TaskDispatcher extends Pick<JobExecutor, 'freeSlots' | 'onFreed'> {
  /**
   * Has a task carried out; settles when its worker is done with it, or lost.
   * @throws TaskFailure; `worker_lost` where nobody knows what became of it
   */
  run(task: TaskRequest, context: TaskContext): Promise<TaskResult>;
  /** Lets go of its connections. */
  dispose?(): Promise<void>;
}

/** Thrown by executors and dispatchers. Decide by `code`; the message is shown in the job's log. */
export class TaskFailure extends Error {
  override readonly name = 'TaskFailure';
  readonly code: TaskFailureCode;
  /** Whether the same task may succeed when it is tried again. */
  readonly retryable: boolean;

  constructor(
    code: TaskFailureCode,
    message: string,
    options: { readonly retryable?: boolean; readonly cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable ?? retryableCodes.includes(code);
  }
}

const retryableCodes: readonly TaskFailureCode[] = ['no_backend', 'upstream_failed', 'worker_lost'];

/** Whether a text is one of {@link taskFailureCodes}. */
export function isTaskFailureCode(text: unknown): text is TaskFailureCode {
  return (taskFailureCodes as readonly unknown[]).includes(text);
}

/** What a call has set aside and not settled, as it is stored. */
export interface StoredReservation {
  readonly id: string;
  readonly taskId: string | null;
  /** `null`: no price. */
  readonly usd: number | null;
  readonly tokens: number;
}

/** A job as it is stored. */
export interface StoredJob {
  readonly job: Job;
  /** The given tasks until they are planned, then `null`: they are rows of their own. */
  readonly givenTasks: JobSpec['tasks'];
  /** Whether its tasks are stored. */
  readonly planned: boolean;
  readonly reservations: readonly StoredReservation[];
}

/** A task as it is stored. */
export interface StoredTask extends JobTask {
  readonly prompt: string;
  /** How often a runner ended while it ran, or its worker was lost, in a row. */
  readonly losses: number;
}

/** Changes to one job that are stored together, or not at all. */
export interface JobChange {
  readonly jobId: string;
  /** The whole record, new or changed. */
  readonly job?: StoredJob;
  /** Tasks in the order of the plan, all of them; only once a job. */
  readonly plan?: readonly StoredTask[];
  /** Tasks that changed. */
  readonly tasks?: readonly StoredTask[];
  /** A result. It is not taken, and nothing of this change is, when the task has one already. */
  readonly result?: { readonly taskId: string; readonly output: string };
  readonly events?: readonly JobEvent[];
}

/**
 * Keeps jobs. What `commit` resolved for outlasts a crash. Rejections whose `code` is `store_full` mean that there is no
 * space left.
 */
export interface JobStore {
  /** @returns false when `result` was not taken because there is one */
  commit(change: JobChange): Promise<boolean>;
  /** Every job that has not ended, oldest first. */
  loadUnfinished(): Promise<readonly StoredJob[]>;
  load(jobId: string): Promise<StoredJob | undefined>;
  /**
   * Newest first; texts may be cut as by `briefJob`. `cursor` and `nextCursor` are whatever the store likes; one that is none
   * of its own is as none.
   */
  list(query: Required<Pick<JobListQuery, 'limit'>> & JobListQuery): Promise<{
    readonly jobs: readonly Job[];
    readonly nextCursor: string | null;
    readonly total: number;
  }>;
  /** Tasks in the order of the plan. */
  tasks(
    jobId: string,
    range: { readonly from: number; readonly limit: number },
  ): Promise<readonly StoredTask[]>;
  task(jobId: string, taskId: string): Promise<StoredTask | undefined>;
  output(jobId: string, taskId: string): Promise<string | undefined>;
  /** Events with numbers above `after`, in their order. */
  events(
    jobId: string,
    range: { readonly after: number; readonly limit: number },
  ): Promise<readonly JobEvent[]>;
  /** Numbers of the first and the last event that is kept; `undefined` for none. */
  eventRange(jobId: string): Promise<{ readonly first: number; readonly last: number } | undefined>;
  /** Removes a job with all that belongs to it. An unknown id is fine. */
  delete(jobId: string): Promise<void>;
  /** Removes ended jobs beyond the newest `keepJobs`, and log lines of each job beyond the newest `keepEvents`. */
  prune(limits: { readonly keepJobs: number; readonly keepEvents: number }): Promise<readonly string[]>;
}

/** Reads jobs from text, away from everything that must not wait for it. */
export interface JobTextReader {
  /** @throws CorralError `invalid_yaml` with `details.line`, `details.column`; `alias_not_allowed`, `tag_not_allowed`, `yaml_too_deep`, `payload_too_large` */
  read(text: JobText): Promise<JobRequest>;
}
