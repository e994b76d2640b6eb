import { EventHub } from '../event-hub.js';
import type { HubEvents } from '../events.js';
import { SimulatedClock } from '../testing/simulated-clock.js';
import { InMemoryJobStore } from './in-memory-job-store.js';
import type { Job, TaskSpec } from './job.js';
import type { JobEvent } from './job-event.js';
import { JobRunner } from './job-runner.js';
import type { JobRunnerOptions } from './job-runner-options.js';
import type { JobContext, JobExecutor, TaskContext, TaskRequest, TaskResult } from './ports.js';

/** Tasks that a fake plan has. */
export const twoTasks: readonly TaskSpec[] = [
  { taskId: 'a', title: 'First', prompt: 'Do the first thing' },
  { taskId: 'b', title: 'Second', prompt: 'Do the second thing', dependsOn: ['a'] },
];

/** One task in the hands of a fake executor. */
export interface HeldTask {
  readonly task: TaskRequest;
  readonly context: TaskContext;
  finish(result?: Partial<TaskResult>): void;
  fail(error: unknown): void;
}

/** An executor whose work ends when the test says so. */
export class FakeExecutor implements JobExecutor {
  /** What it plans; throws what is an error. */
  onPlan: (context: JobContext) => Promise<readonly TaskSpec[]> = async () => twoTasks;
  /** Carries out a task; by default it is held until the test ends it. */
  onTask: (task: TaskRequest, context: TaskContext) => Promise<TaskResult> = (task, context) =>
    this.hold(task, context);
  /** Every task that was begun, as `id#attempt`. */
  readonly begun: string[] = [];
  /** Tasks that wait for the test. */
  readonly held: HeldTask[] = [];
  declare freeSlots?: NonNullable<JobExecutor['freeSlots']>;
  declare onFreed?: NonNullable<JobExecutor['onFreed']>;
  plans = 0;
  /** The most tasks at the same time. */
  most = 0;
  atWork = 0;

  async plan(_job: unknown, context: JobContext): Promise<readonly TaskSpec[]> {
    this.plans += 1;
    return this.onPlan(context);
  }

  async runTask(task: TaskRequest, context: TaskContext): Promise<TaskResult> {
    this.begun.push(`${task.taskId}#${task.attempt}`);
    this.atWork += 1;
    this.most = Math.max(this.most, this.atWork);
    try {
      return await this.onTask(task, context);
    } finally {
      this.atWork -= 1;
    }
  }

  /** Holds a task until the test ends it, or it is called off. */
  hold(task: TaskRequest, context: TaskContext): Promise<TaskResult> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        const place = this.held.indexOf(held);
        if (place >= 0) this.held.splice(place, 1);
      };
      const held: HeldTask = {
        task,
        context,
        finish: (result = {}) => {
          leave();
          resolve({ output: `done: ${task.taskId}`, score: 0.9, ...result });
        },
        fail: (error) => {
          leave();
          reject(error as Error);
        },
      };
      this.held.push(held);
      context.signal.addEventListener('abort', () => held.fail(new Error('called off')), { once: true });
    });
  }

  /** The task that is held. */
  task(taskId: string): HeldTask {
    const held = this.held.find(({ task }) => task.taskId === taskId);
    if (!held)
      throw new Error(`Task ${taskId} is not held; held are ${this.held.map(({ task }) => task.taskId)}`);
    return held;
  }
}

/** A runner with all that belongs to it. */
export class JobHouse {
  readonly clock: SimulatedClock;
  readonly store: InMemoryJobStore;
  readonly executor: FakeExecutor;
  readonly events = new EventHub<HubEvents>((error) => {
    throw error;
  });
  readonly runner: JobRunner;
  /** Every state that readers saw, in order. */
  readonly seen: string[] = [];

  constructor(options: Partial<JobRunnerOptions> & { readonly from?: JobHouse } = {}) {
    const { from, ...rest } = options;
    this.clock = from?.clock ?? new SimulatedClock();
    this.store = from?.store ?? new InMemoryJobStore();
    this.executor = from?.executor ?? new FakeExecutor();
    this.events.subscribe('job:updated', ({ job }) => {
      const reason = job.statusReason ? `(${job.statusReason})` : '';
      const text = `${job.jobId} ${job.status}${reason}`;
      if (this.seen.at(-1) !== text) this.seen.push(text);
    });
    let ids = 0;
    this.runner = new JobRunner({
      events: this.events,
      clock: this.clock,
      store: this.store,
      executor: this.executor,
      random: () => 0.5,
      newId: () => `job-${++ids}`,
      ...rest,
    });
  }

  /** Lets promises run out. */
  async settle(ms = 0): Promise<void> {
    for (let turn = 0; turn < 5; turn++) await this.clock.advance(turn === 0 ? ms : 0);
  }

  async job(jobId = 'job-1'): Promise<Job> {
    return (await this.runner.get(jobId)).job;
  }

  /** Tasks as `id status`. */
  async tasks(jobId = 'job-1'): Promise<string[]> {
    return (await this.runner.get(jobId)).tasks.map(({ taskId, status, failureCode }) =>
      failureCode ? `${taskId} ${status}(${failureCode})` : `${taskId} ${status}`,
    );
  }

  /** All events so far, of a job that has ended or not. */
  async history(jobId = 'job-1', after = 0): Promise<JobEvent[]> {
    const stop = new AbortController();
    const found: JobEvent[] = [];
    const reading = (async () => {
      for await (const { events } of this.runner.events(jobId, { after, signal: stop.signal }))
        found.push(...events);
    })();
    await this.settle();
    stop.abort();
    await reading;
    return found;
  }

  /** The lines of its log. */
  async lines(jobId = 'job-1'): Promise<string[]> {
    return (await this.history(jobId)).flatMap((event) =>
      event.type === 'log' ? [`${event.level}: ${event.msg}`] : [],
    );
  }
}
