import type { Job, JobListQuery } from './job.js';
import type { JobEvent } from './job-event.js';
import { hasEnded } from './job-state.js';
import type { JobChange, JobStore, StoredJob, StoredTask } from './ports.js';

interface Shelf {
  stored: StoredJob;
  readonly order: number;
  readonly tasks: Map<string, StoredTask>;
  readonly outputs: Map<string, string>;
  /** In the order of their numbers. */
  events: JobEvent[];
}

/** Keeps jobs for as long as the process lives. */
export class InMemoryJobStore implements JobStore {
  readonly #shelves = new Map<string, Shelf>();
  #orders = 0;

  async commit({ jobId, job, plan, tasks = [], result, events = [] }: JobChange): Promise<boolean> {
    const known = this.#shelves.get(jobId);
    if (result && known?.outputs.has(result.taskId)) return false;
    const shelf = known ?? (job && this.#newShelf(job));
    if (!shelf) throw new Error('Expected a change of a job that is stored');
    if (job) shelf.stored = job;
    for (const task of [...(plan ?? []), ...tasks]) shelf.tasks.set(task.taskId, task);
    if (result) shelf.outputs.set(result.taskId, result.output);
    // A commit whose answer was lost comes again.
    const last = shelf.events.at(-1)?.seq ?? 0;
    shelf.events.push(...events.filter(({ seq }) => seq > last));
    return true;
  }

  async loadUnfinished(): Promise<readonly StoredJob[]> {
    return this.#newestFirst()
      .reverse()
      .map(({ stored }) => stored)
      .filter(({ job }) => !hasEnded(job.status));
  }

  async load(jobId: string): Promise<StoredJob | undefined> {
    return this.#shelves.get(jobId)?.stored;
  }

  async list({ status, limit, cursor }: Required<Pick<JobListQuery, 'limit'>> & JobListQuery): Promise<{
    readonly jobs: readonly Job[];
    readonly nextCursor: string | null;
    readonly total: number;
  }> {
    const all = this.#newestFirst().filter(({ stored }) => !status || status.includes(stored.job.status));
    const before = cursor !== undefined && /^\d{1,15}$/u.test(cursor) ? Number(cursor) : Infinity;
    const rest = all.filter(({ order }) => order < before);
    const page = rest.slice(0, limit);
    const last = page.at(-1);
    const nextCursor = last && rest.length > page.length ? `${last.order}` : null;
    return { jobs: page.map(({ stored }) => stored.job), nextCursor, total: all.length };
  }

  async tasks(
    jobId: string,
    { from, limit }: { readonly from: number; readonly limit: number },
  ): Promise<readonly StoredTask[]> {
    return [...(this.#shelves.get(jobId)?.tasks.values() ?? [])].slice(from, from + limit);
  }

  async task(jobId: string, taskId: string): Promise<StoredTask | undefined> {
    return this.#shelves.get(jobId)?.tasks.get(taskId);
  }

  async output(jobId: string, taskId: string): Promise<string | undefined> {
    return this.#shelves.get(jobId)?.outputs.get(taskId);
  }

  async events(
    jobId: string,
    { after, limit }: { readonly after: number; readonly limit: number },
  ): Promise<readonly JobEvent[]> {
    const events = this.#shelves.get(jobId)?.events ?? [];
    const from = firstAbove(events, after);
    return events.slice(from, from + limit);
  }

  async eventRange(jobId: string): Promise<{ readonly first: number; readonly last: number } | undefined> {
    const events = this.#shelves.get(jobId)?.events ?? [];
    const [first, last] = [events[0], events.at(-1)];
    return first && last && { first: first.seq, last: last.seq };
  }

  async delete(jobId: string): Promise<void> {
    this.#shelves.delete(jobId);
  }

  async prune({
    keepJobs,
    keepEvents,
  }: {
    readonly keepJobs: number;
    readonly keepEvents: number;
  }): Promise<readonly string[]> {
    const ended = this.#newestFirst().filter(({ stored }) => hasEnded(stored.job.status));
    const gone = ended.slice(keepJobs).map(({ stored }) => stored.job.jobId);
    for (const jobId of gone) this.#shelves.delete(jobId);
    for (const shelf of this.#shelves.values()) {
      if (shelf.events.length <= keepEvents) continue;
      const lines = shelf.events.filter(({ type }) => type === 'log');
      const dropped = new Set(lines.slice(0, Math.max(0, lines.length - keepEvents)));
      if (dropped.size > 0) shelf.events = shelf.events.filter((event) => !dropped.has(event as never));
    }
    return gone;
  }

  #newShelf(stored: StoredJob): Shelf {
    const shelf = { stored, order: ++this.#orders, tasks: new Map(), outputs: new Map(), events: [] };
    this.#shelves.set(stored.job.jobId, shelf);
    return shelf;
  }

  #newestFirst(): Shelf[] {
    return [...this.#shelves.values()].reverse();
  }
}

/** Where the events above a number begin, by halves. */
function firstAbove(events: readonly JobEvent[], after: number): number {
  let [low, high] = [0, events.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((events[middle]?.seq ?? 0) > after) high = middle;
    else low = middle + 1;
  }
  return low;
}
