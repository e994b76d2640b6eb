import { randomUUID } from 'node:crypto';
import type { JobExecutor } from '@corral/core';
import { type Job, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { type Beat, startBeat } from './beat.js';
import { bounded } from './bounded.js';
import { LeasedTask } from './leased-task.js';
import { Mailbox, post } from './mailbox.js';
import { type LeasedJob, readHubMessage } from './messages.js';
import { leaseOf, type QueueKeys, queueKeys } from './queue-keys.js';
import { invalidOption, type QueueOptions, type QueueSetup, queueSetup } from './queue-options.js';
import { asQueueError, connectPatiently, redisLink } from './redis-link.js';
import type { WorkerBeat } from './worker-roster.js';

/** How a worker is started. What it shares with its hub has to be the same there. */
export interface StartWorkerOptions extends QueueOptions {
  /** Carries the tasks out; planning stays with the hub. */
  readonly executor: Pick<JobExecutor, 'runTask'>;
  /** Tasks at the same time, 1 to 1000. Default: 1. */
  readonly concurrency?: number;
  /** Gives up waiting for Redis. */
  readonly signal?: AbortSignal;
}

/** A worker that takes tasks from the queue until it is closed. */
export interface TaskWorker {
  readonly workerId: string;
  /**
   * Takes no more tasks, lets those under way finish, and hands back what has not by then. Idempotent.
   * @param graceMs Milliseconds that they have. Default: 10 000.
   */
  close(graceMs?: number): Promise<void>;
}

/** Milliseconds that tasks have to end, and to say so, when they are handed back. */
const handBackMs = 4000;

/** Milliseconds that the last words to Redis may take, and closing a connection. */
const closeMs = 1000;

/**
 * Starts a worker. It waits until Redis can be reached, however long that takes, and again whenever Redis goes away.
 * @throws QueueError `redis_refused`, `redis_too_old`, `eviction_policy`, `invalid_option`; `redis_unreachable` when the
 *   signal aborts
 */
export async function startWorker(options: StartWorkerOptions): Promise<TaskWorker> {
  const { executor, concurrency = 1, signal } = options;
  if (!Number.isSafeInteger(concurrency) || concurrency < 1 || concurrency > 1000)
    throw invalidOption('concurrency', 'a whole number from 1 to 1000', concurrency);
  const setup = queueSetup(options);
  const { logger } = setup;
  const failed = (error: Error): void => logger.debug('Redis connection failed', { error: error.message });
  const redis = redisLink(setup.connection, 'waits', failed);
  await connectPatiently(redis, signal);
  const worker = new LeaseWorker(setup, { redis, executor, concurrency });
  try {
    await worker.open();
  } catch (error) {
    await worker.close(0);
    throw asQueueError(error);
  }
  return worker;
}

interface WorkerTools {
  readonly redis: Redis;
  readonly executor: Pick<JobExecutor, 'runTask'>;
  readonly concurrency: number;
}

/** See {@link startWorker}. */
class LeaseWorker implements TaskWorker {
  readonly workerId = randomUUID();
  readonly #setup: QueueSetup;
  readonly #tools: WorkerTools;
  readonly #keys: QueueKeys;
  readonly #mailbox: Mailbox;
  readonly #worker: Worker<LeasedJob>;
  readonly #tasks = new Map<string, LeasedTask>();
  /** Mailboxes of hubs that were not there the last time. */
  #missing: readonly string[] = [];
  #beat: Beat | undefined;
  #closing: Promise<void> | undefined;

  constructor(setup: QueueSetup, tools: WorkerTools) {
    const { queueName, prefix, lockMs, renewMs, stalledMs } = setup;
    this.#setup = setup;
    this.#tools = tools;
    this.#keys = queueKeys(setup);
    const key = this.#keys.mailbox(`worker-${this.workerId}`);
    this.#mailbox = new Mailbox({ ...setup, key, redis: tools.redis, onLetter: (text) => this.#take(text) });
    this.#worker = new Worker<LeasedJob>(queueName, (job) => this.#carryOut(job), {
      ...{
        prefix,
        concurrency: tools.concurrency,
        autorun: false,
        skipVersionCheck: true,
        runRetryDelay: 1000,
      },
      // For fetching tasks it makes one of its own after this one.
      connection: tools.redis,
      ...{ lockDuration: lockMs, lockRenewTime: renewMs, stalledInterval: stalledMs },
      // A task whose worker is lost is begun again by its hub, under a new lease.
      maxStalledCount: 0,
    });
    this.#worker.on('error', (error) => setup.logger.debug('Task queue error', { error: error.message }));
    this.#worker.on('lockRenewalFailed', (jobIds) => {
      for (const jobId of jobIds) this.#tasks.get(leaseOf(jobId))?.lose();
    });
  }

  /** Begins to take tasks. */
  async open(): Promise<void> {
    const { clock, beatMs, logger } = this.#setup;
    await this.#mailbox.open();
    await this.#worker.waitUntilReady();
    this.#beat = startBeat(clock, beatMs, () => this.#sayAlive());
    // Ends when the worker is closed.
    this.#worker.run().catch((error: unknown) => logger.error('The worker ended', { error }));
  }

  close(graceMs = 10_000): Promise<void> {
    this.#closing ??= this.#close(graceMs);
    return this.#closing;
  }

  async #carryOut(job: Job<LeasedJob>): Promise<void> {
    const { lease, hub } = job.data;
    const { clock, logger } = this.#setup;
    const { redis, executor } = this.#tools;
    const from = this.#mailbox.key;
    const tell = (word: object): Promise<boolean> => post(redis, hub, { lease, from, ...word });
    const task = new LeasedTask({ job: job.data, executor, clock, tell });
    this.#tasks.set(lease, task);
    if (this.#closing) task.handBack();
    try {
      await task.run();
    } catch (error) {
      // The hub finds out by itself that nothing came of it.
      logger.warn('A task could not be reported', {
        error: error instanceof Error ? error.message : 'unknown',
      });
    } finally {
      this.#tasks.delete(lease);
    }
  }

  #take(text: string): void {
    const message = readHubMessage(text);
    if (message) this.#tasks.get(message.lease)?.take(message);
  }

  async #sayAlive(): Promise<void> {
    const { redis, concurrency } = this.#tools;
    const { lockMs } = this.#setup;
    const busy: Record<string, number> = {};
    for (const { hub } of this.#tasks.values()) busy[hub] = (busy[hub] ?? 0) + 1;
    const beat: WorkerBeat = { places: this.#closing ? this.#tasks.size : concurrency, busy };
    await this.#mailbox.keep();
    await redis
      .multi()
      .set(this.#keys.beat(this.workerId), JSON.stringify(beat), 'PX', Math.round(lockMs / 2))
      .sadd(this.#keys.workers, this.workerId)
      .exec();
    await this.#loseOrphans(Object.keys(busy));
  }

  /** Ends tasks of hubs that are gone: twice not there, for one that was away is back a moment later. */
  async #loseOrphans(hubs: readonly string[]): Promise<void> {
    const there = await Promise.all(hubs.map((hub) => this.#tools.redis.exists(hub)));
    const missing = hubs.filter((_, place) => there[place] === 0);
    const gone = missing.filter((hub) => this.#missing.includes(hub));
    this.#missing = missing;
    for (const task of this.#tasks.values()) if (gone.includes(task.hub)) task.lose();
  }

  async #close(graceMs: number): Promise<void> {
    const { clock } = this.#setup;
    const { redis } = this.#tools;
    const closed = this.#worker.close();
    // Without tasks it only waits for its connections.
    if (!(await bounded(closed, clock, this.#tasks.size > 0 ? graceMs : closeMs)) && this.#tasks.size > 0) {
      for (const task of this.#tasks.values()) task.handBack();
      await bounded(closed, clock, handBackMs);
    }
    // What Redis cannot be told now it finds out by itself: locks and keys run out.
    await bounded(Promise.all([this.#beat?.stop(), this.#mailbox.close()]), clock, closeMs);
    const { workers } = this.#keys;
    const left = redis.multi().del(this.#keys.beat(this.workerId)).srem(workers, this.workerId).exec();
    await bounded(left, clock, closeMs);
    redis.disconnect();
  }
}
