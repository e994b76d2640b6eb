import type { JobTask } from './job.js';
import type { JobStatus } from './job-state.js';

/** Levels of a job's log, from the quietest to the loudest. */
export const jobLogLevels = ['debug', 'info', 'warn', 'error'] as const;

/** One of {@link jobLogLevels}. */
export type JobLogLevel = (typeof jobLogLevels)[number];

interface Numbered {
  /** Grows from event to event of a job; numbers may be left out, and none is ever used twice. */
  readonly seq: number;
  /** ISO 8601. */
  readonly ts: string;
}

/** Somebody has something to say. */
export interface JobLogEvent extends Numbered {
  readonly type: 'log';
  readonly level: JobLogLevel;
  /** At most 8192 characters, secrets taken out. */
  readonly msg: string;
  /** The task that it is about; `null`: the job as a whole. */
  readonly taskId: string | null;
}

/** A task came, or changed. Carries all of it. */
export interface JobTaskEvent extends Numbered, JobTask {
  readonly type: 'task';
}

/** The job ended. */
export interface JobDoneEvent extends Numbered {
  readonly type: 'done';
  readonly status: Extract<JobStatus, 'done' | 'failed' | 'cancelled'>;
  readonly totalCost: number | null;
}

/** What happens in a job. */
export type JobEvent = JobLogEvent | JobTaskEvent | JobDoneEvent;

/** Some events in their order. */
export interface JobEventBatch {
  readonly events: readonly JobEvent[];
  /** Whether some events between those before and these are no longer kept. */
  readonly gap: boolean;
}

/** From where on to follow a job. */
export interface JobEventsOptions {
  /** The number of the last event that is known. Default: 0, from the beginning. */
  readonly after?: number;
  /** Ends the following without an error. */
  readonly signal?: AbortSignal;
}
