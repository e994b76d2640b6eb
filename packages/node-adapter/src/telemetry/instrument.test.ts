import type { ModelCall } from '@corral/core';
import { SimulatedClock } from '@corral/core/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { instrument } from './instrument.js';
import {
  completion,
  done,
  finish,
  ModelServer,
  said,
  streamed,
  usage,
  whole,
} from './model-server.fixture.js';

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
const recorded = () => vi.waitFor(() => expect(calls).toHaveLength(1));
const outcomes = (): string[] => calls.map(({ outcome }) => outcome);

describe('instrument(fetch)', () => {
  it('measures a streamed answer, and passes it on as it came', async () => {
    const text = [': ping\n\n', said('Hel'), said('lo'), finish, usage, done];
    server.answer = streamed(...text);
    const response = await ask();
    expect(await response.text()).toBe(text.join(''));
    expect(calls).toEqual([
      {
        model: 'meadow',
        provider: server.host,
        outcome: 'ok',
        latencyMs: expect.any(Number),
        ttftMs: expect.any(Number),
        inputTokens: 30,
        outputTokens: 12,
        tokensPerSecond: calls[0]?.tokensPerSecond,
        costUsd: (30 * 2 + 12 * 10) / 1e6,
        price: { inputUsdPer1M: 2, outputUsdPer1M: 10 },
      },
    ]);
    expect(calls[0]?.latencyMs).toBeGreaterThan(0);
    expect(calls[0]?.ttftMs).toBeLessThanOrEqual(calls[0]?.latencyMs ?? 0);
    expect(server.bodies).toEqual([body]);
  });

  it('measures from the request to the first text, not to headers or pings, and the speed after it', async () => {
    const clock = new SimulatedClock();
    const passed: ReadableStreamDefaultController<Uint8Array>[] = [];
    const upstream = async (): Promise<Response> => {
      clock.block(10);
      const stream = new ReadableStream<Uint8Array>({ start: (controller) => void passed.push(controller) });
      return new Response(stream, { headers: { 'content-type': 'text/event-stream' } });
    };
    const telemetry = { record: (call: ModelCall) => calls.push(call) };
    const timed = instrument(upstream, { telemetry, clock }) as typeof fetch;
    const reader = (await timed('https://api.openai.com/v1/chat/completions', asked)).body?.getReader();
    const pieces = [': ping\n\n', said(''), said('a'), said('b'), finish, usage, done];
    for (const [i, piece] of pieces.entries()) {
      clock.block(100 * (i + 1));
      passed[0]?.enqueue(new TextEncoder().encode(piece));
      await reader?.read();
    }
    passed[0]?.close();
    await reader?.read();
    // 10 + 100 + 200 + 300, then 400 to the last text, then 500 + 600 + 700.
    const speed = (12 - 1) / 0.4;
    expect(calls).toEqual([
      expect.objectContaining({ provider: 'openai', ttftMs: 610, latencyMs: 2810, tokensPerSecond: speed }),
    ]);
    expect(calls[0]).toMatchObject({ outcome: 'ok', costUsd: null, price: null });
  });

  it('measures an answer in one piece', async () => {
    server.answer = whole(completion);
    const response = await ask();
    expect(await response.json()).toEqual(completion);
    expect(calls).toEqual([
      expect.objectContaining({
        model: 'meadow',
        outcome: 'ok',
        ttftMs: null,
        inputTokens: 30,
        outputTokens: 12,
      }),
    ]);
  });

  it('measures embeddings, which have no output tokens', async () => {
    const rows = Array.from({ length: 200 }, (_, index) => ({ index, embedding: Array(300).fill(0.125) }));
    const answer = { object: 'list', data: rows, model: 'x', usage: { prompt_tokens: 8, total_tokens: 8 } };
    server.answer = whole(answer);
    const response = await measured(`http://${server.host}/v1/embeddings`, asked);
    expect(await response.json()).toEqual(answer);
    expect(calls).toEqual([expect.objectContaining({ outcome: 'ok', inputTokens: 8, outputTokens: 0 })]);
  });

  it('knows the model of a Request, and of an answer where the request hides it', async () => {
    server.answer = whole(completion);
    await (await measured(new Request(server.url, asked))).text();
    await recorded();
    await (await ask({ ...asked, body: new TextEncoder().encode(body) })).text();
    expect(calls.map(({ model }) => model)).toEqual(['meadow', 'meadow-2026-01-01']);
    expect(server.bodies).toEqual([body, body]);
  });

  it('tells no folder of a model that is called by its path', async () => {
    server.answer = whole(completion);
    await (await ask({ ...asked, body: '{"model":"/home/someone/models/meadow.gguf"}' })).text();
    expect(calls[0]?.model).toBe('meadow.gguf');
  });

  it('keeps everything of the answer but its body', async () => {
    server.answer = (response) => response.writeHead(201, 'Made', { 'x-herd': '7' }).end('{}');
    const response = await ask();
    const plain = await fetch(server.url, asked);
    const facts = ({ status, statusText, url, redirected, type, ok }: Response) => ({
      status,
      statusText,
      url,
      redirected,
      type,
      ok,
    });
    expect(facts(response)).toEqual(facts(plain));
    expect(response.headers.get('x-herd')).toBe('7');
    await Promise.all([response.text(), plain.text()]);
  });

  it.each([400, 401, 404, 429, 500, 503])(
    'counts status %i as failed, and passes its body on',
    async (status) => {
      const error = { error: { message: 'No', code: status } };
      server.answer = whole(error, status);
      const response = await ask();
      expect([response.status, await response.json()]).toEqual([status, error]);
      expect(outcomes()).toEqual(['failed']);
    },
  );

  it('counts a server that cannot be reached as failed, and throws what fetch threw', async () => {
    const { url } = server;
    await server.close();
    await expect(measured(url, asked)).rejects.toThrow(TypeError);
    expect(outcomes()).toEqual(['failed']);
    expect(calls[0]).toMatchObject({ model: 'meadow', ttftMs: null, costUsd: null });
    server = await ModelServer.start();
  });

  it.each([
    ['an error in the stream', [said('a'), 'data: {"error":{"code":500,"message":"no"}}\n\n']],
    ['an error as Ollama words it', [said('a'), 'data: {"error":"no"}\n\n', done]],
    ['a stream without a finish', [said('a'), said('b')]],
    ['a stream of nothing', []],
  ])('F75 counts %s as failed', async (_, pieces) => {
    server.answer = streamed(...pieces);
    expect(await (await ask()).text()).toBe(pieces.join(''));
    expect(outcomes()).toEqual(['failed']);
  });

  it.each(['<html>Sign in</html>', '{"error":"no"}', '{"choices":[', 'null', ''])(
    'counts %j as failed',
    async (text) => {
      server.answer = (response) => response.end(text);
      expect(await (await ask()).text()).toBe(text);
      expect(outcomes()).toEqual(['failed']);
    },
  );

  it('F75 counts a connection that breaks as failed, and breaks for its reader, too', async () => {
    server.answer = (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(said('a'), () => setTimeout(() => response.destroy(), 20));
    };
    const response = await ask();
    await expect(response.text()).rejects.toThrow(TypeError);
    expect(outcomes()).toEqual(['failed']);
  });

  it('F75 counts an answer in one piece as failed that breaks off, whatever it looks like', async () => {
    server.answer = (response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '9999' });
      response.write(JSON.stringify(completion), () => setTimeout(() => response.destroy(), 20));
    };
    await expect((await ask()).text()).rejects.toThrow(TypeError);
    expect(outcomes()).toEqual(['failed']);
  });

  it('counts a connection that breaks while nobody reads', async () => {
    server.answer = (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(said('a'), () => setTimeout(() => response.destroy(), 20));
    };
    const response = await ask();
    await recorded();
    expect(outcomes()).toEqual(['failed']);
    await expect(response.text()).rejects.toThrow(TypeError);
  });

  it('reads no faster than its reader', async () => {
    let pulls = 0;
    const upstream = async (): Promise<Response> => {
      const stream = new ReadableStream<Uint8Array>(
        { pull: (controller) => controller.enqueue(new Uint8Array(1000).fill((pulls += 1))) },
        { highWaterMark: 0 },
      );
      return new Response(stream, { headers: { 'content-type': 'text/event-stream' } });
    };
    const slow = instrument(upstream, { telemetry: { record: () => {} } }) as typeof fetch;
    const reader = (await slow(server.url, asked)).body?.getReader();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(pulls).toBe(0);
    for (const read of [1, 2, 3]) {
      const { value } = (await reader?.read()) ?? {};
      await new Promise((resolve) => setTimeout(resolve, 5));
      expect([pulls, value?.[0], value?.length]).toEqual([read, read, 1000]);
    }
    await reader?.cancel();
  });

  it('passes pieces of a shared buffer on without taking it away, and leaves out empty ones', async () => {
    // Small buffers of Node are pieces of one.
    const pieces = [said('Hel'), '', said('lo'), finish].map((text) => Buffer.from(text));
    const upstream = async (): Promise<Response> => {
      const headers = { 'content-type': 'text/event-stream' };
      const start = (controller: ReadableStreamDefaultController<Uint8Array>): void => {
        for (const piece of pieces) controller.enqueue(piece);
        controller.close();
      };
      return new Response(new ReadableStream({ start }), { headers });
    };
    const telemetry = { record: (call: ModelCall) => calls.push(call) };
    const response = await (instrument(upstream, { telemetry }) as typeof fetch)(server.url, asked);
    expect(await response.text()).toBe(said('Hel') + said('lo') + finish);
    expect(outcomes()).toEqual(['ok']);
    expect(pieces.map(String)).toEqual([said('Hel'), '', said('lo'), finish]);
  });

  it('fills a buffer that its reader brings', async () => {
    server.answer = whole(completion);
    const reader = (await ask()).body?.getReader({ mode: 'byob' });
    let text = '';
    for (;;) {
      const { value, done: isOver } = (await reader?.read(new Uint8Array(16))) ?? { done: true };
      if (isOver) break;
      text += new TextDecoder().decode(value);
    }
    expect(JSON.parse(text)).toEqual(completion);
    expect(outcomes()).toEqual(['ok']);
  });

  it.each([
    ['GET', '/v1/models'],
    ['GET', '/v1/chat/completions'],
    ['POST', '/v1/chat/completions/c1'],
    ['POST', '/tokenize'],
    ['POST', '/v1/responses/r1/cancel'],
  ])('leaves %s %s alone', async (method, path) => {
    const answer = new Response('{}');
    const upstream = vi.fn(async () => answer);
    const plain = instrument(upstream, {
      telemetry: { record: () => expect.fail('recorded') },
    }) as unknown as typeof fetch;
    const init = { method };
    expect(await plain(`http://meadow${path}`, init)).toBe(answer);
    expect(upstream).toHaveBeenCalledWith(`http://meadow${path}`, init);
  });

  it.each([
    ['https://api.anthropic.com/v1/chat/completions', 'anthropic'],
    ['https://api.openai.com/v1/responses', 'openai'],
    ['https://generativelanguage.googleapis.com/v1beta/openai/chat/completions', 'google'],
    ['https://api.moonshot.cn/v1/chat/completions', 'kimi'],
    ['https://api.moonshot.ai/v1/chat/completions', 'kimi'],
    ['https://api.deepseek.com/chat/completions', 'deepseek'],
    ['https://api.openai.com.meadow.test/v1/completions', 'api.openai.com.meadow.test'],
    ['http://127.0.0.1:8080/v1/completions', '127.0.0.1:8080'],
  ])('says who serves %s', async (url, provider) => {
    const upstream = async (): Promise<Response> => Response.json(completion);
    const telemetry = { record: (call: ModelCall) => calls.push(call) };
    await (await (instrument(upstream, { telemetry }) as typeof fetch)(url, asked)).text();
    const named = instrument(upstream, { telemetry, provider: 'mine' }) as typeof fetch;
    await (await named(url, asked)).text();
    expect(calls.map((call) => call.provider)).toEqual([provider, 'mine']);
  });

  it('breaks nothing when telemetry does', async () => {
    server.answer = whole(completion);
    const record = vi.fn(() => {
      throw new Error('no');
    });
    const response = await instrument(fetch, { telemetry: { record } })(server.url, asked);
    expect(await response.json()).toEqual(completion);
    expect(record).toHaveBeenCalledOnce();
  });

  it('keeps no more than a bounded copy of an answer in one piece, and counts it all the same', async () => {
    const large = `{"data":"${'x'.repeat(9 * 1024 * 1024)}","usage":{"prompt_tokens":1}}`;
    server.answer = (response) => response.end(large);
    expect((await (await ask()).text()).length).toBe(large.length);
    expect(calls).toEqual([expect.objectContaining({ outcome: 'ok', inputTokens: null, costUsd: null })]);
  });

  it('refuses what it cannot measure, and prices that are none', () => {
    const telemetry = { record: () => {} };
    for (const client of [{}, { chat: {} }, { chat: { completions: { create: () => {} } } }])
      expect(() => instrument(client, { telemetry })).toThrow(
        expect.objectContaining({ code: 'invalid_option' }),
      );
    const bad = [{ model: 'a', inputUsdPer1M: -1, outputUsdPer1M: 0 }];
    expect(() => instrument(fetch, { telemetry, prices: bad })).toThrow(
      expect.objectContaining({ code: 'invalid_option' }),
    );
  });
});
