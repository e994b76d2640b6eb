import {
  type HubFace,
  hasEnded,
  type Job,
  type JobPage,
  type JobStatus,
  type Unsubscribe,
} from '@corral/core';

const ended: readonly JobStatus[] = ['done', 'failed', 'cancelled'];

/** The jobs that have ended, a page at a time, as the hub has them. What is shown stays until something newer is there. */
export class HistoryPages {
  readonly #changed: () => void;
  #hub: HubFace | undefined;
  #limit = 20;
  /** Where each page begins that somebody has come to. */
  #cursors: (string | undefined)[] = [undefined];
  #page = 0;
  #known: JobPage | undefined;
  #problem: string | undefined;
  #isLoading = false;
  #isStale = false;
  #asked = 0;

  /** @param changed there is something new to draw */
  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** The jobs of the page; `undefined` while nothing is known. */
  get jobs(): readonly Job[] | undefined {
    return this.#known?.jobs;
  }

  /** How many there are on all pages. */
  get total(): number {
    return this.#known?.total ?? 0;
  }

  /** From 0. */
  get page(): number {
    return this.#page;
  }

  get hasNext(): boolean {
    return (this.#known?.nextCursor ?? null) !== null;
  }

  get isLoading(): boolean {
    return this.#isLoading;
  }

  /** Why what is shown is not what the hub has now. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** Begins anew with another hub, with none, or with pages of another length; else nothing changes. */
  follow(hub: HubFace | undefined, limit: number): void {
    if (hub === this.#hub && limit === this.#limit) return;
    this.#hub = hub;
    this.#limit = limit;
    this.#cursors = [undefined];
    this.#page = 0;
    this.#known = undefined;
    this.#problem = undefined;
    this.#isLoading = false;
    this.#asked += 1;
    if (hub) void this.#load(hub);
  }

  /** Follows what the hub announces. */
  subscribe(hub: HubFace): readonly Unsubscribe[] {
    return [
      hub.subscribe('job:updated', ({ job }) => this.#updated(job)),
      hub.subscribe('job:removed', ({ jobId }) => this.#removed(jobId)),
      hub.subscribe('connection:changed', ({ connection }) => {
        if (connection === 'live') this.refresh();
      }),
    ];
  }

  /** Goes to the next page (1) or back to the one before (−1). */
  turn(by: 1 | -1): void {
    const to = this.#page + by;
    const next = this.#known?.nextCursor;
    if (to < 0 || (by === 1 && typeof next !== 'string')) return;
    if (typeof next === 'string' && by === 1) this.#cursors[to] = next;
    this.#page = to;
    if (this.#hub) void this.#load(this.#hub);
  }

  /** Asks for the page again. Who asks while an answer is on its way gets one more after it, however often they asked. */
  refresh(): void {
    if (this.#isLoading) this.#isStale = true;
    else if (this.#hub) void this.#load(this.#hub);
  }

  /** Jobs that run are announced many times a second, and are none of ours. */
  #updated(job: Job): void {
    const known = this.#known;
    const before = known?.jobs.find(({ jobId }) => jobId === job.jobId);
    if (known && before)
      this.#show({ ...known, jobs: known.jobs.map((one) => (one === before ? job : one)) });
    if (hasEnded(job.status) !== (before !== undefined && hasEnded(before.status))) this.refresh();
  }

  #removed(jobId: string): void {
    const known = this.#known;
    if (!known) return;
    const jobs = known.jobs.filter((job) => job.jobId !== jobId);
    if (jobs.length < known.jobs.length) this.#show({ ...known, jobs, total: Math.max(0, known.total - 1) });
    this.refresh();
  }

  #show(known: JobPage): void {
    this.#known = known;
    this.#changed();
  }

  async #load(hub: HubFace): Promise<void> {
    this.#asked += 1;
    const asked = this.#asked;
    this.#isLoading = true;
    this.#isStale = false;
    this.#changed();
    const cursor = this.#cursors[this.#page];
    let page: JobPage | undefined;
    let problem: string | undefined;
    try {
      page = await hub.jobs.list({
        status: ended,
        limit: this.#limit,
        ...(cursor !== undefined && { cursor }),
      });
    } catch (error) {
      problem = error instanceof Error ? error.message : String(error);
    }
    if (asked !== this.#asked) return;
    this.#isLoading = false;
    this.#problem = problem;
    if (page) this.#known = page;
    // What was on the last page may be gone.
    if (page?.jobs.length === 0 && this.#page > 0) this.turn(-1);
    else if (this.#hasStaled()) void this.#load(hub);
    this.#changed();
  }

  #hasStaled(): boolean {
    return this.#isStale;
  }
}
