import type {
  Job,
  JobDetail,
  JobListQuery,
  JobPage,
  JobRaise,
  JobSource,
  JobSpec,
  JobTaskResult,
} from './job.js';
import type { JobEventBatch, JobEventsOptions } from './job-event.js';

/**
 * What can be seen and asked of jobs; the same in process and over a network. Everything but `recent` rejects with a
 * typed error that has `code` and `retryable`. `job:submitted`, `job:updated` and `job:removed` announce changes.
 */
export interface JobsFace {
  /** Every job that has not ended, and the latest that have; newest first. */
  recent(): readonly Job[];
  /** Accepts a job: it is stored when this resolves. @throws `invalid_job` and others, with `details.fields` */
  submit(source: JobSource): Promise<Job>;
  /** Checks a job without accepting it, and answers what would be accepted. @throws as {@link submit} */
  validate(source: JobSource): Promise<JobSpec>;
  list(query?: JobListQuery): Promise<JobPage>;
  /** @param tasksFrom how many tasks to leave out. Default: 0. @throws `unknown_job` */
  get(jobId: string, tasksFrom?: number): Promise<JobDetail>;
  /** What a task was asked, and what came of it. @throws `unknown_job`, `unknown_task` */
  task(jobId: string, taskId: string): Promise<JobTaskResult>;
  /** Calls a job off. One that has ended already stays as it is. @throws `unknown_job` */
  cancel(jobId: string): Promise<Job>;
  /** Runs what is unfinished, with what was spent carried over. @throws `unknown_job`, `job_running`, `job_finished` */
  resume(jobId: string, raise?: JobRaise): Promise<Job>;
  /** Removes a job; one that runs is cancelled first. @throws `unknown_job` */
  delete(jobId: string): Promise<void>;
  /**
   * What happened in a job, and what happens from now on. It ends after `done`, or when the job is removed; follow again
   * when the job is resumed.
   * @throws `unknown_job`, at the first step
   */
  events(jobId: string, options?: JobEventsOptions): AsyncIterable<JobEventBatch>;
}
