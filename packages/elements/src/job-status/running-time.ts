import { type Clock, type Job, systemClock } from '@corral/core';

interface Seen {
  readonly job: Job;
  readonly atMs: number;
}

/**
 * How long jobs have run by now. A hub tells it when something changes; in between this counts on with the clock of this
 * machine, from when the news came: clocks of two machines never agree.
 */
export class RunningTime {
  readonly #clock: Clock;
  readonly #seen = new Map<string, Seen>();

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  /** Seconds that a job has run. Call it in each drawing. */
  secondsOf(job: Job): number {
    if (job.status !== 'running') {
      this.#seen.delete(job.jobId);
      return job.elapsedS;
    }
    const known = this.#seen.get(job.jobId);
    const isOld = known?.job.elapsedS === job.elapsedS && known.job.updatedAt === job.updatedAt;
    const atMs = known && isOld ? known.atMs : this.#clock.now();
    if (!isOld) this.#seen.set(job.jobId, { job, atMs });
    return job.elapsedS + (this.#clock.now() - atMs) / 1000;
  }

  /** Forgets all jobs but these. */
  keep(jobs: readonly Job[]): void {
    const ids = new Set(jobs.map(({ jobId }) => jobId));
    for (const jobId of this.#seen.keys()) if (!ids.has(jobId)) this.#seen.delete(jobId);
  }
}
