import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CompletionStream } from './completion-stream.js';
import { SseDataReader } from './sse-data.js';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Feeds a text in one piece, a millisecond after another; answers the stream and what was said. */
function streamed(pieces: readonly string[]): { stream: CompletionStream; said: string } {
  let nowMs = 100;
  let said = '';
  const stream = new CompletionStream({
    now: () => nowMs,
    startedMs: 100,
    onText: (text) => {
      said += text;
    },
  });
  for (const piece of pieces) {
    nowMs += 10;
    stream.push(bytesOf(piece));
  }
  stream.end();
  return { stream, said };
}

const delta = (facts: object): string => `data: ${JSON.stringify({ choices: [{ delta: facts }] })}\n\n`;
const finish = 'data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\n';

describe('SseDataReader', () => {
  /** Lines of every kind, with every kind of end, and characters of one to four bytes. */
  const line = fc.oneof(
    fc.constantFrom(
      '',
      'data',
      'data:',
      ': ping',
      'event: x',
      'id: 7',
      'data: [DONE]',
      '{"bare":1}',
      'error: {}',
    ),
    fc.string({ unit: 'grapheme', maxLength: 12 }).map((text) => `data: ${text}`),
    fc.constantFrom('data: ü', 'data:  €', 'data: 😀'),
  );
  const text = fc
    .array(fc.tuple(line, fc.constantFrom('\n', '\r\n', '\r', '')), { maxLength: 20 })
    .map((lines) => lines.map(([content, end]) => content + end).join(''));

  it('reads the same events however the bytes are cut', () => {
    fc.assert(
      fc.property(
        text,
        fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 40 }),
        (all, sizes) => {
          const whole = new SseDataReader();
          const expected = [...whole.push(bytesOf(all)), ...whole.end()];
          const cut = new SseDataReader();
          const bytes = bytesOf(all);
          const events: string[] = [];
          for (let at = 0, turn = 0; at < bytes.length; turn++) {
            const size = sizes[turn % sizes.length] ?? 1;
            events.push(...cut.push(bytes.subarray(at, at + size)));
            at += size;
          }
          expect([...events, ...cut.end()]).toEqual(expected);
        },
      ),
      { numRuns: 500 },
    );
  });

  it.each([
    ['LF', 'data: a\n\ndata: b\n\n', ['a', 'b']],
    ['CRLF', 'data: a\r\n\r\ndata: b\r\n\r\n', ['a', 'b']],
    ['CR', 'data: a\r\rdata: b\r\r', ['a', 'b']],
    ['several data lines', 'data: a\ndata:b\ndata:  c\n\n', ['a\nb\n c']],
    ['comments and other fields', ': ping\n\nevent: x\nid: 1\nretry: 5\ndata: a\n\n', ['a']],
    ['no blank line at the end', 'data: a\n\ndata: b', ['a', 'b']],
    [
      'an error of an old llama-server',
      'data: a\n\nerror: {"code":500}\n\n',
      ['a', '{"error":{"code":500}}'],
    ],
    ['a bare JSON line', 'data: a\n\n{"error":"gone"}\n', ['a', '{"error":"gone"}']],
  ])('reads %s', (_what, all, events) => {
    const reader = new SseDataReader();
    expect([...reader.push(bytesOf(all)), ...reader.end()]).toEqual(events);
  });

  it('stops reading at a line that never ends', () => {
    const reader = new SseDataReader();
    reader.push(bytesOf('data: '));
    const piece = bytesOf('x'.repeat(1024 * 1024));
    for (let turn = 0; turn < 5; turn++) reader.push(piece);
    expect([reader.isTooLong, reader.push(bytesOf('\n\ndata: a\n\n')), reader.end()]).toEqual([true, [], []]);
  });
});

