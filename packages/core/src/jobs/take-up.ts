import { type Clock, isoTime } from '../clock.js';
import { limits } from '../limits.js';
import type { NewJobEvent } from './job-log.js';
import { type JobFacts, JobRecord, type JobRecordOptions } from './job-record.js';
import type { StoredJob } from './ports.js';
import { loadTasks } from './stored-tasks.js';
import { jobTask, type TaskState, TaskTable } from './task-table.js';

/** Numbers of events that a runner which crashed may have told and not stored. None of them may be used again. */
const toldUnstored = 10_000;

/** Makes the record of a stored job again. What was set aside when its runner ended counts as used. */
export async function takeUp(stored: StoredJob, options: JobRecordOptions): Promise<JobRecord> {
  const { store } = options;
  const { jobId, status } = stored.job;
  const range = await store.eventRange(jobId);
  const record = new JobRecord(stored, (range?.last ?? 0) + toldUnstored, options);
  const needsTasks = stored.planned && status !== 'pending';
  if (needsTasks) record.table = new TaskTable(await loadTasks(store, jobId));
  for (const reservation of stored.reservations) {
    record.ledger.open(reservation);
    const costUsd = record.ledger.settle(reservation.id);
    const state = reservation.taskId === null ? undefined : record.table?.get(reservation.taskId);
    if (state && costUsd !== null) record.report(state, { costUsd: (state.row.costUsd ?? 0) + costUsd });
  }
  return record;
}

/** Marks a job whose runner ended while it ran; what was under way is to run again. @returns whether it is stored */
export function interrupt(record: JobRecord, clock: Clock): Promise<boolean> {
  record.log.sayWhenStored('warn', 'The hub ended while this job ran');
  const endedAt = isoTime(clock);
  const changed = new Set<TaskState>();
  for (const state of record.table?.in('running') ?? []) {
    const losses = state.row.losses + 1;
    const isPoison = losses >= limits.taskLosses.runner;
    const failed = { status: 'failed', failureCode: 'poison', endedAt, losses } as const;
    record.table?.set(state, isPoison ? failed : { status: 'pending', losses });
    changed.add(state);
    if (!isPoison) continue;
    for (const doomed of record.table?.doomedBy(state) ?? []) {
      record.table?.set(doomed, { status: 'failed', failureCode: 'dependency_failed', endedAt });
      changed.add(doomed);
    }
  }
  return record.change({ status: 'interrupted', statusReason: null }, withEvents([...changed]));
}

/** Lets a job go on: what failed runs again. @returns whether it is stored */
export function goOn(record: JobRecord, raise: JobFacts): Promise<boolean> {
  const { table } = record;
  const facts = { status: 'pending', failureCode: null, endedAt: null, losses: 0 } as const;
  const tasks = table?.in('failed').map((state) => table.set(state, facts)) ?? [];
  const left = table ? table.in('pending').length : null;
  record.log.sayWhenStored(
    'info',
    left === null ? 'Goes on' : `Goes on with ${left} of ${table?.size ?? 0} tasks`,
  );
  const change = {
    ...raise,
    status: 'running',
    statusReason: null,
    finalStatus: null,
    endedAt: null,
  } as const;
  return record.change(change, withEvents(tasks));
}

function withEvents(tasks: readonly TaskState[]): {
  readonly tasks: readonly TaskState[];
  readonly events: readonly NewJobEvent[];
} {
  return { tasks, events: tasks.map(({ row }): NewJobEvent => ({ type: 'task', ...jobTask(row) })) };
}
