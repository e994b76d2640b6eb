/**
 * The states of a job. `design.md` beside this file draws them.
 *
 * - `pending`: accepted and stored; waits for its turn among other jobs.
 * - `running`: it is planned, or its tasks run. What it waits for, if anything, is its `statusReason`.
 * - `interrupted`: it ran when its runner ended. It goes on when the next runner resumes it, or when somebody asks.
 * - `done`: every task is finished, none failed.
 * - `failed`: it ended without that; `statusReason` says why. Results so far are kept, and it can be resumed.
 * - `cancelled`: somebody called it off. Results so far are kept, and it can be resumed.
 */
export const jobStatuses = ['pending', 'running', 'interrupted', 'done', 'failed', 'cancelled'] as const;

/** One of {@link jobStatuses}. */
export type JobStatus = (typeof jobStatuses)[number];

/** Every legal change of a job's state. From `failed` and `cancelled` on only a command leads. */
export const jobTransitions = {
  pending: ['running', 'cancelled'],
  running: ['done', 'failed', 'cancelled', 'interrupted'],
  interrupted: ['running', 'cancelled'],
  done: [],
  failed: ['running'],
  cancelled: ['running'],
} as const satisfies Record<JobStatus, readonly JobStatus[]>;

/**
 * The states of a task.
 *
 * - `pending`: it waits for its turn, or for tasks that it depends on, or will run again.
 * - `running`: a worker has it.
 * - `completed`: it has its result, and the score that was asked for.
 * - `degraded`: it has its result, below that score, after as many iterations as were allowed.
 * - `failed`: it has no result; `failureCode` says why. It runs again when its job is resumed.
 */
export const taskStatuses = ['pending', 'running', 'completed', 'degraded', 'failed'] as const;

/** One of {@link taskStatuses}. */
export type TaskStatus = (typeof taskStatuses)[number];

/** Every legal change of a task's state. A result, once stored, is never replaced. */
export const taskTransitions = {
  pending: ['running', 'failed'],
  running: ['completed', 'degraded', 'failed', 'pending'],
  completed: [],
  degraded: [],
  failed: ['pending'],
} as const satisfies Record<TaskStatus, readonly TaskStatus[]>;

/** Whether a job has ended, until somebody resumes it. */
export function hasEnded(status: JobStatus): status is 'done' | 'failed' | 'cancelled' {
  return status === 'done' || status === 'failed' || status === 'cancelled';
}

/** Whether a task has its result for good. */
export function isFinished(status: TaskStatus): status is 'completed' | 'degraded' {
  return status === 'completed' || status === 'degraded';
}

/**
 * Why a job stands as it does.
 *
 * While it runs: `no_backend` no endpoint can be called now; `no_slot` others have all places; `disk_full` and `store_failed` nothing can be stored now,
 * and nothing new is begun. When it failed: `budget_exhausted`, `time_limit`, `planning_failed`, `tasks_failed`.
 */
export const jobReasons = [
  'no_backend',
  'no_slot',
  'disk_full',
  'store_failed',
  'budget_exhausted',
  'time_limit',
  'planning_failed',
  'tasks_failed',
] as const;

/** One of {@link jobReasons}. */
export type JobReason = (typeof jobReasons)[number];

/**
 * Why a task has no result. `retryable` ones were tried several times before.
 *
 * `poison`: it took its worker down each time. `dependency_failed`: one that it depends on failed.
 */
export const taskFailureCodes = [
  'no_backend',
  'upstream_failed',
  'upstream_refused',
  'invalid_output',
  'budget_exhausted',
  'time_limit',
  'worker_lost',
  'poison',
  'dependency_failed',
  'executor_failed',
] as const;

/** One of {@link taskFailureCodes}. */
export type TaskFailureCode = (typeof taskFailureCodes)[number];