describe('CompletionStream', () => {
  it('takes neither pings nor roles nor progress for a first token, and keeps reasoning and text apart', () => {
    const { stream, said } = streamed([
      ': ping\n\n',
      delta({ role: 'assistant', content: null }),
      'data: {"choices":[{"delta":{"role":"assistant"}}],"prompt_progress":{"total":9}}\n\n',
      delta({ content: '' }),
      delta({ reasoning_content: 'Hm' }),
      delta({ content: 'Hel' }),
      delta({ content: 'lo' }),
      finish,
      'data: {"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":5}}\n\n',
      'data: [DONE]\n\n',
    ]);
    expect(said).toBe('Hello');
    expect([stream.ttftMs, stream.reasoningTtftMs, stream.contentTtftMs]).toEqual([50, 50, 60]);
    // Four more tokens in the 20 ms between the first and the last piece.
    expect([stream.tokens, stream.tokensPerSecond]).toEqual([{ inputTokens: 7, outputTokens: 5 }, 200]);
    expect([stream.finishReason, stream.isComplete, stream.error]).toEqual(['stop', true, null]);
  });

  it('takes a tool call, and reasoning by its other name, for a first token', () => {
    const call = streamed([delta({ tool_calls: [{ index: 0 }] })]);
    expect([call.stream.ttftMs, call.stream.contentTtftMs]).toEqual([10, null]);
    expect(streamed([delta({ reasoning: 'Hm' })]).stream.reasoningTtftMs).toBe(10);
  });

  it('takes the last timings of llama.cpp, with what came from its cache, where there is no usage', () => {
    const timed = (predicted: number): string =>
      `data: ${JSON.stringify({ choices: [{ delta: { content: 'a' } }], timings: { cache_n: 3, prompt_n: 4, predicted_n: predicted } })}\n\n`;
    const { stream } = streamed([timed(1), timed(4)]);
    expect(stream.tokens).toEqual({ inputTokens: 7, outputTokens: 4 });
    expect([stream.isComplete, stream.finishReason]).toEqual([false, null]);
  });

  it('takes the speed that llama.cpp measured, and knows none where all came at once', () => {
    const timings = { prompt_n: 4, predicted_n: 50, predicted_ms: 500 };
    const piece = delta({ content: 'a' });
    const counted = `data: ${JSON.stringify({ choices: [], usage: { completion_tokens: 50 } })}\n\n`;
    const timed = `data: ${JSON.stringify({ choices: [], timings })}\n\n`;
    expect(streamed([piece, piece, timed]).stream.tokensPerSecond).toBe(100);
    expect(streamed([piece, piece, counted]).stream.tokensPerSecond).toBe(4900);
    expect(streamed([piece + piece + piece, counted]).stream.tokensPerSecond).toBeNull();
  });

  it('knows no tokens where the server counts none, however many pieces came', () => {
    const { stream } = streamed([delta({ content: 'a' }), delta({ content: 'b' }), finish]);
    expect([stream.tokens, stream.tokensPerSecond, stream.isComplete]).toEqual([null, null, true]);
  });

  it.each([
    ['an object', 'data: {"error":{"code":500,"message":"broken","type":"server_error"}}\n\n', 500],
    ['a text, as Ollama has it', 'data: {"error":"broken"}\n\n', null],
    ['a text in a line of its own', '{"error":"broken"}\n', null],
    ['a field of its own', 'error: {"code":503,"message":"broken"}\n\n', 503],
    ['an event of the responses API', 'data: {"type":"error","message":"broken"}\n\n', null],
  ])('takes an error in the middle for a failure: %s', (_form, event, status) => {
    const { stream } = streamed([delta({ content: 'a' }), event, 'data: [DONE]\n\n']);
    expect(stream.error).toMatchObject({ message: 'broken', status });
    expect(stream.isComplete).toBe(false);
  });

  it('takes an end without a reason and without [DONE] for cut off', () => {
    expect(streamed([delta({ content: 'a' })]).stream.isComplete).toBe(false);
    expect(streamed([delta({ content: 'a' }), 'data: [DONE]']).stream.isComplete).toBe(true);
  });

  it('reads the forms of the other two APIs', () => {
    const plain = streamed(['data: {"choices":[{"text":"Hi","finish_reason":"length"}]}\n\n']);
    expect([plain.said, plain.stream.finishReason, plain.stream.ttftMs]).toEqual(['Hi', 'length', 10]);
    const response = streamed([
      'event: response.created\ndata: {"type":"response.created","response":{"status":"in_progress"}}\n\n',
      'data: {"type":"response.output_text.delta","delta":"Hi"}\n\n',
      'data: {"type":"response.completed","response":{"status":"completed","usage":{"input_tokens":3,"output_tokens":2}}}\n\n',
    ]);
    expect([response.said, response.stream.ttftMs, response.stream.isComplete]).toEqual(['Hi', 20, true]);
    expect(response.stream.tokens).toEqual({ inputTokens: 3, outputTokens: 2 });
    const failed = streamed(['data: {"type":"response.failed","response":{"error":{"message":"no"}}}\n\n']);
    expect(failed.stream.error?.message).toBe('no');
  });

  it('reads an answer that was not streamed, without a time to its first token', () => {
    const whole = {
      choices: [{ message: { content: 'Hi' }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 1 },
    };
    const { stream } = streamed([]);
    stream.takeWhole(JSON.stringify(whole));
    expect([stream.isComplete, stream.ttftMs, stream.tokens]).toEqual([
      true,
      null,
      { inputTokens: 1, outputTokens: null },
    ]);
  });

  it('never throws, whatever comes', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.json(), fc.string()), { maxLength: 8 }), (parts) => {
        const { stream } = streamed(parts.map((part) => `data: ${part}\n\n`));
        stream.takeWhole(parts.join(''));
        expect([true, false]).toContain(stream.isComplete);
      }),
    );
  });
});
