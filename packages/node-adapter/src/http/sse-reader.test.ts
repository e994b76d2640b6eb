import { SimulatedClock } from '@corral/core/testing';
import { createParser } from 'eventsource-parser';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { httpLimits } from './http-limits.js';
import { type SseFrame, sseFrame } from './sse-frame.js';
import { SseReader } from './sse-reader.js';
import type { SseSink } from './sse-sink.js';

/** A reader on the other side that takes bytes only when it is told to. */
class SlowSink implements SseSink {
  readonly taken: Uint8Array[] = [];
  peakBytes = 0;
  ended = false;
  destroyed = false;
  /** Takes everything at once. */
  fast = false;
  #queue: Uint8Array[] = [];
  #onDrain = (): void => {};
  #onClose = (): void => {};

  get bufferedBytes(): number {
    return this.#queue.reduce((sum, bytes) => sum + bytes.byteLength, 0);
  }

  write(bytes: Uint8Array): void {
    if (this.destroyed || this.ended) return;
    if (this.fast) this.taken.push(bytes);
    else this.#queue.push(bytes);
    this.peakBytes = Math.max(this.peakBytes, this.bufferedBytes);
  }

  /** Takes the oldest chunks; tells when nothing is left. */
  take(chunks: number): void {
    if (this.destroyed || this.#queue.length === 0) return;
    this.taken.push(...this.#queue.splice(0, chunks));
    if (this.#queue.length === 0) this.#onDrain();
  }

  onDrain(callback: () => void): void {
    this.#onDrain = callback;
  }

  onClose(callback: () => void): void {
    this.#onClose = callback;
  }

  end(): void {
    this.ended = true;
    this.#onClose();
  }

  destroy(): void {
    this.destroyed = true;
    this.#queue = [];
    this.#onClose();
  }

  /** The events taken so far. */
  events(): string[] {
    const names: string[] = [];
    const parser = createParser({ onEvent: ({ event = '', id = '' }) => names.push(`${event} ${id}`) });
    const decoder = new TextDecoder();
    for (const bytes of this.taken) parser.feed(decoder.decode(bytes, { stream: true }));
    return names;
  }
}

const cap = httpLimits.streamQueueBytes;
const snapshot = sseFrame('9', 'snapshot', 'x'.repeat(2000));
const frame = (id: number, size: number, critical = false): SseFrame =>
  sseFrame(String(id), critical ? 'done' : 'state', 'x'.repeat(size), critical);

function make() {
  const clock = new SimulatedClock();
  const sink = new SlowSink();
  const reader = new SseReader(sink, {
    clock,
    catchUp: (kept) => [sseFrame('9', 'lagged', '{}'), ...kept, snapshot],
  });
  return { clock, sink, reader };
}

describe('F82 a reader that stops reading', () => {
  it('lags when more than 256 KiB lie unread, and its queue stays under that', () => {
    const { sink, reader } = make();
    for (let i = 0; i < 100; i++) reader.send(frame(i, 10_000));
    expect(reader.lagging).toBe(true);
    expect(sink.peakBytes).toBeLessThanOrEqual(cap);
    expect(sink.peakBytes).toBeGreaterThan(cap - 20_000);
  });

  it('gets `lagged`, what had to wait and a snapshot as soon as it has read everything, then frames again', () => {
    const { clock, sink, reader } = make();
    for (let i = 0; i < 30; i++) reader.send(frame(i, 10_000));
    reader.send(frame(100, 10, true));
    sink.take(Number.POSITIVE_INFINITY);
    sink.take(Number.POSITIVE_INFINITY);
    reader.send(frame(200, 10));
    sink.take(Number.POSITIVE_INFINITY);
    const events = sink.events();
    const lagged = events.indexOf('lagged 9');
    expect(lagged).toBeGreaterThan(20);
    expect(lagged).toBeLessThan(30);
    expect(events.slice(lagged)).toEqual(['lagged 9', 'done 100', 'snapshot 9', 'state 200']);
    expect(reader.lagging).toBe(false);
    expect(clock.timerCount).toBe(0);
  });

  it('is cut when it has not drained for 10 s, and not before', async () => {
    const { clock, sink, reader } = make();
    for (let i = 0; i < 30; i++) reader.send(frame(i, 10_000));
    await clock.advance(9_999);
    expect(sink.destroyed).toBe(false);
    await clock.advance(1);
    expect(sink.destroyed).toBe(true);
  });

  it('is not cut when it catches up in time', async () => {
    const { clock, sink, reader } = make();
    for (let i = 0; i < 30; i++) reader.send(frame(i, 10_000));
    await clock.advance(9_000);
    sink.take(Number.POSITIVE_INFINITY);
    await clock.advance(60_000);
    expect(sink.destroyed).toBe(false);
  });

  it('is cut when the frames that must reach it grow over the cap', () => {
    const { sink, reader } = make();
    for (let i = 0; i < 80 && !sink.destroyed; i++) reader.send(frame(i, 10_000, true));
    expect(sink.destroyed).toBe(true);
  });

  it('gets no heartbeats while it lags', () => {
    const { sink, reader } = make();
    reader.beat();
    const beaten = sink.bufferedBytes;
    for (let i = 0; i < 30; i++) reader.send(frame(i, 10_000));
    const queued = sink.bufferedBytes;
    reader.beat();
    expect(beaten).toBeGreaterThan(0);
    expect(sink.bufferedBytes).toBe(queued);
  });

  it('takes a frame of any size into an empty queue', () => {
    const { sink, reader } = make();
    reader.send(frame(1, 3 * cap));
    expect(reader.lagging).toBe(false);
    expect(sink.bufferedBytes).toBeGreaterThan(3 * cap);
  });

  it('leaves no timer when it is ended while it lags', () => {
    const { clock, sink, reader } = make();
    for (let i = 0; i < 30; i++) reader.send(frame(i, 10_000));
    expect(clock.timerCount).toBe(1);
    reader.end();
    expect(clock.timerCount).toBe(0);
    expect(sink.ended).toBe(true);
  });
});

describe('P-11 any mix of slow and fast readers', () => {
  const step = fc.record({
    size: fc.integer({ min: 1, max: 60_000 }),
    critical: fc.boolean(),
    waitMs: fc.nat({ max: 4000 }),
    takes: fc.array(fc.nat({ max: 12 }), { minLength: 4, maxLength: 4 }),
  });

  it('holds at most the cap per reader, and every critical frame reaches those that survive, in order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60 }), async (steps) => {
        const clock = new SimulatedClock();
        const sinks = Array.from({ length: 4 }, () => new SlowSink());
        const fastSink = sinks[0] as SlowSink;
        fastSink.fast = true;
        const readers = sinks.map(
          (sink) =>
            new SseReader(sink, {
              clock,
              catchUp: (kept) => [sseFrame('9', 'lagged', '{}'), ...kept, snapshot],
            }),
        );
        const sent: string[] = [];
        for (const [i, { size, critical, waitMs, takes }] of steps.entries()) {
          const next = frame(i, size, critical && size < 5000);
          if (next.critical) sent.push(`done ${i}`);
          for (const reader of readers) reader.send(next);
          takes.forEach((count, s) => sinks[s]?.take(count));
          await clock.advance(waitMs);
        }
        for (const [s, sink] of sinks.entries()) {
          // What waits for a lagging reader is bounded by the cap as well; it is written once the queue is empty.
          expect(sink.peakBytes).toBeLessThanOrEqual(2 * cap + snapshot.bytes.byteLength + 100);
          if (sink.destroyed) continue;
          while (sink.bufferedBytes > 0 || readers[s]?.lagging) sink.take(Number.POSITIVE_INFINITY);
          expect(sink.events().filter((name) => name.startsWith('done'))).toEqual(sent);
        }
        expect(fastSink.destroyed).toBe(false);
        for (const reader of readers) reader.dispose();
        expect(clock.timerCount).toBe(0);
      }),
      { numRuns: 300 },
    );
  });
});

describe('F89 a reader that is cut', () => {
  it('ends politely when it has read everything', () => {
    const { clock, sink, reader } = make();
    sink.fast = true;
    reader.send(frame(1, 10));
    reader.cut();
    expect([sink.ended, sink.destroyed, clock.timerCount]).toEqual([true, false, 0]);
  });

  it('gets nothing of what lies unread, and its timer goes with it', () => {
    const { clock, sink, reader } = make();
    for (let i = 0; i < 100; i++) reader.send(frame(i, 10_000));
    expect(clock.timerCount).toBe(1);
    reader.cut();
    expect([sink.destroyed, clock.timerCount]).toEqual([true, 0]);
    sink.take(Number.POSITIVE_INFINITY);
    expect(sink.events()).toEqual([]);
  });
});
