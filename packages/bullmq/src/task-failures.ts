import { TaskFailure } from '@corral/core';

/** What an attempt ends with when its worker is lost. */
export function workerLost(): TaskFailure {
  return new TaskFailure('worker_lost', 'The worker was lost');
}

/** What an attempt ends with when it cannot go on, and its worker is not to blame. It costs no attempt. */
export function queueLost(message: string, cause?: unknown): TaskFailure {
  return new TaskFailure('no_backend', message, { cause });
}

/** What work ends with that nobody wants any more. */
export function calledOff(): TaskFailure {
  return new TaskFailure('executor_failed', 'The task was called off');
}
