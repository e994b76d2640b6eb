import { type ChildSignal, childSignal } from '../child-signal.js';
import { type Clock, systemClock, type TimerHandle } from '../clock.js';
import { invalidArgument } from '../errors.js';
import { limits } from '../limits.js';
import { BackendFailure } from '../registry/ports.js';
import { Sampler } from '../sampler.js';
import { MetricsHistory } from './metrics-history.js';
import { believableReading, unknownReading } from './metrics-reading.js';
import type { MetricsBackend, MetricsReading, MetricsSnapshot, MetricsWindow } from './metrics-snapshot.js';

/** How a {@link MetricsCollector} works. */
export interface MetricsCollectorOptions {
  readonly clock?: Clock;
  /** Milliseconds between two readings in the loop. Default: 1000. */
  readonly intervalMs?: number;
  /** Milliseconds that one reading may take; never more than 0.8 of the interval. Default: 800. */
  readonly deadlineMs?: number;
  /** Milliseconds that windows reach back. Default: 15 minutes. */
  readonly windowMs?: number;
  /** Hears each reading of all backends in the loop. What it throws is dropped: nothing may end the loop. */
  readonly onCollected?: (snapshots: readonly MetricsSnapshot[]) => void;
}

type Backends = readonly MetricsBackend[] | (() => readonly MetricsBackend[]);
type Answer = MetricsReading | { readonly error: string };

/** One reading of all backends that is under way. */
interface Collection {
  readonly stopping: ChildSignal;
  /** `null` when nobody waited for it any more. */
  readonly result: Promise<readonly MetricsSnapshot[] | null>;
  waiting: number;
}

const defaultWindowMs = 15 * 60_000;
/** A time of day that falls back by less than this is held instead, so that no two readings share one. */
const slewMs = 1000;

/**
 * Collects numbers from backends, once or in a loop, and keeps them for a while.
 *
 * All backends are read side by side under one deadline. One that rejects, hangs or answers nonsense is unknown and harms
 * no other; one that hangs is not asked again before its last call has ended. Only {@link BackendFailure}s say themselves
 * what was wrong: other errors may quote what came from outside.
 *
 * Each field has a window of as many readings as fit into `windowMs`; the short trend of 20 slots is its newest end.
 */
export class MetricsCollector {
  readonly #backends: Backends;
  readonly #clock: Clock;
  readonly #deadlineMs: number;
  readonly #windowMs: number;
  readonly #onCollected: MetricsCollectorOptions['onCollected'];
  readonly #sampler: Sampler;
  readonly #history: MetricsHistory;
  /** Backends whose last call has not ended. */
  readonly #asked = new Set<string>();
  #latest: readonly MetricsSnapshot[] = [];
  #lastWallMs = Number.NEGATIVE_INFINITY;
  #running: Collection | undefined;
  #loop: ChildSignal | undefined;

  /**
   * @param backends a list, or a function where it changes; of two with the same id only the first is asked
   * @throws CorralError `invalid_argument` unless all times are positive and finite
   */
  constructor(backends: Backends, options: MetricsCollectorOptions = {}) {
    const { clock = systemClock, intervalMs = limits.sampleIntervalMs } = options;
    const { deadlineMs = limits.checkDeadlineMs, windowMs = defaultWindowMs } = options;
    for (const [name, value] of Object.entries({ intervalMs, deadlineMs, windowMs }))
      if (!(value > 0 && value < Number.POSITIVE_INFINITY))
        throw invalidArgument(name, 'a positive number', value);
    this.#backends = backends;
    this.#clock = clock;
    this.#deadlineMs = Math.min(deadlineMs, intervalMs * 0.8);
    this.#windowMs = windowMs;
    this.#onCollected = options.onCollected;
    this.#sampler = new Sampler({ onTick: () => this.#tick() }, clock, intervalMs);
    this.#history = new MetricsHistory(Math.ceil(windowMs / intervalMs), windowMs);
  }

  /**
   * Reads every backend once and keeps what they say; `[]` without backends. A call while another is under way shares its
   * readings.
   * @throws the reason of `signal` when it aborts, once what was asked has ended or its deadline is over
   */
  async collectOnce(signal?: AbortSignal): Promise<readonly MetricsSnapshot[]> {
    signal?.throwIfAborted();
    const snapshots = await this.#join(signal);
    signal?.throwIfAborted();
    return snapshots ?? [];
  }

