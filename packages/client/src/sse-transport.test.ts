import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HubEvents } from '@corral/core';
import { wireEventNames } from '@corral/core';
import { SimulatedHub, simulatedModel } from '@corral/core/testing';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  eventually,
  FakeHub,
  frame,
  json,
  snapshotAt,
  stream,
  transportContext,
  updatedFrame,
} from './fake-hub.fixture.js';
import { StreamUnusable } from './sse-messages.js';
import { sseTransport } from './sse-transport.js';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

let server: FakeHub;
const stops: AbortController[] = [];
beforeEach(async () => {
  server = await FakeHub.listen();
});
afterEach(async () => {
  for (const stop of stops.splice(0)) stop.abort();
  await server.close();
});

/** Connects to a server that gives these answers in turn, the last one again and again. */
function connected(...answers: Answer[]) {
  let turn = 0;
  server.routes.set('/api/events', (request, response) =>
    answers[Math.min(turn++, answers.length - 1)]!(request, response),
  );
  const stop = new AbortController();
  stops.push(stop);
  const { clock, states, mirror, context } = transportContext(server.url);
  let heads = 0;
  const openStream = context.requests.openStream.bind(context.requests);
  context.requests.openStream = async (...args) => {
    const response = await openStream(...args);
    heads += 1;
    return response;
  };
  const messages: string[] = [];
  const end: { error?: unknown; over: boolean } = { over: false };
  const done = sseTransport(context, stop.signal, { onMessage: ({ id }) => messages.push(id) }).then(
    () => void (end.over = true),
    (error: unknown) => void Object.assign(end, { error, over: true }),
  );
  const requests = () => server.asked('/api/events');
  /** How many answers have got as far as their head. */
  const answered = () => heads;
  return {
    clock,
    states,
    mirror,
    messages,
    stop,
    done,
    end,
    requests,
    answered,
    at: () => mirror.lastEventId,
  };
}

const snapshotFrame = (seq: number) => frame(`e-${seq}`, 'snapshot', snapshotAt(seq));
const silent: Answer = () => undefined;
const page: Answer = (_, response) =>
  response.writeHead(200, { 'content-type': 'text/html' }).end('<p>Hello</p>');

