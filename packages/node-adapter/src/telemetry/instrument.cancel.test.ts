import { getEventListeners } from 'node:events';
import type { ModelCall } from '@corral/core';
import { SimulatedClock } from '@corral/core/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { instrument } from './instrument.js';
import { completion, done, finish, ModelServer, said, usage } from './model-server.fixture.js';

const prices = [{ model: 'mea*', inputUsdPer1M: 2, outputUsdPer1M: 10 }];
const body = JSON.stringify({ model: 'meadow', stream: true, messages: [] });
const asked = { method: 'POST', headers: { 'content-type': 'application/json' }, body } as const;

let server: ModelServer;
let calls: ModelCall[];
let measured: typeof fetch;
beforeEach(async () => {
  server = await ModelServer.start();
  calls = [];
  measured = instrument(fetch, { telemetry: { record: (call) => calls.push(call) }, prices });
});
afterEach(() => server.close());

const ask = (init: RequestInit = asked): Promise<Response> => measured(server.url, init);
const outcomes = (): string[] => calls.map(({ outcome }) => outcome);

describe('instrument, when a caller has had enough', () => {
  const endless = (): void => {
    server.answer = (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(said('a'));
    };
  };

  it.each([
    ['before an answer', () => {}],
    ['in the middle of one', endless],
  ])('counts an abort %s as cancelled, and closes the connection', async (_, prepare) => {
    server.answer = () => {};
    prepare();
    const controller = new AbortController();
    const reading = ask({ ...asked, signal: controller.signal }).then((response) => response.text());
    const refused = expect(reading).rejects.toMatchObject({ name: 'AbortError' });
    await vi.waitFor(() => expect(server.bodies).toHaveLength(1));
    await new Promise((resolve) => setTimeout(resolve, 20));
    controller.abort();
    await refused;
    await vi.waitFor(() => expect(server.brokenOff).toBe(1));
    expect(outcomes()).toEqual(['cancelled']);
  });

  it('counts a body that is let go of as cancelled, and closes the connection', async () => {
    endless();
    const reader = (await ask()).body?.getReader();
    await reader?.read();
    await reader?.cancel();
    await vi.waitFor(() => expect(server.brokenOff).toBe(1));
    expect(outcomes()).toEqual(['cancelled']);
  });

  it('counts an abort that nobody waits for', async () => {
    endless();
    const controller = new AbortController();
    await ask({ ...asked, signal: controller.signal });
    controller.abort();
    expect(outcomes()).toEqual(['cancelled']);
  });

  it('counts a time limit as failed', async () => {
    server.answer = () => {};
    await expect(ask({ ...asked, signal: AbortSignal.timeout(20) })).rejects.toMatchObject({
      name: 'TimeoutError',
    });
    expect(outcomes()).toEqual(['failed']);
  });

  it('counts an answer as good that was let go of when all of it was there', async () => {
    server.answer = (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(said('a') + finish + usage + done);
    };
    const reader = (await ask()).body?.getReader();
    await reader?.read();
    await reader?.cancel();
    expect(calls).toEqual([expect.objectContaining({ outcome: 'ok', outputTokens: 12 })]);
  });

  it('leaves nothing on a signal that outlives the call', async () => {
    const { signal } = new AbortController();
    const upstream = async (): Promise<Response> => Response.json(completion);
    const telemetry = { record: (call: ModelCall) => calls.push(call) };
    const measuring = instrument(upstream, { telemetry }) as typeof fetch;
    for (let i = 0; i < 5; i++) await (await measuring(server.url, { ...asked, signal })).text();
    expect([calls.length, getEventListeners(signal, 'abort').length]).toEqual([5, 0]);
  });

  describe('with a client that has a fetch function and a time limit of its own', () => {
    const timed = (upstream: typeof fetch, clock: SimulatedClock) => {
      const withOptions = (options: { readonly fetch: typeof fetch }) => ({ ...client, ...options });
      const client = {
        chat: { completions: { create: () => {} } },
        timeout: 1000,
        fetch: upstream,
        withOptions,
      };
      return instrument(client, { telemetry: { record: (call) => calls.push(call) }, clock });
    };

    it('calls that function', async () => {
      const upstream = vi.fn(async () => Response.json(completion));
      await (await timed(upstream, new SimulatedClock()).fetch(server.url, asked)).text();
      expect(upstream).toHaveBeenCalledWith(server.url, asked);
      expect(outcomes()).toEqual(['ok']);
    });

    it.each([
      ['before its time is over', 500, false, 'cancelled'],
      ['when its time is over', 1000, false, 'failed'],
      ['in the middle of an answer, however late', 5000, true, 'cancelled'],
    ])('takes an abort %s for what it is', async (_, afterMs, hasAnswer, outcome) => {
      const clock = new SimulatedClock();
      const controller = new AbortController();
      const upstream = async (): Promise<Response> => {
        if (hasAnswer) return new Response(new ReadableStream());
        clock.block(afterMs);
        controller.abort();
        throw controller.signal.reason;
      };
      const asking = timed(upstream, clock).fetch(server.url, { ...asked, signal: controller.signal });
      await (hasAnswer ? asking : expect(asking).rejects.toMatchObject({ name: 'AbortError' }));
      clock.block(afterMs);
      controller.abort();
      expect(outcomes()).toEqual([outcome]);
    });
  });
});
