import { CorralError } from '../errors.js';
import { briefJob } from './brief-job.js';
import type { Job, JobDetail, JobListQuery, JobPage, JobTaskResult } from './job.js';
import type { JobEventBatch, JobEventsOptions } from './job-event.js';
import type { JobRecord } from './job-record.js';
import { requireCount } from './job-spec.js';
import { isFinished, jobStatuses } from './job-state.js';
import type { JobStore, StoredJob, StoredTask } from './ports.js';
import { storedEvents } from './stored-events.js';
import { jobTask } from './task-table.js';

/** Tasks that are answered at once. */
const tasksAtOnce = 1000;

/** Answers questions about jobs: from memory for those that have not ended, from the store for others. */
export class JobReader {
  readonly #store: JobStore;
  readonly #live: (jobId: string) => JobRecord | undefined;

  /** @param live finds the record of a job that has not ended */
  constructor(store: JobStore, live: (jobId: string) => JobRecord | undefined) {
    this.#store = store;
    this.#live = live;
  }

  /** @throws CorralError `invalid_argument`, `store_failed` */
  async list({ limit = 50, ...query }: JobListQuery = {}): Promise<JobPage> {
    requireCount('limit', limit, 1, 200);
    if (query.status?.some((status) => !jobStatuses.includes(status)))
      throw new CorralError('invalid_argument', `Expected \`status\` to be of ${jobStatuses.join(', ')}`, {
        details: { argument: 'status' },
      });
    const page = await read(() => this.#store.list({ ...query, limit }));
    return { ...page, jobs: page.jobs.map((job) => briefJob(this.#current(job))) };
  }

  /** @throws CorralError `unknown_job`, `invalid_argument`, `store_failed` */
  async get(jobId: string, tasksFrom = 0): Promise<JobDetail> {
    requireCount('tasksFrom', tasksFrom, 0, Number.MAX_SAFE_INTEGER);
    const record = this.#live(jobId);
    const stored = record ? undefined : await this.load(jobId);
    const job = record?.job ?? stored?.job;
    if (!job) throw unknownJob();
    const range = { from: tasksFrom, limit: tasksAtOnce };
    const tasks =
      record?.table?.page(range.from, range.limit) ??
      (await read(() => this.#store.tasks(jobId, range))).map(jobTask);
    const taskCount = Object.values(job.taskCounts).reduce((sum, count) => sum + count, 0);
    return { job, tasks, tasksFrom, taskCount };
  }

  /** @throws CorralError `unknown_job`, `unknown_task`, `store_failed` */
  async task(jobId: string, taskId: string): Promise<JobTaskResult> {
    const task = this.#live(jobId)?.table?.get(taskId)?.shown ?? (await this.#storedTask(jobId, taskId));
    const isThere = isFinished(task.status);
    const output = isThere ? await read(() => this.#store.output(jobId, taskId)) : undefined;
    return { task: jobTask(task), prompt: task.prompt, output: output ?? null };
  }

  /** @throws CorralError `unknown_job`, `invalid_argument`, `store_failed`, at the first step or later */
  async *events(jobId: string, { after = 0, signal }: JobEventsOptions = {}): AsyncGenerator<JobEventBatch> {
    requireCount('after', after, 0, Number.MAX_SAFE_INTEGER);
    const record = this.#live(jobId);
    if (record) yield* record.log.follow(after, signal);
    else {
      await this.load(jobId);
      yield* storedEvents(this.#store, jobId, after, signal);
    }
  }

  /** The stored record. @throws CorralError `unknown_job`, `store_failed` */
  async load(jobId: string): Promise<StoredJob> {
    const stored = await read(() => this.#store.load(jobId));
    if (!stored) throw unknownJob();
    return stored;
  }

  async #storedTask(jobId: string, taskId: string): Promise<StoredTask> {
    if (!this.#live(jobId)) await this.load(jobId);
    const task = await read(() => this.#store.task(jobId, taskId));
    if (!task) throw new CorralError('unknown_task', 'Expected the id of a task of this job');
    return task;
  }

  /** What memory knows of a job may be newer than what the store said. */
  #current(job: Job): Job {
    return this.#live(job.jobId)?.job ?? job;
  }
}

/** The error for an id that no job has. */
function unknownJob(): CorralError {
  return new CorralError('unknown_job', 'Expected the id of a known job');
}

/** Asks the store. @throws CorralError `store_failed` */
export async function read<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  try {
    return await ask();
  } catch (cause) {
    throw new CorralError('store_failed', 'The store does not answer now', { cause, retryable: true });
  }
}
