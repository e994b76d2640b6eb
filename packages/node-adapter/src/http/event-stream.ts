import { randomBytes } from 'node:crypto';
import {
  type Clock,
  type Hub,
  type HubEvents,
  systemClock,
  type TimerHandle,
  type WireEventName,
  wireEventNames,
} from '@corral/core';
import type { Caller } from './callers.js';
import { Coalescer } from './coalescer.js';
import { keyOf, newest, type WireEvent } from './event-keys.js';
import { httpLimits } from './http-limits.js';
import { retryField, type SseFrame, sseFrame } from './sse-frame.js';
import { SseReader } from './sse-reader.js';
import type { SseSink } from './sse-sink.js';

/** What a stream is built from. */
export interface EventStreamOptions {
  readonly hub: Hub;
  readonly clock?: Clock;
  /** A number in [0, 1). */
  readonly random?: () => number;
  readonly heartbeatMs?: number;
}

/**
 * The events of a hub for any number of readers: numbered `<epoch>-<seq>`, serialised once, kept in a bounded ring for
 * readers that come back. A reader whose place is no longer in the ring is told `reset` and gets a snapshot.
 */
export class EventStream {
  /** Changes with every start, so that numbers of an earlier run are never taken for ours. */
  readonly #epoch = randomBytes(6).toString('hex');
  readonly #hub: Hub;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #readers = new Map<SseReader, Caller | null>();
  readonly #coalescer: Coalescer<WireEvent>;
  readonly #unsubscribe: () => void;
  readonly #heartbeatMs: number;
  #beatTimer: TimerHandle | undefined;
  #seq = 0;
  #disposed = false;
  #ring: SseFrame[] = [];
  #ringBytes = 0;
  #snapshot: SseFrame | undefined;

  constructor({
    hub,
    clock = systemClock,
    random = Math.random,
    heartbeatMs = httpLimits.heartbeatMs,
  }: EventStreamOptions) {
    this.#hub = hub;
    this.#clock = clock;
    this.#random = random;
    this.#coalescer = new Coalescer(clock, httpLimits.coalesceMs, (event) => this.#publish(event), newest);
    this.#unsubscribe = hub.events.subscribeAny((name, payload) => this.#take(name, payload));
    this.#heartbeatMs = heartbeatMs;
  }

  /** The id of the newest event: it changes whenever something did. */
  get lastEventId(): string {
    return `${this.#epoch}-${this.#seq}`;
  }

  /** Whether it has ended; then nothing tells any more when something changes. */
  get isDisposed(): boolean {
    return this.#disposed;
  }

  /** How many readers there are. */
  get readerCount(): number {
    return this.#readers.size;
  }

  /**
   * Serves one more reader, from where it left off when that is still known.
   * @param caller whose stream it is, for {@link cut}
   */
  attach(sink: SseSink, lastEventId: string | undefined, caller: Caller | null = null): void {
    if (this.#disposed) {
      sink.end();
      return;
    }
    const reader = new SseReader(sink, { clock: this.#clock, catchUp: (kept) => this.#catchUp(kept) });
    const { least, most } = httpLimits.retryMs;
    sink.write(retryField(least + (most - least) * this.#random()));
    for (const frame of this.#opening(lastEventId)) sink.write(frame.bytes);
    if (this.#readers.size === 0)
      this.#beatTimer = this.#clock.setTimeout(() => this.#beat(), this.#heartbeatMs);
    this.#readers.set(reader, caller);
    sink.onClose(() => {
      reader.dispose();
      this.#readers.delete(reader);
      if (this.#readers.size === 0) this.#clock.clearTimeout(this.#beatTimer);
    });
  }

  /** Ends the streams of callers who are not welcome any more. */
  cut(isWelcome: (caller: Caller) => boolean): void {
    for (const [reader, caller] of [...this.#readers]) {
      if (caller === null || isWelcome(caller)) continue;
      this.#readers.delete(reader);
      reader.cut();
    }
    // Not when they have closed: the next reader may come before that.
    if (this.#readers.size === 0) this.#clock.clearTimeout(this.#beatTimer);
  }

  /** Ends every stream. */
  dispose(): void {
    this.#disposed = true;
    this.#unsubscribe();
    this.#coalescer.dispose();
    this.#clock.clearTimeout(this.#beatTimer);
    for (const reader of [...this.#readers.keys()]) reader.end();
  }

  /** The facts of this moment with the id that they belong to; serialised once per id. */
  snapshotFrame(): SseFrame {
    const { lastEventId } = this;
    if (this.#snapshot?.id === lastEventId) return this.#snapshot;
    this.#snapshot = sseFrame(
      lastEventId,
      'snapshot',
      JSON.stringify({ ...this.#hub.snapshot(), lastEventId }),
    );
    return this.#snapshot;
  }

  #beat(): void {
    for (const reader of this.#readers.keys()) reader.beat();
    this.#beatTimer = this.#clock.setTimeout(() => this.#beat(), this.#heartbeatMs);
  }

  #take<Name extends keyof HubEvents>(name: Name, payload: HubEvents[Name]): void {
    if (!isWireEvent(name)) return;
    // Samples are numbered and checks are of many, so none may be left out; other events carry all of what changed.
    if (name === 'endpoints:checked') this.#coalescer.flush();
    if (name === 'models:sampled' || name === 'endpoints:checked') {
      this.#publish({ name, payload });
      return;
    }
    // What waits of single models is older than the list, and may be of one that is gone.
    if (name === 'models:scanned') this.#coalescer.flush();
    const event = { name, payload };
    this.#coalescer.push(keyOf(event), event);
  }

  #publish({ name, payload }: WireEvent): void {
    this.#seq += 1;
    const frame = sseFrame(this.lastEventId, name, JSON.stringify(payload));
    this.#remember(frame);
    for (const reader of this.#readers.keys()) reader.send(frame);
  }

  #remember(frame: SseFrame): void {
    this.#ring.push(frame);
    this.#ringBytes += frame.bytes.byteLength;
    while (this.#ring.length > httpLimits.replayEvents || this.#ringBytes > httpLimits.replayBytes) {
      this.#ringBytes -= this.#ring.shift()?.bytes.byteLength ?? 0;
    }
  }

  #opening(lastEventId: string | undefined): readonly SseFrame[] {
    if (lastEventId === undefined || lastEventId === '') return [this.snapshotFrame()];
    return this.#since(lastEventId) ?? [this.#reset(), this.snapshotFrame()];
  }

  /** The events after this id; `undefined` when they are not all known, or more than a reader may have unread. */
  #since(lastEventId: string): readonly SseFrame[] | undefined {
    if (lastEventId.length > httpLimits.lastEventIdLength) return undefined;
    const [epoch, digits] = lastEventId.split('-');
    if (epoch !== this.#epoch || !/^\d{1,15}$/.test(digits ?? '')) return undefined;
    const missed = this.#seq - Number(digits);
    if (missed < 0 || missed > this.#ring.length) return undefined;
    const frames = missed === 0 ? [] : this.#ring.slice(-missed);
    const bytes = frames.reduce((sum, frame) => sum + frame.bytes.byteLength, 0);
    return bytes > httpLimits.streamQueueBytes ? undefined : frames;
  }

  #catchUp(kept: readonly SseFrame[]): readonly SseFrame[] {
    return [sseFrame('', 'lagged', '{}'), ...kept, this.snapshotFrame()];
  }

  #reset(): SseFrame {
    return sseFrame('', 'reset', '{}');
  }
}

function isWireEvent(name: string): name is WireEventName {
  return (wireEventNames as readonly string[]).includes(name);
}
