import { EventHub, Hub, type HubEvents, type ModelFile, ModelManager } from '@corral/core';
import { SimulatedClock, simulatedModel } from '@corral/core/testing';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { EventStream } from './event-stream.js';
import { httpLimits } from './http-limits.js';
import type { SseSink } from './sse-sink.js';
import { SharedJson } from './status-body.js';

const files = ['meadow', 'prairie'].map(
  (name): ModelFile => ({
    modelId: name,
    filename: `${name}.gguf`,
    path: `/models/${name}.gguf`,
    sizeBytes: 7_000_000,
    gguf: null,
  }),
);

/** A hub with models and no servers. */
async function makeHub(onListenerError?: (error: unknown, event: string) => void) {
  const clock = new SimulatedClock();
  const events = new EventHub<HubEvents>(onListenerError);
  const models = new ModelManager({
    source: { scan: async () => ({ files, rejected: [] }) },
    launcher: { launch: () => Promise.reject(new Error('Nothing is launched here')) },
    prober: { open: () => ({ check: () => Promise.reject(new Error('unused')), close: async () => {} }) },
    events,
    clock,
  });
  await models.scan();
  return { clock, hub: new Hub({ events, models, sampleIntervalMs: 1000, clock }) };
}

/** Takes everything at once. */
class FastSink implements SseSink {
  readonly bufferedBytes = 0;
  readonly chunks: Uint8Array[] = [];
  closed = false;
  #onClose = (): void => {};

  write(bytes: Uint8Array): void {
    if (!this.closed) this.chunks.push(bytes);
  }

  onDrain(): void {}

  onClose(callback: () => void): void {
    this.#onClose = callback;
  }

  end(): void {
    this.close();
  }

  destroy(): void {
    this.close();
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.#onClose();
  }

  /** What a client makes of the first bytes; all of them by default. */
  read(bytes = Number.POSITIVE_INFINITY) {
    const events: EventSourceMessage[] = [];
    const retries: number[] = [];
    let comments = 0;
    const parser = createParser({
      onEvent: (event) => events.push(event),
      onRetry: (ms) => retries.push(ms),
      onComment: () => (comments += 1),
    });
    parser.feed(Buffer.concat(this.chunks).subarray(0, bytes).toString());
    return {
      events,
      names: events.map(({ event }) => event),
      retries,
      comments,
      lastId: events.findLast((event) => event.id)?.id,
    };
  }
}

const streams: EventStream[] = [];
afterEach(() => {
  for (const stream of streams.splice(0)) stream.dispose();
});

async function make(options: { random?: () => number; heartbeatMs?: number } = {}) {
  const { clock, hub } = await makeHub();
  /** Listeners of the hub's own parts. */
  const ownListeners = hub.events.listenerCount;
  const stream = new EventStream({ hub, clock, ...options });
  streams.push(stream);
  const attach = (lastEventId?: string): FastSink => {
    const sink = new FastSink();
    stream.attach(sink, lastEventId);
    return sink;
  };
  let tick = 0;
  /** An event that is never held back. */
  const sample = (padding = ''): void => {
    tick += 1;
    hub.events.emit('models:sampled', { tick, at: `2026-01-01T00:00:00.000Z${padding}`, samples: [] });
  };
  const update = (modelId: string, port: number): void =>
    hub.events.emit('model:updated', { model: simulatedModel({ modelId, port }) });
  return { clock, hub, stream, attach, sample, update, ownListeners };
}

describe('EventStream', () => {
  it('opens with a retry and a snapshot that carries the id it belongs to', async () => {
    const { stream, attach } = await make();
    const { events, retries } = attach().read();
    expect(retries).toHaveLength(1);
    expect(events.map(({ event, id }) => [event, id])).toEqual([['snapshot', stream.lastEventId]]);
    const snapshot = JSON.parse(events[0]?.data ?? '') as {
      lastEventId: string;
      models: { modelId: string }[];
    };
    expect(snapshot.lastEventId).toBe(stream.lastEventId);
    expect(snapshot.models.map(({ modelId }) => modelId)).toEqual(['meadow', 'prairie']);
  });

  it('numbers its events `<epoch>-<seq>` without holes, with another epoch in each run', async () => {
    const { stream, attach, sample } = await make();
    const sink = attach();
    for (let i = 0; i < 5; i++) sample();
    const [epoch] = stream.lastEventId.split('-');
    expect(sink.read().events.map(({ id }) => id)).toEqual(
      [0, 1, 2, 3, 4, 5].map((seq) => `${epoch}-${seq}`),
    );
    expect((await make()).stream.lastEventId.split('-')[0]).not.toBe(epoch);
  });

  it('lets only events of the wire through', async () => {
    const { hub, attach } = await make();
    const sink = attach();
    hub.events.emit('connection:changed', { connection: 'live', previous: 'connecting' });
    expect(sink.read().names).toEqual(['snapshot']);
  });

  it('beats while there are readers, and has no timer while there are none', async () => {
    const { clock, stream, attach } = await make({ heartbeatMs: 15_000 });
    const [first, second] = [attach(), attach()];
    await clock.advance(45_000);
    expect(first.read().comments).toBe(3);
    first.close();
    second.close();
    expect(stream.readerCount).toBe(0);
    expect(clock.timerCount).toBe(0);
    const third = attach();
    await clock.advance(15_000);
    expect(third.read().comments).toBe(1);
  });
});

