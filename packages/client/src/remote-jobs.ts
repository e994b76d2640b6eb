import type {
  Clock,
  Job,
  JobDetail,
  JobEventBatch,
  JobEventsOptions,
  JobListQuery,
  JobPage,
  JobRaise,
  JobSource,
  JobSpec,
  JobsFace,
  JobTaskResult,
} from '@corral/core';
import { followJob } from './follow-job.js';
import type { HubCalls } from './hub-calls.js';
import type { HubRequests, SentBody } from './hub-requests.js';

/** What {@link RemoteJobs} work with. */
export interface RemoteJobsOptions {
  readonly calls: HubCalls;
  readonly requests: HubRequests;
  /** The jobs that are told without being asked for. */
  readonly recent: () => readonly Job[];
  /** Aborts when the connection is closed. */
  readonly closed: AbortSignal;
  readonly clock: Clock;
  /** A number in [0, 1). */
  readonly random: () => number;
}

/**
 * The jobs of a hub over the network. Every call rejects with ClientError: the code of the hub with its `details`, or
 * `network`, `timeout`, `closed`.
 */
export class RemoteJobs implements JobsFace {
  readonly #options: RemoteJobsOptions;

  /** Use `connect(url).jobs`. */
  constructor(options: RemoteJobsOptions) {
    this.#options = options;
  }

  recent(): readonly Job[] {
    return this.#options.recent();
  }

  submit(source: JobSource): Promise<Job> {
    return this.#options.calls.send('POST', jobs, bodyOf(source), 'job');
  }

  validate(source: JobSource): Promise<JobSpec> {
    return this.#options.calls.send('POST', `${jobs}?dryRun=1`, bodyOf(source), 'spec');
  }

  list({ status, limit, cursor }: JobListQuery = {}): Promise<JobPage> {
    const query = new URLSearchParams();
    if (status) query.set('status', status.join(','));
    if (limit !== undefined) query.set('limit', `${limit}`);
    if (cursor !== undefined) query.set('cursor', cursor);
    return this.#options.calls.send('GET', query.size > 0 ? `${jobs}?${query}` : jobs);
  }

  get(jobId: string, tasksFrom = 0): Promise<JobDetail> {
    return this.#options.calls.send(
      'GET',
      tasksFrom === 0 ? pathOf(jobId) : `${pathOf(jobId)}?tasksFrom=${tasksFrom}`,
    );
  }

  task(jobId: string, taskId: string): Promise<JobTaskResult> {
    return this.#options.calls.send('GET', `${pathOf(jobId)}/tasks/${encodeURIComponent(taskId)}`);
  }

  cancel(jobId: string): Promise<Job> {
    return this.#options.calls.send('POST', `${pathOf(jobId)}/cancel`, {}, 'job');
  }

  resume(jobId: string, raise?: JobRaise): Promise<Job> {
    return this.#options.calls.send('POST', `${pathOf(jobId)}/resume`, raise ? { body: raise } : {}, 'job');
  }

  async delete(jobId: string): Promise<void> {
    await this.#options.calls.send('DELETE', pathOf(jobId));
  }

  /**
   * Follows a job over a stream of its own, which comes back by itself where it left off. It ends after `done`, when the job
   * is removed, when the connection is closed and when `signal` aborts.
   */
  events(jobId: string, options: JobEventsOptions = {}): AsyncIterable<JobEventBatch> {
    return followJob({ ...this.#options, path: `${pathOf(jobId)}/stream` }, options);
  }
}

const jobs = '/api/jobs';

function pathOf(jobId: string): string {
  return `${jobs}/${encodeURIComponent(jobId)}`;
}

function bodyOf(source: JobSource): SentBody {
  return 'yaml' in source ? { yaml: source.yaml } : { body: source };
}
