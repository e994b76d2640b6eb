import type { JobEvent, JobEventBatch, JobsFace } from '@corral/core';
import { SimulatedClock } from '@corral/core/testing';
import { createParser } from 'eventsource-parser';
import { describe, expect, it, vi } from 'vitest';
import { createLogger } from '../logger.js';
import { httpLimits } from './http-limits.js';
import { JobStreams } from './job-streams.js';
import type { SseSink } from './sse-sink.js';

/** A reader whose reading is up to the test. */
class HeldSink implements SseSink {
  text = '';
  bufferedBytes = 0;
  state: 'open' | 'ended' | 'destroyed' = 'open';
  #onDrain: () => void = () => {};
  #onClose: () => void = () => {};
  /** Whether everything is read at once. */
  reads = true;

  write(bytes: Uint8Array): void {
    this.text += Buffer.from(bytes).toString();
    if (!this.reads) this.bufferedBytes += bytes.byteLength;
  }
  onDrain(callback: () => void): void {
    this.#onDrain = callback;
  }
  onClose(callback: () => void): void {
    this.#onClose = callback;
  }
  end(): void {
    if (this.state === 'open') this.state = 'ended';
  }
  destroy(): void {
    this.state = 'destroyed';
    this.#onClose();
  }
  /** The reader goes away. */
  leave(): void {
    this.#onClose();
  }
  drain(): void {
    this.bufferedBytes = 0;
    this.#onDrain();
  }
  get seqs(): string[] {
    const ids: string[] = [];
    const parser = createParser({ onEvent: ({ id }) => ids.push(id ?? '-') });
    parser.feed(this.text);
    return ids;
  }
}

const kilobyte = 'x'.repeat(1024);
const line = (seq: number): JobEvent => ({
  ...{ type: 'log', level: 'info', msg: kilobyte, taskId: null, seq },
  ts: '2026-01-01T00:00:00.000Z',
});

/** A job with as many events as anyone wants, in batches of 100, that counts what was asked of it. */
function endlessJob() {
  const asked = { batches: 0, ended: 0 };
  async function* events(_: string, { after = 0, signal = new AbortController().signal } = {}) {
    try {
      for (let seq = after; !signal.aborted; seq += 100) {
        asked.batches += 1;
        await new Promise((resolve) => setImmediate(resolve));
        yield {
          events: Array.from({ length: 100 }, (_each, n) => line(seq + n + 1)),
          gap: false,
        } as JobEventBatch;
      }
    } finally {
      asked.ended += 1;
    }
  }
  return { asked, jobs: { events } as unknown as JobsFace };
}

/** A job in which nothing happens until it is told to. */
function quietJob(first: readonly JobEventBatch[] = []) {
  let finish = (): void => {};
  async function* events(_: string, { signal = new AbortController().signal } = {}) {
    yield* first;
    await new Promise<void>((resolve) => {
      finish = resolve;
      signal.addEventListener('abort', () => resolve(), { once: true });
      if (signal.aborted) resolve();
    });
  }
  return { jobs: { events } as unknown as JobsFace, finish: () => finish() };
}

function make(jobs: JobsFace) {
  const clock = new SimulatedClock();
  const logged: string[] = [];
  const logger = createLogger({ level: 'warn', write: (text) => logged.push(text) });
  const streams = new JobStreams({ jobs, clock, logger, random: () => 0.5 });
  const open = (after: number | null = 0, sink = new HeldSink()): HeldSink => {
    streams.serve(streams.begin('j', after, caller), sink);
    return sink;
  };
  const caller = { scope: 'view', id: 't', hostId: null } as const;
  return { clock, logged, streams, open };
}
/** Waits until as much lies unread as may. */
const filled = (sink: HeldSink): Promise<void> =>
  vi.waitFor(() => expect(sink.bufferedBytes).toBeGreaterThanOrEqual(httpLimits.streamQueueBytes));
const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));
const keptAtMost = httpLimits.streamQueueBytes + 2 * httpLimits.jobStreamPieceBytes;