describe('a change of state that has to wait', () => {
  it('arrives as one, from where it began to where it is, whatever comes after it', async () => {
    const { clock, hub, attach, update } = await make();
    const sink = attach();
    const change = (previousState: 'ready' | 'stopping', state: 'stopping' | 'offline'): void => {
      hub.events.emit('model:state-changed', {
        model: simulatedModel({ modelId: 'meadow', state }),
        previousState,
      });
    };
    change('ready', 'stopping');
    change('stopping', 'offline');
    update('meadow', 8123);
    await clock.advance(httpLimits.coalesceMs);
    const changes = sink.read().events.filter(({ event }) => event === 'model:state-changed');
    expect(changes.map(({ data }) => JSON.parse(data) as object)).toMatchObject([
      { previousState: 'ready', model: { state: 'stopping' } },
      { previousState: 'stopping', model: { port: 8123 } },
    ]);
  });

  it('comes before a list that was read later', async () => {
    const { hub, attach, update } = await make();
    const sink = attach();
    update('meadow', 8101);
    update('meadow', 8102);
    hub.events.emit('models:scanned', { models: [], rejected: [] });
    expect(sink.read().names).toEqual(['snapshot', 'model:updated', 'model:updated', 'models:scanned']);
  });
});

describe('F102 a subscriber that throws', () => {
  it('costs the stream nothing and is reported', async () => {
    const errors: unknown[] = [];
    const { clock, hub } = await makeHub((error) => errors.push(error));
    hub.events.subscribe('models:sampled', () => {
      throw new Error('bad listener');
    });
    hub.events.subscribeAny(() => {
      throw new Error('worse listener');
    });
    const stream = new EventStream({ hub, clock });
    streams.push(stream);
    const sink = new FastSink();
    stream.attach(sink, undefined);
    hub.events.emit('models:sampled', { tick: 1, at: '2026-01-01T00:00:00.000Z', samples: [] });
    expect(sink.read().names).toEqual(['snapshot', 'models:sampled']);
    expect(errors).toHaveLength(2);
  });
});

describe('F83 a burst of 10,000 events in a second', () => {
  it('sends at most ten frames a second and model, the last one in the end, and all samples', async () => {
    const { clock, attach, sample, update } = await make();
    const sink = attach();
    for (let i = 1; i <= 5000; i++) {
      update('meadow', i);
      update('prairie', i);
      if (i % 5 === 0) await clock.advance(1);
      if (i % 100 === 0) sample();
    }
    await clock.advance(200);
    const { events, names } = sink.read();
    const ports = (id: string): number[] =>
      events
        .filter(({ event }) => event === 'model:updated')
        .map(({ data }) => (JSON.parse(data) as HubEvents['model:updated']).model)
        .filter(({ modelId }) => modelId === id)
        .map(({ port }) => port ?? 0);
    for (const id of ['meadow', 'prairie']) {
      // The first at once, then one each 100 ms, the last one included.
      expect(ports(id).length).toBeLessThanOrEqual(12);
      expect(ports(id).length).toBeGreaterThanOrEqual(10);
      expect(ports(id).at(-1)).toBe(5000);
    }
    expect(names.filter((name) => name === 'models:sampled')).toHaveLength(50);
  });

  it('does not hold the loop for long, with 50 readers', async () => {
    const { stream, attach, update } = await make();
    for (let i = 0; i < 50; i++) attach();
    const cpuBefore = process.cpuUsage();
    for (let i = 1; i <= 10_000; i++) update('meadow', i);
    const spentMs = process.cpuUsage(cpuBefore).user / 1000;
    expect(stream.readerCount).toBe(50);
    // 10,000 events serialised for each of 50 readers would be seconds.
    expect(spentMs).toBeLessThan(500);
  });
});

