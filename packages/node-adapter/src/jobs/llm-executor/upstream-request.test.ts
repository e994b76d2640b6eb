import { systemClock } from '@corral/core';
import { SimulatedClock } from '@corral/core/testing';
import { Client } from 'undici';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  beginStream,
  type ModelAnswer,
  type ModelServer,
  piece,
  startModelServer,
} from './model-server.fixture.js';
import { UpstreamFailure } from './upstream-failure.js';
import { type UpstreamRequest, upstreamRequest } from './upstream-request.js';

const servers: ModelServer[] = [];
const open = async (...answers: readonly ModelAnswer[]): Promise<ModelServer> => {
  const server = await startModelServer(...answers);
  servers.push(server);
  return server;
};

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

const ask = (server: { readonly url: string }, more: Partial<UpstreamRequest> = {}) =>
  upstreamRequest(new Client(server.url), {
    path: '/v1/chat/completions',
    apiKey: null,
    body: '{}',
    signal: new AbortController().signal,
    clock: systemClock,
    silenceMs: 60_000,
    timeoutMs: 60_000,
    maxBytes: 1024 * 1024,
    onEvents: () => {},
    ...more,
  });

const failureOf = async (request: Promise<unknown>): Promise<UpstreamFailure> => {
  const failure = await request.catch((error: unknown) => error);
  if (!(failure instanceof UpstreamFailure)) throw new Error('Expected it to fail');
  return failure;
};

/** Streams until the connection ends, and longer. */
const streamsForever: ModelAnswer = (response) => {
  beginStream(response);
  const timer = setInterval(() => response.write(piece('word ')), 1);
  response.once('close', () => clearInterval(timer));
};

describe('upstreamRequest', () => {
  it('has heard enough of a refusal that never ends', async () => {
    const server = await open((response) => {
      response.writeHead(500, { 'content-type': 'text/plain' });
      const timer = setInterval(() => response.write('no '.repeat(10_000)), 1);
      response.once('close', () => clearInterval(timer));
    });
    const { status, text } = await ask(server, { maxBytes: 1024 ** 3 });
    expect([status, text.length < 200_000]).toEqual([500, true]);
    await vi.waitFor(() => expect(server.openSockets).toBe(0), { timeout: 10_000 });
  });

  it('F73: closes the socket at once when it is called off, wherever it is', async () => {
    const server = await open(streamsForever);
    const round = async (): Promise<number> => {
      const latenciesMs: number[] = [];
      for (let turn = 0; turn < 70; turn++) {
        const before = server.closedMs.length;
        const controller = new AbortController();
        const failure = failureOf(ask(server, { signal: controller.signal }));
        // A third at once, a third about when the headers come, a third in the middle.
        const waitMs = turn % 3 === 0 ? 0 : turn % 3 === 1 ? Math.random() * 3 : 3 + Math.random() * 10;
        if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
        const hadSocket = server.openSockets > 0;
        const abortedMs = performance.now();
        controller.abort();
        expect((await failure).reason).toBe('aborted');
        if (!hadSocket) continue;
        await vi.waitFor(() => expect(server.closedMs.length).toBeGreaterThan(before), {
          interval: 1,
          timeout: 5000,
        });
        latenciesMs.push((server.closedMs.at(-1) ?? 0) - abortedMs);
      }
      await vi.waitFor(() => expect(server.openSockets).toBe(0), { interval: 5, timeout: 10_000 });
      latenciesMs.sort((a, b) => a - b);
      return latenciesMs[Math.floor(latenciesMs.length * 0.99)] ?? Number.POSITIVE_INFINITY;
    };
    // The machine may be busy with others: the best of three rounds counts.
    let p99Ms = await round();
    for (let more = 0; more < 2 && p99Ms > 100; more++) p99Ms = Math.min(p99Ms, await round());
    expect(p99Ms).toBeLessThanOrEqual(100);
  });

  it('sends nothing when it was called off before', async () => {
    const server = await open(streamsForever);
    const failure = await failureOf(ask(server, { signal: AbortSignal.abort() }));
    expect([failure.reason, failure.wasSent, server.asked]).toEqual(['aborted', false, []]);
  });

  it('knows whether the server may have got the request', async () => {
    const cuts = await open((response) => response.socket?.destroy());
    const cut = await failureOf(ask(cuts));
    expect([cut.reason, cut.wasSent]).toEqual(['cut', true]);
    const gone = await open();
    await gone.close();
    const unreachable = await failureOf(ask(gone));
    expect([unreachable.reason, unreachable.wasSent]).toEqual(['unreachable', false]);
  });

  it('gives up a server that says nothing, and one that talks for too long', async () => {
    const server = await open((response) => {
      beginStream(response);
      response.write(piece('a'));
    });
    for (const [silenceMs, timeoutMs, reason] of [
      [300_000, 1_800_000, 'silent'],
      [300_000, 200_000, 'too_slow'],
    ] as const) {
      const clock = new SimulatedClock();
      let hasBegun = false;
      const onEvents = (): void => {
        hasBegun = true;
      };
      const failure = failureOf(ask(server, { clock, silenceMs, timeoutMs, onEvents }));
      await vi.waitFor(() => expect(hasBegun).toBe(true), { timeout: 10_000 });
      await clock.advance(Math.min(silenceMs, timeoutMs) - 1);
      expect(clock.timerCount).toBe(1);
      await clock.advance(1);
      expect((await failure).reason).toBe(reason);
      expect(clock.timerCount).toBe(0);
    }
  });

  it('waits on while something comes, be it pings alone', async () => {
    const server = await open((response) => {
      beginStream(response);
      response.write(': ping\n\n');
      servers[0]?.behave();
      const timer = setInterval(() => response.write(': ping\n\n'), 5);
      response.once('close', () => clearInterval(timer));
    });
    const clock = new SimulatedClock();
    const controller = new AbortController();
    const failure = failureOf(ask(server, { clock, silenceMs: 1000, signal: controller.signal }));
    let pings = 0;
    for (let turn = 0; turn < 5; turn++) {
      await new Promise((resolve) => setTimeout(resolve, 30));
      await clock.advance(900);
      pings++;
    }
    controller.abort();
    expect([(await failure).reason, pings]).toEqual(['aborted', 5]);
  });

  it('takes no more than its cap, nothing encoded, and follows no redirect', async () => {
    const large = await open((response) => {
      beginStream(response);
      response.end('x'.repeat(5000));
    });
    expect((await failureOf(ask(large, { maxBytes: 4000 }))).reason).toBe('too_large');
    const packed = await open((response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' });
      response.end('x');
    });
    expect((await failureOf(ask(packed))).reason).toBe('encoded');
    const moved = await open((response) => {
      response.writeHead(307, { location: large.url });
      response.end();
    });
    large.asked.length = 0;
    expect([(await ask(moved)).status, large.asked]).toEqual([307, []]);
  });

  it('reads a refusal with its beginning and when to come again', async () => {
    const server = await open((response) => {
      response.writeHead(429, { 'retry-after': '3' });
      response.end('y'.repeat(200_000));
    });
    const { status, text, retryAfterMs, isStream } = await ask(server);
    expect([status, retryAfterMs, isStream]).toEqual([429, 3000, false]);
    expect(text.length).toBeLessThanOrEqual(200_000 - 1);
  });
});
