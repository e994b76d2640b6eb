import type { ModelCall } from '@corral/core';
import OpenAI from 'openai';
import { afterEach, beforeEach, describe, expect, expectTypeOf, it, vi } from 'vitest';
import { instrument } from './instrument.js';
import {
  chunk,
  completion,
  done,
  finish,
  ModelServer,
  said,
  streamed,
  usage,
  whole,
} from './model-server.fixture.js';

const messages = [{ role: 'user', content: 'Hello' }] as const;

let server: ModelServer;
let calls: ModelCall[];
let client: OpenAI;
beforeEach(async () => {
  server = await ModelServer.start();
  calls = [];
  client = clientOf();
});
afterEach(() => server.close());

function clientOf(options: { readonly timeout?: number; readonly maxRetries?: number } = {}): OpenAI {
  const plain = new OpenAI({ apiKey: 'k', baseURL: `http://${server.host}/v1`, maxRetries: 0, ...options });
  const measured = instrument(plain, {
    telemetry: { record: (call) => calls.push(call) },
    provider: 'openai',
  });
  expectTypeOf(measured).toEqualTypeOf<OpenAI>();
  expect(measured).not.toBe(plain);
  return measured;
}
const stream = (signal?: AbortSignal) =>
  client.chat.completions.create(
    { model: 'meadow', messages: [...messages], stream: true },
    { signal: signal ?? null },
  );
const outcomes = (): string[] => calls.map(({ outcome }) => outcome);

describe('instrument(OpenAI client)', () => {
  it('measures an answer in one piece', async () => {
    server.answer = whole(completion);
    const answer = await client.chat.completions.create({ model: 'meadow', messages: [...messages] });
    expect(answer.choices[0]?.message.content).toBe('Hello');
    expect(calls).toEqual([
      expect.objectContaining({
        model: 'meadow',
        provider: 'openai',
        outcome: 'ok',
        inputTokens: 30,
        outputTokens: 12,
      }),
    ]);
  });

  it('measures a stream', async () => {
    server.answer = streamed(said('Hel'), said('lo'), finish, usage, done);
    let text = '';
    for await (const piece of await stream()) text += piece.choices[0]?.delta.content ?? '';
    expect(text).toBe('Hello');
    expect(calls).toEqual([
      expect.objectContaining({ outcome: 'ok', outputTokens: 12, ttftMs: expect.any(Number) }),
    ]);
  });

  it('measures responses and embeddings', async () => {
    const response = { object: 'response', id: 'r', status: 'completed', model: 'm', output: [] };
    server.answer = whole({ ...response, usage: { input_tokens: 3, output_tokens: 4, total_tokens: 7 } });
    await client.responses.create({ model: 'meadow', input: 'Hello' });
    server.answer = whole({
      object: 'list',
      data: [],
      model: 'm',
      usage: { prompt_tokens: 5, total_tokens: 5 },
    });
    await client.embeddings.create({ model: 'prairie', input: 'Hello', encoding_format: 'float' });
    expect(
      calls.map(({ model, outcome, inputTokens, outputTokens }) => [
        model,
        outcome,
        inputTokens,
        outputTokens,
      ]),
    ).toEqual([
      ['meadow', 'ok', 3, 4],
      ['prairie', 'ok', 5, 0],
    ]);
  });

  it('measures responses that are streamed', async () => {
    const ended = {
      object: 'response',
      status: 'completed',
      output: [],
      usage: { input_tokens: 3, output_tokens: 4 },
    };
    server.answer = streamed(
      chunk({ type: 'response.output_text.delta', delta: 'Hello', sequence_number: 1 }),
      chunk({ type: 'response.completed', response: ended, sequence_number: 2 }),
    );
    for await (const event of await client.responses.create({ model: 'meadow', input: 'Hi', stream: true }))
      expect(event.type).toMatch(/^response\./);
    expect(calls).toEqual([
      expect.objectContaining({ outcome: 'ok', inputTokens: 3, ttftMs: expect.any(Number) }),
    ]);
  });

  it('counts every try of a call that it tries again', async () => {
    client = clientOf({ maxRetries: 1 });
    server.answer = (response) => {
      server.answer = whole(completion);
      response.writeHead(503, { 'retry-after-ms': '1' }).end('{}');
    };
    await client.chat.completions.create({ model: 'meadow', messages: [...messages] });
    expect(outcomes()).toEqual(['failed', 'ok']);
  });

  it('counts an error in a stream as failed, and lets the client throw it', async () => {
    server.answer = streamed(said('a'), chunk({ error: { message: 'no', code: 500 } }));
    const reading = (async () => {
      for await (const piece of await stream()) expect(piece.choices).toHaveLength(1);
    })();
    await expect(reading).rejects.toThrow();
    expect(outcomes()).toEqual(['failed']);
  });

  it.each([
    ['leaves the loop', undefined],
    ['aborts', new AbortController()],
  ])('counts a stream as cancelled whose reader %s, and closes the connection', async (_, controller) => {
    server.answer = (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(said('a'));
    };
    for await (const piece of await stream(controller?.signal)) {
      expect(piece.choices).toHaveLength(1);
      if (!controller) break;
      controller.abort();
    }
    await vi.waitFor(() => expect(server.brokenOff).toBe(1));
    expect(outcomes()).toEqual(['cancelled']);
  });

  it('counts a call that the client gave up for its time limit as failed', async () => {
    client = clientOf({ timeout: 300 });
    server.answer = () => {};
    const asking = client.chat.completions.create({ model: 'meadow', messages: [...messages] });
    await expect(asking).rejects.toBeInstanceOf(OpenAI.APIConnectionTimeoutError);
    expect(outcomes()).toEqual(['failed']);
  });

  it('leaves other requests alone', async () => {
    server.answer = whole({ object: 'list', data: [{ id: 'meadow' }] });
    expect((await client.models.list()).data).toEqual([{ id: 'meadow' }]);
    expect(calls).toEqual([]);
  });
});