describe('F84 a storm of 500 readers that come back', () => {
  it('serialises one snapshot for all of them', async () => {
    const { hub, stream, attach } = await make();
    const snapshots = vi.spyOn(hub, 'snapshot');
    const sinks = Array.from({ length: 500 }, () => attach());
    expect(stream.readerCount).toBe(500);
    expect(snapshots).toHaveBeenCalledTimes(1);
    const frames = new Set(sinks.map((sink) => sink.chunks[1]));
    expect(frames.size).toBe(1);
  });

  it('serialises an event once for all of them', async () => {
    const { attach, sample } = await make();
    const sinks = Array.from({ length: 100 }, () => attach());
    sample();
    expect(new Set(sinks.map((sink) => sink.chunks[2])).size).toBe(1);
  });

  it('spreads their return over 2 to 5 seconds', async () => {
    const { attach } = await make();
    const retries = Array.from({ length: 500 }, () => attach().read().retries[0] ?? 0);
    expect(Math.min(...retries)).toBeGreaterThanOrEqual(2000);
    expect(Math.max(...retries)).toBeLessThanOrEqual(5000);
    expect(Math.min(...retries)).toBeLessThan(2300);
    expect(Math.max(...retries)).toBeGreaterThan(4700);
    expect(new Set(retries).size).toBeGreaterThan(300);
  });

  it.each([
    [0, 2000],
    [0.5, 3500],
    [0.9999, 5000],
  ])('turns the random number %d into %d ms', async (random, ms) => {
    const { attach } = await make({ random: () => random });
    expect(attach().read().retries).toEqual([ms]);
  });
});

describe('F85 Last-Event-ID', () => {
  it('replays exactly what was missed, without a snapshot', async () => {
    const { attach, sample } = await make();
    const sink = attach();
    for (let i = 0; i < 3; i++) sample();
    const { lastId } = sink.read();
    sink.close();
    for (let i = 0; i < 4; i++) sample();
    const resumed = attach(lastId).read();
    expect(resumed.names).toEqual(Array(4).fill('models:sampled'));
    expect(resumed.events.map(({ data }) => (JSON.parse(data) as { tick: number }).tick)).toEqual([
      4, 5, 6, 7,
    ]);
  });

  it('replays nothing to a reader that missed nothing', async () => {
    const { stream, attach } = await make();
    expect(attach(stream.lastEventId).read().names).toEqual([]);
  });

  it('resets a reader of an older run', async () => {
    const older = await make();
    older.sample();
    const { attach, sample } = await make();
    for (let i = 0; i < 3; i++) sample();
    expect(attach(older.stream.lastEventId).read().names).toEqual(['reset', 'snapshot']);
  });

  it.each(['garbage', '-', 'x-1', '__proto__', 'x'.repeat(10_240), '1', '\u{1f40e}', ' '])(
    'resets a reader that comes with %j',
    async (id) => {
      const { attach, sample } = await make();
      sample();
      expect(attach(id).read().names).toEqual(['reset', 'snapshot']);
    },
  );

  it.each(['-2', '-1e1', '--1', '- 1', '-', '-01x', '-99999999999999999999', '-1.5'])(
    'resets a reader that comes with a number of ours in another spelling: %j',
    async (suffix) => {
      const { stream, attach, sample } = await make();
      sample();
      const epoch = stream.lastEventId.split('-')[0] ?? '';
      expect(attach(`${epoch}${suffix}`).read().names).toEqual(['reset', 'snapshot']);
    },
  );

  it('ignores a padded id over 128 characters although its start is ours', async () => {
    const { stream, attach } = await make();
    expect(attach(`${stream.lastEventId}-${'0'.repeat(200)}`).read().names).toEqual(['reset', 'snapshot']);
  });

  it('resets a reader whose place has left the ring by number', async () => {
    const { stream, attach, sample } = await make();
    const place = stream.lastEventId;
    for (let i = 0; i < httpLimits.replayEvents; i++) sample();
    expect(attach(place).read().names).toHaveLength(httpLimits.replayEvents);
    sample();
    expect(attach(place).read().names).toEqual(['reset', 'snapshot']);
  });

  it('resets a reader that missed more than it may have unread', async () => {
    const { stream, attach, sample } = await make();
    const place = stream.lastEventId;
    for (let i = 0; i < 5; i++) sample('x'.repeat(60_000));
    expect(attach(place).read().names).toEqual(['reset', 'snapshot']);
  });

  it('keeps at most 4 MiB for replay', async () => {
    const { stream, attach, sample } = await make();
    for (let i = 0; i < 60; i++) sample('x'.repeat(100_000));
    const place = stream.lastEventId;
    sample();
    expect(attach(place).read().names).toEqual(['models:sampled']);
  });

  it.each(['reset', 'lagged'])(
    'tells no gap away: a reader cut right after `%s` still gets its snapshot',
    async (event) => {
      const { stream, attach, sample } = await make();
      const first = attach();
      const { lastId: known = '' } = first.read();
      for (let i = 0; i < 3; i++) sample();
      let lastId: string | undefined;
      if (event === 'reset') {
        const sink = attach('older-1');
        const whole = Buffer.concat(sink.chunks).toString();
        lastId = sink.read(whole.indexOf('event: snapshot')).lastId ?? 'older-1';
      } else {
        lastId = await lastIdAfterLagging(stream, sample, known);
      }
      expect(attach(lastId).read().names).toContain('snapshot');
    },
  );
});

