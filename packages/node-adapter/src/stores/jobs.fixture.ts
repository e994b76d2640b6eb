import type { Job, JobEvent, JobLogEvent, JobTaskEvent, StoredJob, StoredTask } from '@corral/core';
import { simulatedJob, simulatedTask } from '@corral/core/testing';

/** A job as it is stored, with the facts given. */
export function storedJob(jobId: string, facts: Partial<Job> = {}, more: Partial<StoredJob> = {}): StoredJob {
  return {
    job: simulatedJob({ ...facts, jobId }),
    givenTasks: null,
    planned: true,
    reservations: [],
    ...more,
  };
}

/** A task as it is stored, with the facts given. */
export function storedTask(taskId: string, facts: Partial<StoredTask> = {}): StoredTask {
  return { ...simulatedTask({ taskId, status: 'pending' }), prompt: `Do ${taskId}`, losses: 0, ...facts };
}

/** A line of a log. */
export function logLine(seq: number, msg = `line ${seq}`): JobLogEvent {
  return { type: 'log', seq, ts: '2026-01-01T00:00:00.000Z', level: 'info', msg, taskId: null };
}

/** What a change of a task is told as. */
export function taskEvent(seq: number, taskId: string): JobTaskEvent {
  return { type: 'task', seq, ts: '2026-01-01T00:00:00.000Z', ...simulatedTask({ taskId }) };
}

/** Numbers of events. */
export function numbersOf(events: readonly JobEvent[]): number[] {
  return events.map(({ seq }) => seq);
}
