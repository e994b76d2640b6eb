import { type HubFace, hasEnded, type Job, type Unsubscribe } from '@corral/core';
import { EventRecord } from './event-record.js';
import { nextTask } from './next-task.js';

/**
 * How a view stands with its job.
 *
 * - `asking`: nothing is known of it yet.
 * - `known`: there is such a job.
 * - `unknown`: there is none.
 * - `removed`: there was one.
 */
export type FollowedState = 'asking' | 'known' | 'unknown' | 'removed';

/** Events that are taken in before the page gets its turn: a long log must not hold it up. */
const eventsAtOnce = 2000;

/** One job of a hub, and what happens in it, for as long as someone looks. */
export class FollowedJob {
  readonly record = new EventRecord();
  readonly #changed: () => void;
  #hub: HubFace | undefined;
  #jobId: string | undefined;
  #heardOf: HubFace | undefined;
  #job: Job | undefined;
  /** Its texts as they were given: what is announced of a job has long ones cut. */
  #texts: Pick<Job, 'projectDescription' | 'successCriteria' | 'labels'> | undefined;
  #state: FollowedState = 'asking';
  #problem: string | undefined;
  #following: AbortController | undefined;
  #followsAgain = false;

  /** @param changed called when there is something new to draw */
  constructor(changed: () => void) {
    this.#changed = changed;
  }

  get job(): Job | undefined {
    return this.#job;
  }

  get state(): FollowedState {
    return this.#state;
  }

  /** Why it cannot be followed; `undefined` when it can. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** Follows a job, or none. Whoever comes back to the job they left goes on where they were. */
  follow(hub: HubFace | undefined, jobId: string | undefined): void {
    if (hub === this.#hub && jobId === this.#jobId) return;
    this.#following?.abort();
    this.#following = undefined;
    this.#followsAgain = false;
    this.#hub = hub;
    if (jobId !== this.#jobId || (hub && hub !== this.#heardOf)) this.#forget();
    this.#jobId = jobId;
    if (hub) this.#heardOf = hub;
    this.ask();
  }

  /** Follows what the hub announces. */
  subscribe(hub: HubFace): readonly Unsubscribe[] {
    const heard = ({ job }: { readonly job: Job }): void => {
      if (job.jobId === this.#jobId) this.#heard(job);
    };
    return [
      hub.subscribe('job:submitted', heard),
      hub.subscribe('job:updated', heard),
      hub.subscribe('job:removed', ({ jobId }) => {
        if (jobId === this.#jobId) this.#become('removed');
      }),
      hub.subscribe('connection:changed', ({ connection }) => {
        if (connection === 'live') this.ask();
        this.#changed();
      }),
    ];
  }

  /** Asks for what is not known: the facts of the job, and what happens in it. Without a connection it waits for one. */
  ask(): void {
    const hub = this.#hub;
    const jobId = this.#jobId;
    if (hub?.connection !== 'live' || jobId === undefined) return;
    const recent = hub.jobs.recent().find((job) => job.jobId === jobId);
    if (!recent || !this.#texts) void this.#load(hub, jobId);
    if (recent) {
      this.#heard(recent);
      this.#runOnce(hub, jobId);
    }
  }

  #forget(): void {
    this.record.clear();
    this.#job = undefined;
    this.#texts = undefined;
    this.#problem = undefined;
    this.#state = 'asking';
  }

  #heard(job: Job): void {
    this.#job = { ...job, ...this.#texts };
    this.#become('known');
    if (hasEnded(job.status) || !this.#hub) return;
    // A job that was resumed goes on after the end of its stream.
    if (this.#following && this.record.isDone) this.#followsAgain = true;
    this.#runOnce(this.#hub, job.jobId);
  }

  #become(state: FollowedState): void {
    this.#state = state;
    this.#changed();
  }

  async #load(hub: HubFace, jobId: string): Promise<void> {
    const before = this.#job;
    try {
      const { job } = await hub.jobs.get(jobId);
      if (!this.#isStill(hub, jobId)) return;
      const { projectDescription, successCriteria, labels } = job;
      this.#texts = { projectDescription, successCriteria, labels };
      // What was announced in the meantime is newer than this answer.
      this.#heard(this.#job && this.#job !== before ? this.#job : job);
      this.#runOnce(hub, jobId);
    } catch (error) {
      if (this.#isStill(hub, jobId) && !this.#job) this.#failed(error);
    }
  }

  #runOnce(hub: HubFace, jobId: string): void {
    if (!this.#following) void this.#run(hub, jobId);
  }

  async #run(hub: HubFace, jobId: string): Promise<void> {
    const following = new AbortController();
    const { signal } = following;
    this.#following = following;
    this.#problem = undefined;
    try {
      await this.#take(hub.jobs.events(jobId, { after: this.record.lastSeq, signal }), signal);
    } catch (error) {
      if (!signal.aborted) this.#failed(error);
    }
    if (this.#following !== following) return;
    this.#following = undefined;
    if (this.#followsAgain) {
      this.#followsAgain = false;
      void this.#run(hub, jobId);
    }
  }

  async #take(batches: ReturnType<HubFace['jobs']['events']>, signal: AbortSignal): Promise<void> {
    let taken = 0;
    for await (const batch of batches) {
      if (signal.aborted) return;
      this.record.take(batch);
      this.#changed();
      taken += batch.events.length;
      if (taken < eventsAtOnce) continue;
      taken = 0;
      await nextTask();
    }
  }

  #failed(error: unknown): void {
    const isUnknown = (error as { code?: unknown } | null | undefined)?.code === 'unknown_job';
    if (isUnknown) {
      if (this.#state !== 'removed') this.#become(this.#state === 'known' ? 'removed' : 'unknown');
      return;
    }
    this.#problem = error instanceof Error ? error.message : String(error);
    this.#changed();
  }

  #isStill(hub: HubFace, jobId: string): boolean {
    return hub === this.#hub && jobId === this.#jobId;
  }
}
