import type { ChangeParts, JobRecord } from './job-record.js';
import type { RunEnd } from './run-host.js';
import { endLine } from './run-messages.js';

/** Has the end of a job, or of its run, stored. @returns whether it is */
export function endJob(
  record: JobRecord,
  end: RunEnd,
  endedAt: string,
  { tasks = [], events = [] }: Pick<ChangeParts, 'tasks' | 'events'> = {},
): Promise<boolean> {
  const { status } = end;
  const statusReason = end.status === 'failed' ? end.reason : null;
  const spending = record.ledger.spending;
  const taskCounts = record.table?.counts ?? record.decided.taskCounts;
  const { level, message } = endLine({ ...record.decided, ...spending, taskCounts, status, statusReason });
  record.log.sayWhenStored(level, message);
  if (status === 'interrupted') return record.change({ status, statusReason }, { tasks, events });
  const done = { type: 'done', status, totalCost: spending.totalCost } as const;
  return record.change(
    { status, statusReason, finalStatus: status, endedAt },
    { tasks, events: [...events, done] },
  );
}
