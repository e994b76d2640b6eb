import { fileURLToPath } from 'node:url';
import type {
  CallEstimate,
  CallUsage,
  JobExecutor,
  Reservation,
  TaskContext,
  TaskDispatcher,
  TaskProgress,
  TaskRequest,
} from '@corral/core';
import { findRedis, type RedisServer, startRedis } from '@corral/testkit';
import { bullmqDispatcher } from './bullmq-dispatcher.js';
import { startWorker, type TaskWorker } from './start-worker.js';
import { startWorkerProcess, type WorkerProcess } from './worker-processes.fixture.js';

const cacheDir = fileURLToPath(new URL('../../../.cache', import.meta.url));

/** Short, so that a loss is found within a second or two. */
export const shortLockMs = 1000;

/** Not as short: other processes start meanwhile, and late signs of life are no losses. */
export const processLockMs = 1200;

/** A Redis of its own, with a queue for each test. */
export class QueueHouse {
  readonly redis: RedisServer;
  queueName = '';
  readonly #leaving: (() => Promise<unknown>)[] = [];
  #queues = 0;

  constructor(redis: RedisServer) {
    this.redis = redis;
  }

  static async open(): Promise<QueueHouse> {
    return new QueueHouse(await startRedis(await findRedis({ cacheDir })));
  }

  /** For the next test. */
  newQueue(): void {
    this.queueName = `tasks-${++this.#queues}`;
  }

  async dispatcher(lockDurationMs = shortLockMs): Promise<TaskDispatcher> {
    const { queueName } = this;
    const dispatcher = await bullmqDispatcher({ connection: this.redis.url, queueName, lockDurationMs });
    this.#leaving.push(() => dispatcher.dispose?.() ?? Promise.resolve());
    return dispatcher;
  }

  /** A worker in this process. */
  async worker(
    runTask: JobExecutor['runTask'],
    {
      concurrency = 1,
      lockDurationMs = shortLockMs,
    }: { readonly concurrency?: number; readonly lockDurationMs?: number } = {},
  ): Promise<TaskWorker> {
    const { host, port } = this.redis;
    const options = { connection: { host, port }, queueName: this.queueName, concurrency, lockDurationMs };
    const worker = await startWorker({ ...options, executor: { runTask } });
    this.#leaving.push(() => worker.close(0));
    return worker;
  }

  /** A worker in a process of its own. */
  async process(lockMs = processLockMs): Promise<WorkerProcess> {
    const child = await startWorkerProcess({ url: this.redis.url, queueName: this.queueName, lockMs });
    this.#leaving.push(async () => {
      child.signal('SIGKILL');
      await child.ended;
    });
    return child;
  }

  /** Ends what the test began. */
  async leave(): Promise<void> {
    for (const leave of this.#leaving.splice(0).reverse()) await leave();
  }
}

/** A task for a worker. */
export function task(prompt: string, facts: Partial<TaskRequest> = {}): TaskRequest {
  const job = {
    projectDescription: 'Say hello',
    successCriteria: [],
    budgetUsd: 8,
    budgetTokens: null,
    timeLimitS: 5400,
    concurrency: 3,
    maxIterations: 3,
    targetScore: 0.8,
    model: null,
    labels: [],
  };
  return { jobId: 'job-1', taskId: 'a', attempt: 1, title: 'A task', prompt, inputs: [], job, ...facts };
}

/** The hub's side of a task, which notes all that happens. */
export class NotedContext implements TaskContext {
  readonly jobId = 'job-1';
  readonly notes: string[] = [];
  readonly reported: TaskProgress[] = [];
  readonly #abort = new AbortController();
  readonly signal = this.#abort.signal;
  /** Decides about a call. */
  onReserve: (estimate: CallEstimate) => Promise<number> = async ({ maxOutputTokens }) => maxOutputTokens;

  readonly log = {
    debug: (message: string) => this.#note(`debug: ${message}`),
    info: (message: string) => this.#note(`info: ${message}`),
    warn: (message: string) => this.#note(`warn: ${message}`),
    error: (message: string) => this.#note(`error: ${message}`),
  };

  readonly budget = {
    reserve: async (estimate: CallEstimate): Promise<Reservation> => {
      this.#note(`reserve ${estimate.inputTokens}+${estimate.maxOutputTokens}`);
      const settle = async ({ costUsd }: CallUsage): Promise<void> => this.#note(`settle ${costUsd}`);
      return { maxOutputTokens: await this.onReserve(estimate), settle };
    },
  };

  report(progress: TaskProgress): void {
    this.reported.push(progress);
  }

  cancel(): void {
    this.#abort.abort();
  }

  #note(what: string): void {
    this.notes.push(what);
  }
}

/** Waits until something is true, looking often. */
export async function until(isSo: () => boolean | Promise<boolean>, mostMs = 10_000): Promise<void> {
  const end = performance.now() + mostMs;
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error(`Not so after ${mostMs} ms: ${isSo}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