describe('sseTransport', () => {
  it('takes the snapshot and what follows, and is live from then on', async () => {
    const { states, mirror, messages, requests } = connected((_, response) => {
      stream(response, snapshotFrame(5) + updatedFrame(6));
    });
    await eventually(() => expect(mirror.lastEventId).toBe('e-6'));
    expect([states, messages, mirror.model('a')?.requestCount]).toEqual([['live'], ['e-5', 'e-6'], 6]);
    expect(requests()[0]?.headers).toMatchObject({ accept: 'text/event-stream' });
    expect(requests()[0]?.headers['last-event-id']).toBeUndefined();
  });

  it('comes back with the id of the last message after a pause, and is live by the first bytes', async () => {
    const { clock, states, requests, at } = connected(
      (_, response) => {
        stream(response, snapshotFrame(5) + updatedFrame(6));
        response.end();
      },
      (_, response) => stream(response),
    );
    await eventually(() => expect(states).toEqual(['live', 'reconnecting']));
    expect(await clock.pause()).toBe(3000);
    await clock.advance(2999);
    expect(requests()).toHaveLength(1);
    await clock.advance(1);
    await eventually(() => expect(states).toEqual(['live', 'reconnecting', 'live']));
    expect(requests()[1]?.headers['last-event-id']).toBe('e-6');
    expect(at()).toBe('e-6');
  });

  it('waits as long as the hub asked it to by retry, 30 s at most', async () => {
    const { clock, requests } = connected(
      (_, response) => {
        stream(response, `retry: 4200\n\n${snapshotFrame(5)}`);
        response.end();
      },
      (_, response) => {
        stream(response, 'retry: 86400000\n\n');
        response.end();
      },
      (_, response) => stream(response),
    );
    expect(await clock.passPause()).toBe(4200);
    await eventually(() => expect(requests()).toHaveLength(2));
    expect(await clock.passPause()).toBe(30_000);
    await eventually(() => expect(requests()).toHaveLength(3));
  });

  it('doubles its pauses while the hub is away and begins with a short one after success', async () => {
    const gone: Answer = (_, response) => response.destroy();
    const { clock, requests } = connected(
      gone,
      gone,
      gone,
      (_, response) => {
        stream(response, snapshotFrame(5));
        response.end();
      },
      (_, response) => stream(response),
    );
    const pauses: number[] = [];
    while (pauses.length < 4) pauses.push(await clock.passPause());
    expect(pauses).toEqual([3000, 3000, 6000, 3000]);
    await eventually(() => expect(requests()).toHaveLength(5));
  });

  it('begins anew by reset and snapshot when the hub cannot replay', async () => {
    const { clock, mirror, at } = connected(
      (_, response) => {
        stream(response, snapshotFrame(5));
        response.end();
      },
      (_, response) => {
        const snapshot = snapshotAt(2, { lastEventId: 'f-2' });
        stream(response, frame('f-2', 'reset', {}) + frame('f-2', 'snapshot', snapshot));
      },
    );
    await eventually(() => expect(at()).toBe('e-5'));
    await clock.passPause();
    await eventually(() => expect(at()).toBe('f-2'));
    expect(mirror.model('a')?.requestCount).toBe(2);
  });

  it('resumes from the last good message when a message is missing', async () => {
    const { clock, messages, requests, at } = connected(
      (_, response) => stream(response, snapshotFrame(5) + updatedFrame(8)),
      (_, response) => stream(response, updatedFrame(6) + updatedFrame(7)),
    );
    await eventually(() => expect(messages).toEqual(['e-5']));
    await clock.passPause();
    await eventually(() => expect(at()).toBe('e-7'));
    expect(requests()[1]?.headers['last-event-id']).toBe('e-5');
    await eventually(() => expect(server.open.size).toBe(1));
  });

  it('asks for a snapshot when a message cannot be read, since it would come again', async () => {
    const { clock, messages, requests, at } = connected(
      (_, response) => stream(response, `${snapshotFrame(5)}id: e-6\nevent: model:updated\ndata: {\n\n`),
      (_, response) => stream(response, snapshotFrame(6)),
    );
    await eventually(() => expect(messages).toEqual(['e-5']));
    await clock.passPause();
    await eventually(() => expect(at()).toBe('e-6'));
    expect(requests()[1]?.headers['last-event-id']).toBeUndefined();
  });

  it('gives up streams when twice something else than a stream comes', async () => {
    const { clock, end, done, requests } = connected(page);
    await eventually(() => expect(requests()).toHaveLength(1));
    await clock.passPause();
    await done;
    expect(end.error).toBeInstanceOf(StreamUnusable);
    expect(requests()).toHaveLength(2);
  });

  it('gives up streams when twice nothing comes through for 10 s', async () => {
    const { clock, end, done, answered } = connected((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.flushHeaders();
    });
    await eventually(() => expect(answered()).toBe(1));
    await clock.advance(10_000);
    await clock.passPause();
    await eventually(() => expect(answered()).toBe(2));
    expect(end.over).toBe(false);
    await clock.advance(10_000);
    await done;
    expect(end.error).toBeInstanceOf(StreamUnusable);
  });

  it('goes on with streams when the hub does not answer at all for a while', async () => {
    const { clock, end, requests, at } = connected(silent, silent, silent, page);
    for (let attempt = 1; attempt <= 3; attempt++) {
      await eventually(() => expect(requests()).toHaveLength(attempt));
      await clock.advance(10_000);
      await clock.passPause();
    }
    await eventually(() => expect(requests()).toHaveLength(4));
    expect(end.over).toBe(false);
    expect(at()).toBeUndefined();
  });

  it('does not give up streams for one that worked before', async () => {
    const { clock, end, requests, at } = connected(
      page,
      (_, response) => {
        stream(response, snapshotFrame(5));
        response.end();
      },
      page,
      (_, response) => stream(response, updatedFrame(6)),
    );
    for (let attempt = 1; attempt <= 3; attempt++) {
      await eventually(() => expect(requests()).toHaveLength(attempt));
      await clock.passPause();
      await eventually(() => expect(requests().length).toBeGreaterThan(attempt));
    }
    await eventually(() => expect(at()).toBe('e-6'));
    expect(end.over).toBe(false);
  });

  it('cuts a stream that is silent for 45 s and comes back; heartbeats keep it open', async () => {
    let first: ServerResponse | undefined;
    const { clock, states, requests, at } = connected(
      (_, response) => {
        first = response;
        stream(response, snapshotFrame(5));
      },
      (_, response) => stream(response),
    );
    await eventually(() => expect(at()).toBe('e-5'));
    await clock.advance(44_000);
    first!.write(updatedFrame(6));
    await eventually(() => expect(at()).toBe('e-6'));
    await clock.advance(44_000);
    expect(states).toEqual(['live']);
    await clock.advance(1000);
    await eventually(() => expect(states.at(-1)).toBe('reconnecting'));
    await clock.passPause();
    await eventually(() => expect(requests()[1]?.headers['last-event-id']).toBe('e-6'));
  });

  it.each([401, 403])('ends at once when the hub refuses it for good with %d', async (status) => {
    const { clock, end, done, requests } = connected((_, response) =>
      json(response, status, { error: { code: 'unauthorized', message: 'No', retryable: false } }),
    );
    await done;
    expect(end.error).toMatchObject({ name: 'ClientError', code: 'unauthorized', status });
    await clock.advance(600_000);
    expect([requests().length, clock.timerCount]).toEqual([1, 0]);
  });

  it('keeps trying when the hub is in trouble', async () => {
    const { clock, at } = connected(
      (_, response) => json(response, 503, { error: { code: 'busy', message: 'Later', retryable: true } }),
      (_, response) => response.writeHead(502).end('Bad gateway'),
      (_, response) => stream(response, snapshotFrame(5)),
    );
    await clock.passPause();
    await eventually(() => expect(server.seen).toHaveLength(2));
    await clock.passPause();
    await eventually(() => expect(at()).toBe('e-5'));
  });

  it('ends without an error, a timer or a socket when it is told to, at any moment', async () => {
    for (const answer of [
      silent,
      (_: IncomingMessage, response: ServerResponse) => stream(response, snapshotFrame(5)),
    ]) {
      const { clock, stop, end, done, requests } = connected(answer);
      const before = requests().length;
      await eventually(() => expect(requests().length).toBeGreaterThanOrEqual(Math.max(1, before)));
      stop.abort();
      await done;
      expect([end.error, clock.timerCount]).toEqual([undefined, 0]);
      await eventually(() => expect(server.open.size).toBe(0));
    }
  });
});

