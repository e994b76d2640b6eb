import type { JobRaise, JobSource } from '@corral/core';
import { IntentEvent } from './intent-event.js';

class JobIntentEvent extends IntentEvent {
  /** The job that is meant. */
  readonly jobId: string;

  constructor(type: string, jobId: string) {
    super(type);
    this.jobId = jobId;
  }
}

/** Someone wants a job to be done. The answer is the job. */
export class JobSubmitEvent extends IntentEvent {
  static readonly type = 'job-submit';
  /** What is asked for. */
  readonly source: JobSource;

  constructor(source: JobSource) {
    super(JobSubmitEvent.type);
    this.source = source;
  }
}

/** Someone wants to know what a job would be. The answer is its specification. */
export class JobValidateEvent extends IntentEvent {
  static readonly type = 'job-validate';
  /** What would be asked for. */
  readonly source: JobSource;

  constructor(source: JobSource) {
    super(JobValidateEvent.type);
    this.source = source;
  }
}

/** Someone wants to call a job off. */
export class JobCancelEvent extends JobIntentEvent {
  static readonly type = 'job-cancel';
  constructor(jobId: string) {
    super(JobCancelEvent.type, jobId);
  }
}

/** Someone wants a job to go on. */
export class JobResumeEvent extends JobIntentEvent {
  static readonly type = 'job-resume';
  /** Greater limits to go on with. */
  readonly raise: JobRaise;

  constructor(jobId: string, raise: JobRaise = {}) {
    super(JobResumeEvent.type, jobId);
    this.raise = raise;
  }
}

/** Someone wants a job to be removed. */
export class JobDeleteEvent extends JobIntentEvent {
  static readonly type = 'job-delete';
  constructor(jobId: string) {
    super(JobDeleteEvent.type, jobId);
  }
}

/** Someone wants to look at a job. There is nothing to answer: the page goes there. */
export class JobOpenEvent extends Event {
  static readonly type = 'job-open';
  /** The job that is meant. */
  readonly jobId: string;

  constructor(jobId: string) {
    super(JobOpenEvent.type, { bubbles: true, composed: true });
    this.jobId = jobId;
  }
}

declare global {
  interface GlobalEventHandlersEventMap {
    'job-submit': JobSubmitEvent;
    'job-validate': JobValidateEvent;
    'job-cancel': JobCancelEvent;
    'job-resume': JobResumeEvent;
    'job-delete': JobDeleteEvent;
    'job-open': JobOpenEvent;
  }
}
