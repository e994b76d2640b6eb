import { type Clock, isoTime } from '../clock.js';
import type { JobSpec } from './job.js';
import type { StoredJob } from './ports.js';
import { noTasks } from './task-table.js';

/** The record of a job that was just accepted. */
export function newJob({ tasks, ...spec }: JobSpec, jobId: string, clock: Clock): StoredJob {
  const at = isoTime(clock);
  return {
    job: {
      ...spec,
      jobId,
      status: 'pending',
      statusReason: null,
      finalStatus: null,
      totalCost: 0,
      unpricedCalls: 0,
      totalTokens: 0,
      reservedUsd: 0,
      elapsedS: 0,
      taskCounts: noTasks(),
      createdAt: at,
      updatedAt: at,
      startedAt: null,
      endedAt: null,
    },
    givenTasks: tasks,
    planned: false,
    reservations: [],
  };
}

/** An id of time and chance: later ones sort after earlier ones, and nobody guesses the next. */
export function newJobId(clock: Clock, random: () => number): string {
  const time = Math.floor(clock.wallTime()).toString(36).padStart(9, '0');
  const chance = Array.from({ length: 10 }, () => Math.floor(random() * 36).toString(36)).join('');
  return `${time}-${chance}`;
}
