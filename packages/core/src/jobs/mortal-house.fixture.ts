import type { Clock, TimerHandle } from '../clock.js';
import { EventHub } from '../event-hub.js';
import type { HubEvents } from '../events.js';
import { SimulatedClock } from '../testing/simulated-clock.js';
import { InMemoryJobStore } from './in-memory-job-store.js';
import { JobRunner } from './job-runner.js';
import type { JobRunnerOptions } from './job-runner-options.js';
import type { JobChange, JobExecutor, JobStore, StoredJob } from './ports.js';

/** A clock whose timers die with their process. */
class MortalClock implements Clock {
  readonly #clock: SimulatedClock;
  readonly #timers = new Set<TimerHandle>();
  #isDead = false;

  constructor(clock: SimulatedClock) {
    this.#clock = clock;
  }

  now(): number {
    return this.#clock.now();
  }

  wallTime(): number {
    return this.#clock.wallTime();
  }

  setTimeout(callback: () => void, delayMs: number): TimerHandle {
    if (this.#isDead) return 0;
    const timer = this.#clock.setTimeout(() => {
      this.#timers.delete(timer);
      callback();
    }, delayMs);
    this.#timers.add(timer);
    return timer;
  }

  clearTimeout(timer: TimerHandle | undefined): void {
    if (timer !== undefined) this.#timers.delete(timer);
    this.#clock.clearTimeout(timer);
  }

  die(): void {
    this.#isDead = true;
    for (const timer of this.#timers) this.#clock.clearTimeout(timer);
  }
}

/** How a store answers. */
export type StoreMood = 'works' | 'fails' | 'full';

/** A store on a disk that outlives its process, and that fails when it is told to. */
export class MortalStore extends InMemoryJobStore {
  /** Called with every change before it is stored. */
  onCommit: (change: JobChange) => void = () => {};
  mood: StoreMood = 'works';
  commits = 0;

  override async commit(change: JobChange): Promise<boolean> {
    this.commits += 1;
    this.#fail();
    this.onCommit(change);
    return super.commit(change);
  }

  override async delete(jobId: string): Promise<void> {
    this.#fail();
    return super.delete(jobId);
  }

  #fail(): void {
    if (this.mood === 'works') return;
    const error = new Error('The disk says no');
    throw this.mood === 'full' ? Object.assign(error, { code: 'store_full' }) : error;
  }
}

/** The same store as one process sees it: once that is dead nothing reaches the disk, and nothing answers. */
function mortalView(disk: MortalStore, isDead: () => boolean): JobStore {
  const never = new Promise<never>(() => {});
  return new Proxy(disk, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name, target);
      if (typeof method !== 'function') return method;
      return (...args: unknown[]) => {
        if (isDead()) return never;
        return (method.apply(target, args) as Promise<unknown>).then((answer) => (isDead() ? never : answer));
      };
    },
  });
}

/** One process with a runner. */
export class Life {
  readonly clock: MortalClock;
  readonly events = new EventHub<HubEvents>((error) => {
    throw error;
  });
  readonly runner: JobRunner;
  isDead = false;

  constructor(
    clock: SimulatedClock,
    disk: MortalStore,
    executor: (life: Life) => JobExecutor,
    options: Partial<JobRunnerOptions> = {},
  ) {
    this.clock = new MortalClock(clock);
    this.runner = new JobRunner({
      events: this.events,
      clock: this.clock,
      store: mortalView(disk, () => this.isDead),
      executor: executor(this),
      random: () => 0.5,
      ...options,
    });
  }

  /** As SIGKILL does. */
  kill(): void {
    this.isDead = true;
    this.clock.die();
  }
}

/** Lets promises run out. */
export async function settleAll(clock: SimulatedClock, ms = 0): Promise<void> {
  await clock.advance(ms);
  for (let turn = 0; turn < 4; turn++) await clock.advance(0);
}

/** What is stored of every job. */
export async function storedJobs(disk: MortalStore): Promise<readonly StoredJob[]> {
  const { jobs } = await disk.list({ limit: 1000 });
  return (await Promise.all(jobs.map(({ jobId }) => disk.load(jobId)))).flatMap((stored) => stored ?? []);
}