  /** Begins to collect each interval, the first time after one; never two at once. Does nothing when it runs. */
  start(): void {
    if (this.#loop) return;
    this.#loop = childSignal();
    this.#sampler.start();
  }

  /** Ends the loop; resolves when the reading in flight is over. */
  async stop(): Promise<void> {
    this.#loop?.abort();
    this.#loop = undefined;
    await this.#sampler.stop();
  }

  /** The newest reading of each backend; empty before the first. */
  latest(): readonly MetricsSnapshot[] {
    return this.#latest;
  }

  /**
   * The last `windowS` seconds of every backend that was read in them, also of those that are gone. Readings are in the
   * order in which they were taken, even where the time of day jumped between them.
   * @throws CorralError `invalid_argument` unless `windowS` is from 1 to 900
   */
  window(windowS: number): readonly MetricsWindow[] {
    const mostS = Math.max(defaultWindowMs, this.#windowMs) / 1000;
    if (!(typeof windowS === 'number' && windowS >= 1 && windowS <= mostS))
      throw invalidArgument('windowS', `a number from 1 to ${mostS}`, windowS);
    return this.#history.since(this.#clock.now() - Math.min(windowS * 1000, this.#windowMs));
  }

  async #tick(): Promise<void> {
    const stopping = this.#loop?.signal;
    try {
      const snapshots = await this.#join(stopping);
      if (snapshots && !stopping?.aborted) this.#onCollected?.(snapshots);
    } catch {
      // The list of backends or the listener threw. The next tick tries again.
    }
  }

  /** Waits for the collection under way, or for a new one. It is stopped when everyone who waits has left. */
  async #join(signal: AbortSignal | undefined): Promise<readonly MetricsSnapshot[] | null> {
    const collection = (this.#running ??= this.#begin());
    collection.waiting += 1;
    const leave = (): void => {
      collection.waiting -= 1;
      if (collection.waiting > 0) return;
      collection.stopping.abort();
      this.#end(collection);
    };
    signal?.addEventListener('abort', leave, { once: true });
    try {
      return await collection.result;
    } finally {
      signal?.removeEventListener('abort', leave);
      this.#end(collection);
    }
  }

  #begin(): Collection {
    const stopping = childSignal();
    return { stopping, result: this.#collect(stopping.signal), waiting: 0 };
  }

  #end(collection: Collection): void {
    if (this.#running === collection) this.#running = undefined;
  }

  async #collect(stopping: AbortSignal): Promise<readonly MetricsSnapshot[] | null> {
    const backends = this.#list();
    const takenMs = this.#clock.now();
    const wallMs = this.#nextWallMs();
    const answers = await this.#askAll(backends, stopping);
    if (stopping.aborted) return null;
    const at = new Date(wallMs).toISOString();
    const snapshots = backends.map(({ id, name = id }) => ({
      id: `${id}@${at}`,
      backendId: id,
      name,
      at,
      ...unknownReading,
      ...(answers.get(id) ?? { error: 'No answer in time' }),
    }));
    this.#latest = snapshots;
    this.#history.add(snapshots, takenMs, wallMs);
    return snapshots;
  }

  #list(): readonly MetricsBackend[] {
    const listed = typeof this.#backends === 'function' ? this.#backends() : this.#backends;
    const byId = new Map<string, MetricsBackend>();
    for (const backend of listed) if (!byId.has(backend.id)) byId.set(backend.id, backend);
    return [...byId.values()];
  }

  /** What was answered before the deadline. */
  async #askAll(
    backends: readonly MetricsBackend[],
    stopping: AbortSignal,
  ): Promise<ReadonlyMap<string, Answer>> {
    const ending = childSignal(stopping);
    const answers = new Map<string, Answer>();
    const calls = backends
      .filter(({ id }) => !this.#asked.has(id))
      .map(async (backend) => {
        answers.set(backend.id, await this.#ask(backend, ending.signal));
      });
    await this.#untilDeadline(Promise.all(calls));
    // Taken before the abort: what a call answers to that is no news.
    const inTime = new Map(answers);
    if (inTime.size < calls.length) ending.abort();
    ending.dispose();
    return inTime;
  }

  async #untilDeadline(calls: Promise<unknown>): Promise<void> {
    let timer: TimerHandle | undefined;
    const deadline = new Promise<void>((resolve) => {
      timer = this.#clock.setTimeout(resolve, this.#deadlineMs);
    });
    await Promise.race([calls, deadline]);
    this.#clock.clearTimeout(timer);
  }

  async #ask(backend: MetricsBackend, signal: AbortSignal): Promise<Answer> {
    this.#asked.add(backend.id);
    try {
      return believableReading(await backend.collect(signal));
    } catch (error) {
      return { error: error instanceof BackendFailure ? error.message : 'Failed' };
    } finally {
      this.#asked.delete(backend.id);
    }
  }

  #nextWallMs(): number {
    const wallMs = this.#clock.wallTime();
    const fellBackMs = this.#lastWallMs - wallMs;
    this.#lastWallMs = fellBackMs >= 0 && fellBackMs < slewMs ? this.#lastWallMs + 1 : wallMs;
    return this.#lastWallMs;
  }
}
