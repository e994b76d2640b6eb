import type { HubEvents } from '@corral/core';
import { SimulatedClock } from '@corral/core/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { twoModelHub } from './api.fixture.js';
import type { Caller } from './callers.js';
import { EventStream } from './event-stream.js';
import type { SseSink } from './sse-sink.js';

const dispose: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of dispose.splice(0).reverse()) await end();
});

/** Takes everything; its end is noticed only when `close` is called, as on a socket. */
class LateSink implements SseSink {
  readonly bufferedBytes = 0;
  readonly chunks: string[] = [];
  ended = false;
  close = (): void => {};

  write(bytes: Uint8Array): void {
    this.chunks.push(Buffer.from(bytes).toString());
  }

  onDrain(): void {}

  onClose(callback: () => void): void {
    this.close = callback;
  }

  end(): void {
    this.ended = true;
  }

  destroy(): void {
    this.ended = true;
  }
}

const caller = (id: string): Caller => ({ scope: 'view', id, hostId: null });

async function make() {
  const hub = await twoModelHub();
  const clock = new SimulatedClock();
  const stream = new EventStream({ hub, clock, heartbeatMs: 1000 });
  dispose.push(() => hub.dispose());
  dispose.push(() => stream.dispose());
  const attach = (whose: Caller | null): LateSink => {
    const sink = new LateSink();
    stream.attach(sink, undefined, whose);
    return sink;
  };
  const sampled: HubEvents['models:sampled'] = { tick: 1, at: '2026-01-01T00:00:00.000Z', samples: [] };
  return { clock, stream, attach, sample: () => hub.events.emit('models:sampled', sampled) };
}

describe('F89 cut', () => {
  it('ends the streams of unwelcome callers, and they get not a byte more', async () => {
    const { clock, stream, attach, sample } = await make();
    const [gone, stays, nobody] = [attach(caller('a')), attach(caller('b')), attach(null)];
    const before = gone.chunks.length;
    stream.cut(({ id }) => id === 'b');
    expect([gone.ended, stays.ended, nobody.ended, stream.readerCount]).toEqual([true, false, false, 2]);
    sample();
    await clock.advance(5000);
    expect(gone.chunks).toHaveLength(before);
    expect(stays.chunks.join('')).toContain('models:sampled');
  });

  it('leaves one heartbeat, also when the next reader comes before the old one is closed', async () => {
    const { clock, stream, attach } = await make();
    const gone = attach(caller('a'));
    stream.cut(() => false);
    expect(clock.timerCount).toBe(0);
    const next = attach(caller('b'));
    gone.close();
    expect(clock.timerCount).toBe(1);
    const before = next.chunks.length;
    await clock.advance(3000);
    expect(next.chunks).toHaveLength(before + 3);
  });
});