/** The id that a client knows which lagged and was cut before it had read its snapshot. */
async function lastIdAfterLagging(
  stream: EventStream,
  sample: (padding?: string) => void,
  from: string,
): Promise<string> {
  const chunks: Uint8Array[] = [];
  let drain = (): void => {};
  let bufferedBytes = 0;
  const sink: SseSink = {
    get bufferedBytes() {
      return bufferedBytes;
    },
    write: (bytes) => {
      chunks.push(bytes);
      bufferedBytes += bytes.byteLength;
    },
    onDrain: (callback) => {
      drain = callback;
    },
    onClose: () => {},
    end: () => {},
    destroy: () => {},
  };
  stream.attach(sink, from);
  // More than the ring replays, so that coming back with an old id means `reset`.
  for (let i = 0; i < 60; i++) sample('x'.repeat(100_000));
  bufferedBytes = 0;
  drain();
  const text = Buffer.concat(chunks).toString();
  const cut = text.indexOf('event: snapshot');
  expect(text.slice(0, cut)).toContain('event: lagged');
  let lastId = from;
  const parser = createParser({
    onEvent: ({ id }) => {
      if (id) lastId = id;
    },
  });
  parser.feed(text.slice(0, cut));
  return lastId;
}

describe('P-10 random events, cuts and returns', () => {
  it('shows a reader a sequence without holes, or tells it to begin anew', async () => {
    const action = fc.oneof(
      fc.record({ do: fc.constant('sample' as const), pad: fc.nat({ max: 3000 }) }),
      fc.record({ do: fc.constant('cut' as const), keep: fc.double({ min: 0, max: 1, noNaN: true }) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 40 }), async (actions) => {
        const { attach, sample, stream } = await make();
        let sink = attach();
        let lastId: string | undefined;
        let seq: number | undefined;
        const take = (bytes: number): void => {
          for (const { id = '', event } of sink.read(bytes).events) {
            const next = Number(id.split('-')[1]);
            if (event === 'snapshot') seq = next;
            else if (event !== 'reset') {
              expect(next).toBe((seq ?? Number.NaN) + 1);
              seq = next;
            }
            if (id) lastId = id;
          }
        };
        for (const next of actions) {
          if (next.do === 'sample') sample('x'.repeat(next.pad));
          else {
            take(Math.floor(next.keep * Buffer.concat(sink.chunks).length));
            sink.close();
            sink = attach(lastId);
          }
        }
        take(Number.POSITIVE_INFINITY);
        expect(seq).toBe(Number(stream.lastEventId.split('-')[1]));
        stream.dispose();
      }),
      { numRuns: 200 },
    );
  });
});

describe('P-17 dispose', () => {
  it('leaves no timer, no reader and no subscription, whatever was done before', async () => {
    const action = fc.constantFrom('attach', 'close', 'sample', 'update', 'wait');
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 30 }), async (actions) => {
        const { clock, hub, stream, attach, sample, update, ownListeners } = await make();
        const open: FastSink[] = [];
        for (const next of actions) {
          if (next === 'attach') open.push(attach());
          else if (next === 'close') open.pop()?.close();
          else if (next === 'sample') sample();
          else if (next === 'update') update('meadow', 1);
          else await clock.advance(70);
        }
        expect(stream.readerCount).toBe(open.length);
        stream.dispose();
        expect(stream.readerCount).toBe(0);
        expect(open.every((sink) => sink.closed)).toBe(true);
        expect(clock.timerCount).toBe(0);
        expect(hub.events.listenerCount).toBe(ownListeners);
      }),
      { numRuns: 300 },
    );
  });

  it('leaves no timer when a reader comes after it', async () => {
    const { clock, stream, attach } = await make();
    stream.dispose();
    attach();
    expect(clock.timerCount).toBe(0);
  });
});

describe('SharedJson', () => {
  it('builds a body once per event, with another validator each time', async () => {
    const { stream, sample } = await make();
    const build = vi.fn(() => '{"facts":1}');
    const shared = new SharedJson(stream, build);
    const first = shared.current();
    expect(shared.current()).toBe(first);
    expect(build).toHaveBeenCalledTimes(1);
    sample();
    expect(shared.current().etag).not.toBe(first.etag);
    expect(build).toHaveBeenCalledTimes(2);
  });
});