describe('sseTransport over streams that are cut anywhere', () => {
  interface Recorded {
    readonly bytes: Uint8Array;
    /** What a reader knows once it has this message, and the snapshot that would tell it the same. */
    readonly known: string;
    readonly snapshot: Uint8Array;
  }

  const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
  const names = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 6 });
  const step = fc.oneof(
    fc.record({ kind: fc.constant('sample'), value: fc.option(fc.nat(99)) }),
    fc.record({ kind: fc.constant('scan'), names: fc.uniqueArray(names, { maxLength: 3 }) }),
    fc.record({ kind: fc.constant('say'), message: fc.string({ unit: 'binary', maxLength: 20 }) }),
  );
  type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

  /** What both sides must agree on. */
  const known = (hub: Pick<SimulatedHub, 'models' | 'series'>): string =>
    JSON.stringify(
      hub.models().map(({ modelId, errorMessage }) => {
        const { latencyMs } = hub.series(modelId)!;
        return [modelId, errorMessage, Array.from({ length: latencyMs.length }, (_, i) => latencyMs.at(i))];
      }),
    );

  /** Every message that a hub sends while the steps happen. */
  function record(steps: readonly Step[]): Recorded[] {
    const hub = new SimulatedHub();
    const recorded: Recorded[] = [];
    let tick = 0;
    const take = (name: string, payload: unknown): void => {
      const id = `e-${recorded.length}`;
      const metrics = hub.models().map(({ modelId }) => {
        const at = (i: number): number => hub.series(modelId)!.latencyMs.at(i)!;
        const slots = Array.from({ length: hub.series(modelId)!.latencyMs.length }, (_, i) => at(i));
        const latencyMs = slots.map((slot) => (Number.isNaN(slot) ? 0 : slot));
        const valid = slots.map((slot) => !Number.isNaN(slot));
        const all = { tokensPerSecond: latencyMs, memoryGb: latencyMs, latencyMs };
        return { modelId, ...all, valid: { tokensPerSecond: valid, memoryGb: valid, latencyMs: valid } };
      });
      const fleet = { registry: hub.registry(), backends: hub.backends() };
      const rest = { defaults: hub.defaults(), ...fleet, activity: hub.activity() };
      const snapshot = { models: hub.models(), rejected: [], metrics, ...rest, tick, lastEventId: id };
      recorded.push({
        bytes: encode(frame(id, name, payload)),
        known: known(hub),
        snapshot: encode(frame(id, 'reset', {}) + frame(id, 'snapshot', snapshot)),
      });
    };
    for (const name of wireEventNames) {
      hub.subscribe(name, (payload) => {
        if (name === 'models:sampled') tick = (payload as HubEvents['models:sampled']).tick;
        take(name, payload);
      });
    }
    hub.setModels([simulatedModel({ modelId: 'a' })]);
    for (const step of steps) {
      const [first] = hub.models();
      if (step.kind === 'scan') hub.setModels(step.names.map((modelId) => simulatedModel({ modelId })));
      else if (step.kind === 'say' && first) hub.update(first.modelId, { errorMessage: step.message });
      else if (step.kind === 'sample') {
        const value = { tokensPerSecond: step.value, memoryGb: step.value, latencyMs: step.value };
        hub.sample(first ? { [first.modelId]: value } : {});
      }
    }
    return recorded;
  }

  it('knows a prefix of what happened after each message, and all of it at the end', async () => {
    const connection = fc.record({
      /** How far the hub is when the reader comes, as a share of what is left. */
      progress: fc.double({ min: 0, max: 1, noNaN: true }),
      /** Bytes until the connection breaks. */
      cutAt: fc.nat(3000),
      chunk: fc.integer({ min: 1, max: 200 }),
      /** How many messages the hub can replay. */
      ring: fc.nat(8),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 25 }),
        fc.array(connection, { maxLength: 5 }),
        async (steps, connections) => {
          const recorded = record(steps);
          let reached = 0;
          let turn = 0;
          const send = async (_: unknown, init?: RequestInit): Promise<Response> => {
            const plan = connections[turn++];
            const last = new Headers(init?.headers).get('last-event-id');
            const end = plan
              ? Math.floor(reached + (recorded.length - 1 - reached) * plan.progress)
              : recorded.length - 1;
            reached = end;
            const seq = last === null ? -1 : Number(last.slice(2));
            const replayable = last !== null && seq <= end && seq >= end - (plan?.ring ?? 0);
            const parts = replayable
              ? recorded.slice(seq + 1, end + 1).map(({ bytes }) => bytes)
              : [recorded[end]!.snapshot];
            const all = Buffer.concat([encode('retry: 1\n\n'), ...parts]);
            const sent = plan ? all.subarray(0, plan.cutAt) : all;
            let offset = 0;
            const body = new ReadableStream<Uint8Array>({
              start: (controller) =>
                init!.signal!.addEventListener('abort', () => controller.error(new TypeError('aborted'))),
              pull: (controller) => {
                if (offset < sent.length)
                  controller.enqueue(sent.subarray(offset, (offset += plan?.chunk ?? 4096)));
                else if (plan) controller.error(new TypeError('cut'));
                else if (offset++ === sent.length) controller.enqueue(encode(':\n\n'));
              },
            });
            return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
          };
          const { clock, mirror, context } = transportContext('http://hub', send);
          const stop = new AbortController();
          const seen: number[] = [];
          const wrong: string[] = [];
          const done = sseTransport(context, stop.signal, {
            onMessage: ({ event }) => {
              if (event === 'reset') return;
              const seq = Number(mirror.lastEventId!.slice(2));
              seen.push(seq);
              if (known(mirror) !== recorded[seq]!.known) wrong.push(`at ${seq}: ${known(mirror)}`);
            },
          });
          for (let i = 0; i < 200 && seen.at(-1) !== recorded.length - 1; i++) {
            await new Promise((resolve) => setImmediate(resolve));
            await clock.advance(5000);
          }
          stop.abort();
          await done;
          expect(wrong).toEqual([]);
          expect(seen.at(-1)).toBe(recorded.length - 1);
          expect(seen).toEqual(seen.toSorted((a, b) => a - b));
          expect(clock.timerCount).toBe(0);
        },
      ),
      { numRuns: 500 },
    );
  }, 60_000);
});
