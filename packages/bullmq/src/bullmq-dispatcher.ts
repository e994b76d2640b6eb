import { randomUUID } from 'node:crypto';
import {
  type TaskContext,
  type TaskDispatcher,
  type TaskRequest,
  type TaskResult,
  type Unsubscribe,
} from '@corral/core';
import { Queue, QueueEvents, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { type Beat, startBeat } from './beat.js';
import { bounded } from './bounded.js';
import { Mailbox, post } from './mailbox.js';
import { type LeasedJob, readWorkerMessage } from './messages.js';
import { bullJobId, leaseOf, type QueueKeys, queueKeys } from './queue-keys.js';
import { type QueueOptions, type QueueSetup, queueSetup } from './queue-options.js';
import { asQueueError, bullConnection, connectNow, redisLink } from './redis-link.js';
import { calledOff, queueLost, workerLost } from './task-failures.js';
import { type HubWord, TaskLease } from './task-lease.js';
import { WorkerRoster } from './worker-roster.js';

/** Milliseconds that a worker has for its last words when its task is called off. */
const cancelGraceMs = 2000;

/** Milliseconds that closing a connection may take. */
const closeMs = 1000;

/**
 * Takes tasks to workers on other machines, over a BullMQ queue. Plan, budget, states and store stay with the hub; a
 * worker asks it before each call that costs something.
 *
 * While Redis is away there are no free places, and running tasks go on; tasks whose locks ran out meanwhile run again.
 *
 * @throws QueueError `redis_unreachable`, `redis_refused`, `redis_too_old`, `eviction_policy`, `invalid_option`
 *
 * @example
 * const dispatcher = await bullmqDispatcher({ connection: 'redis://127.0.0.1:6379' });
 * const hub = await createHub({ jobs: { dispatcher } });
 */
export async function bullmqDispatcher(options: QueueOptions): Promise<TaskDispatcher> {
  const setup = queueSetup(options);
  const { logger } = setup;
  const failed = (error: Error): void => logger.debug('Redis connection failed', { error: error.message });
  const redis = redisLink(setup.connection, 'fails-fast', failed, { lazyConnect: true });
  await connectNow(redis);
  const letters = redisLink(setup.connection, 'waits', failed);
  const dispatcher = new BullmqDispatcher(setup, redis, letters);
  try {
    await dispatcher.open();
  } catch (error) {
    await dispatcher.dispose();
    throw asQueueError(error);
  }
  return dispatcher;
}

/** See {@link bullmqDispatcher}. */
class BullmqDispatcher implements TaskDispatcher {
  readonly #setup: QueueSetup;
  readonly #redis: Redis;
  /** What workers wait for is not given up on when Redis is away for a moment. */
  readonly #letters: Redis;
  readonly #keys: QueueKeys;
  readonly #mailbox: Mailbox;
  readonly #queue: Queue<LeasedJob>;
  readonly #events: QueueEvents;
  readonly #searcher: Worker;
  readonly #roster: WorkerRoster;
  readonly #leases = new Map<string, { readonly lease: TaskLease; readonly bullId: string }>();
  readonly #listeners = new Set<() => void>();
  #beats: readonly Beat[] = [];
  /** Whether the last look at Redis failed. */
  #isAway = false;
  /** Monotonic times at which Redis was last seen, and at which it was back after it was not for a while. */
  #seenAtMs = 0;
  #backAtMs = -Infinity;
  #lastFree = 0;
  #disposing: Promise<void> | undefined;

  constructor(setup: QueueSetup, redis: Redis, letters: Redis) {
    this.#setup = setup;
    this.#redis = redis;
    this.#letters = letters;
    this.#keys = queueKeys(setup);
    this.#roster = new WorkerRoster(redis, this.#keys);
    const key = this.#keys.mailbox(`hub-${randomUUID()}`);
    this.#mailbox = new Mailbox({ ...setup, key, redis, onLetter: (text) => this.#take(text) });
    const { queueName, prefix, lockMs, stalledMs } = setup;
    const common = { prefix, skipVersionCheck: true };
    const patient = { ...common, connection: bullConnection(setup.connection) };
    this.#queue = new Queue(queueName, { ...common, connection: redis });
    this.#events = new QueueEvents(queueName, patient);
    // Carries nothing out: it searches for tasks whose worker is lost, also when no other worker is left to do so.
    const search = { autorun: false, lockDuration: lockMs, stalledInterval: stalledMs, maxStalledCount: 0 };
    this.#searcher = new Worker(queueName, null, { ...patient, ...search });
    // Without a listener an error would end the process.
    const hear = (error: Error): void => setup.logger.debug('Task queue error', { error: error.message });
    this.#queue.on('error', hear);
    this.#events.on('error', hear);
    this.#searcher.on('error', hear);
    this.#events.on('stalled', ({ jobId }) => this.#lost(leaseOf(jobId)));
    this.#events.on('failed', ({ jobId }) => this.#lost(leaseOf(jobId)));
  }

  /** Begins to listen. */
  async open(): Promise<void> {
    const { clock, beatMs, stalledMs } = this.#setup;
    // Workers may take our absence for the end of this hub.
    this.#redis.on('ready', () => void this.#mailbox.keep().catch(() => {}));
    await Promise.all([
      this.#queue.waitUntilReady(),
      this.#events.waitUntilReady(),
      this.#mailbox.open(),
      this.#roster.look(),
    ]);
    this.#seenAtMs = clock.now();
    await this.#searcher.startStalledCheckTimer();
    this.#lastFree = this.freeSlots();
    this.#beats = [
      startBeat(clock, beatMs, () => this.#mailbox.keep()),
      startBeat(clock, beatMs, () => this.#look()),
      startBeat(clock, 2 * stalledMs, () => this.#searchQueue()),
    ];
  }

  freeSlots(): number {
    return Math.max(0, this.#roster.placesFor(this.#mailbox.key) - this.#leases.size);
  }

  onFreed(listener: () => void): Unsubscribe {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async run(task: TaskRequest, context: TaskContext): Promise<TaskResult> {
    if (this.#disposing) throw queueLost('The task queue is closed');
    const lease = new TaskLease({
      lease: randomUUID().replaceAll('-', '').slice(0, 16),
      context,
      tell: (mailbox, word) => this.#tell(mailbox, lease.lease, word),
    });
    const bullId = bullJobId(task, lease.lease);
    const called = (): void => void this.#callOff(lease);
    context.signal.addEventListener('abort', called, { once: true });
    this.#leases.set(lease.lease, { lease, bullId });
    this.#recount();
    try {
      if (context.signal.aborted) throw calledOff();
      await this.#enqueue(bullId, { lease: lease.lease, hub: this.#mailbox.key, task });
      return await lease.ended;
    } finally {
      context.signal.removeEventListener('abort', called);
      this.#leases.delete(lease.lease);
      // Of one that has ended nothing is left; one that waits, or whose worker is lost, must not begin any more.
      void this.#queue.remove(bullId).catch(() => {});
      this.#recount();
    }
  }

  dispose(): Promise<void> {
    this.#disposing ??= this.#close();
    return this.#disposing;
  }

  async #enqueue(bullId: string, job: LeasedJob): Promise<void> {
    try {
      // The hub decides what runs again; of what has ended nothing is kept.
      await this.#queue.add('task', job, {
        jobId: bullId,
        attempts: 1,
        removeOnComplete: true,
        removeOnFail: true,
      });
    } catch (cause) {
      throw queueLost('The task queue cannot be reached', cause);
    }
  }

  #take(text: string): void {
    const message = readWorkerMessage(text);
    if (!message) return;
    const entry = this.#leases.get(message.lease);
    if (entry) entry.lease.take(message);
    // A late one: its task has ended, or runs elsewhere by now.
    else if (message.kind !== 'result' && message.kind !== 'failure')
      this.#tell(message.from, message.lease, { kind: 'gone' });
  }

  #tell(mailbox: string, lease: string, word: HubWord): void {
    void post(this.#letters, mailbox, { lease, ...word }).catch(() => {});
  }

  async #callOff(lease: TaskLease): Promise<void> {
    lease.cancel();
    // What it has spent it may still say.
    if (lease.worker !== undefined) await bounded(lease.ended, this.#setup.clock, cancelGraceMs);
    lease.lose(calledOff());
  }

  #lost(lease: string): void {
    const { clock, lockMs } = this.#setup;
    // Locks that nobody could renew say nothing about their workers.
    const wasAway = this.#isUnseen() || clock.now() - this.#backAtMs < 2 * lockMs;
    const failure = wasAway ? queueLost('The task queue was away for too long') : workerLost();
    this.#leases.get(lease)?.lease.lose(failure);
  }

  /** Whether Redis was not seen for so long that locks may have run out. */
  #isUnseen(): boolean {
    const { clock, lockMs } = this.#setup;
    return clock.now() - this.#seenAtMs > lockMs / 2;
  }

  async #look(): Promise<void> {
    const { clock, logger } = this.#setup;
    try {
      await this.#roster.look();
      if (this.#isUnseen()) this.#backAtMs = clock.now();
      this.#seenAtMs = clock.now();
      if (this.#isAway) logger.info('The task queue is back');
      this.#isAway = false;
    } catch {
      if (!this.#isAway) logger.warn('The task queue is away');
      this.#isAway = true;
    } finally {
      this.#recount();
    }
  }

  /** There may be more or fewer free places than before. */
  #recount(): void {
    const free = this.freeSlots();
    const isMore = free > this.#lastFree;
    this.#lastFree = free;
    if (isMore && !this.#disposing) for (const listener of this.#listeners) listener();
  }

  /** Finds out what events did not tell: Redis may have lost all it knew. */
  async #searchQueue(): Promise<void> {
    for (const { lease, bullId } of [...this.#leases.values()]) {
      const state = await this.#queue.getJobState(bullId);
      // Its result may still lie in the mailbox, so once is not enough.
      lease.misses = state === 'unknown' ? lease.misses + 1 : 0;
      if (lease.misses >= 2) lease.lose(queueLost('The task queue no longer has the task'));
    }
  }

  async #close(): Promise<void> {
    const { clock } = this.#setup;
    const running = [...this.#leases.values()].map(({ lease }) => {
      lease.cancel();
      lease.lose(queueLost('The task queue is closed'));
      return lease.ended.catch(() => {});
    });
    await Promise.all(running);
    const beats = this.#beats.map((beat) => beat.stop());
    const parts = [
      ...beats,
      this.#mailbox.close(),
      this.#searcher.close(true),
      this.#events.close(),
      this.#queue.close(),
    ];
    await Promise.all(parts.map((closed) => bounded(closed, clock, closeMs)));
    this.#redis.disconnect();
    this.#letters.disconnect();
  }
}
