import { limits } from '../limits.js';
import type { Job } from './job.js';
import { hasEnded } from './job-state.js';

/** Every job that has not ended, and the latest that have. Reading it asks nobody. */
export class RecentJobs {
  readonly #jobs = new Map<string, Job>();
  #sorted: readonly Job[] | undefined;

  /** Newest first. */
  get list(): readonly Job[] {
    // Those of one moment stay in the order in which they came, newest first.
    this.#sorted ??= [...this.#jobs.values()]
      .reverse()
      .sort((a, b) => (a.createdAt < b.createdAt ? 1 : a.createdAt > b.createdAt ? -1 : 0));
    return this.#sorted;
  }

  /** Takes in a new job, or new facts of one. */
  put(job: Job): void {
    this.#jobs.set(job.jobId, job);
    this.#sorted = undefined;
    if (hasEnded(job.status)) this.#forget();
  }

  delete(jobId: string): void {
    this.#jobs.delete(jobId);
    this.#sorted = undefined;
  }

  #forget(): void {
    const ended = this.list.filter(({ status }) => hasEnded(status));
    for (const { jobId } of ended.slice(limits.recentJobs)) this.delete(jobId);
  }
}
