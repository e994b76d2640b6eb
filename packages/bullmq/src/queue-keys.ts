import type { QueueSetup } from './queue-options.js';

/** Names of what lies in Redis beside BullMQ's own keys. */
export interface QueueKeys {
  /** A set of all workers. */
  readonly workers: string;
  /** Where a worker says that it is alive. */
  beat(workerId: string): string;
  /** Where a hub or a worker reads its letters. */
  mailbox(ownerId: string): string;
}

/** The keys of a queue. They begin otherwise than BullMQ's, among which are ids of ours. */
export function queueKeys({ prefix, queueName }: Pick<QueueSetup, 'prefix' | 'queueName'>): QueueKeys {
  const base = `${prefix}-link:${queueName}`;
  return {
    workers: `${base}:workers`,
    beat: (workerId) => `${base}:worker:${workerId}`,
    mailbox: (ownerId) => `${base}:mailbox:${ownerId}`,
  };
}

/** The id of a task in the queue: of one attempt and one lease. BullMQ takes no colons. */
export function bullJobId(
  task: { readonly jobId: string; readonly taskId: string; readonly attempt: number },
  lease: string,
): string {
  return `${task.jobId}~${task.taskId}~${task.attempt}~${lease}`.replaceAll(':', '_');
}

/** The lease in such an id. */
export function leaseOf(jobId: string): string {
  return jobId.slice(jobId.lastIndexOf('~') + 1);
}