describe('JobStreams', () => {
  it('ask for no more events than a reader takes', async () => {
    const { asked, jobs } = endlessJob();
    const { streams, open } = make(jobs);
    const sink = new HeldSink();
    sink.reads = false;
    open(0, sink);
    await filled(sink);
    const { batches } = asked;
    await settle();
    expect(asked.batches).toBe(batches);
    expect(sink.bufferedBytes).toBeLessThan(keptAtMost);
    sink.drain();
    await filled(sink);
    await settle();
    expect(asked.batches).toBeGreaterThan(batches);
    expect(sink.bufferedBytes).toBeLessThan(keptAtMost);
    expect(sink.seqs).toEqual(sink.seqs.map((_, n) => `${n + 1}`));
    streams.dispose();
    await settle();
    expect(asked.ended).toBe(1);
  });

  it('cut a reader that takes nothing for 10 s, and not one that takes a little', async () => {
    const { jobs } = endlessJob();
    const { clock, open, streams } = make(jobs);
    const [dead, slow] = [new HeldSink(), new HeldSink()];
    for (const sink of [dead, slow]) {
      sink.reads = false;
      open(0, sink);
      await filled(sink);
    }
    await settle();
    for (let tenth = 0; tenth < 5; tenth++) {
      slow.bufferedBytes -= 1;
      await clock.advance(httpLimits.laggingMs);
    }
    expect([dead.state, slow.state, streams.readerCount]).toEqual(['destroyed', 'open', 1]);
    await clock.advance(httpLimits.laggingMs);
    await settle();
    expect([slow.state, streams.readerCount, clock.timerCount]).toEqual(['destroyed', 0, 0]);
  });

  it('send a comment every 15 s, but none to readers that have not read everything', async () => {
    const { clock, open } = make(quietJob().jobs);
    const sink = open();
    await settle();
    await clock.advance(45_000);
    expect(sink.text).toBe(`retry: 3500\n\n${':\n\n'.repeat(3)}`);
    const endless = make(endlessJob().jobs);
    const held = new HeldSink();
    held.reads = false;
    endless.open(0, held);
    await filled(held);
    await settle();
    const { text } = held;
    await endless.clock.advance(9000);
    expect(held.text).toBe(text);
  });

  it('tell a gap, and a place that is none of ours, by reset, before anything else', async () => {
    const gap = make(quietJob([{ events: [line(7)], gap: true }]).jobs).open(3);
    const foreign = make(quietJob([{ events: [line(7)], gap: false }]).jobs).open(null);
    await settle();
    for (const { text } of [gap, foreign])
      expect(text).toContain('retry: 3500\n\nevent: reset\ndata: {}\n\nid: 7\ndata: {"type":"log"');
  });

  it('end when the job does, and by dispose, and leave nothing', async () => {
    const quiet = quietJob();
    const { clock, open, streams } = make(quiet.jobs);
    const sink = open();
    await settle();
    quiet.finish();
    await settle();
    expect([sink.state, streams.readerCount, clock.timerCount]).toEqual(['ended', 0, 0]);
    const others = [open(), open()];
    streams.dispose();
    streams.dispose();
    const late = open();
    await settle();
    expect([...others, late].map(({ state }) => state)).toEqual(['ended', 'ended', 'ended']);
    expect([streams.readerCount, clock.timerCount]).toEqual([0, 0]);
  });

  it('stop following when the reader leaves', async () => {
    const { asked, jobs } = endlessJob();
    const { clock, open, streams } = make(jobs);
    const sink = new HeldSink();
    sink.reads = false;
    open(0, sink);
    await filled(sink);
    await settle();
    sink.leave();
    await settle();
    expect([asked.ended, streams.readerCount, clock.timerCount]).toEqual([1, 0, 0]);
  });

  it('cut readers who are not welcome any more, before anything was written, too', async () => {
    const { clock, streams } = make(endlessJob().jobs);
    const caller = { scope: 'view', id: 't', hostId: null } as const;
    const early = streams.begin('j', 0, caller);
    const sink = new HeldSink();
    sink.reads = false;
    streams.serve(streams.begin('j', 0, caller), sink);
    await filled(sink);
    streams.cut(() => true);
    expect([early.isOver, sink.state]).toEqual([false, 'open']);
    streams.cut(({ id }) => id !== 't');
    expect([early.isOver, sink.state]).toEqual([true, 'destroyed']);
    await settle();
    expect([streams.readerCount, clock.timerCount]).toEqual([0, 0]);
  });

  it('end a stream that breaks, and log it', async () => {
    const events = () => ({
      [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Error('The disk is on fire')) }),
    });
    const { open, logged, streams } = make({ events } as unknown as JobsFace);
    const sink = open();
    await settle();
    expect([sink.state, streams.readerCount, logged.length]).toEqual(['ended', 0, 1]);
    expect(sink.text).not.toContain('fire');
  });
});
