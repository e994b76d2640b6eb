import { createParser, type EventSourceMessage } from 'eventsource-parser';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { heartbeat, retryField, sseFrame } from './sse-frame.js';

interface Read {
  readonly events: EventSourceMessage[];
  readonly retries: number[];
  readonly comments: number;
}

/** Reads bytes cut at the given places, with a parser that is not ours. */
function read(bytes: Uint8Array, cuts: readonly number[] = []): Read {
  const events: EventSourceMessage[] = [];
  const retries: number[] = [];
  let comments = 0;
  const parser = createParser({
    onEvent: (event) => events.push(event),
    onRetry: (ms) => retries.push(ms),
    onComment: () => (comments += 1),
  });
  const decoder = new TextDecoder();
  const ends = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  let start = 0;
  for (const end of ends) {
    parser.feed(decoder.decode(bytes.subarray(start, end), { stream: true }));
    start = end;
  }
  return { events, retries, comments };
}

/** What a reader may see: every line break is `\n`, and lone surrogates cannot be encoded. */
const asRead = (text: string): string =>
  new TextDecoder().decode(new TextEncoder().encode(text)).replace(/\r\n|\r/g, '\n');

describe('P-10 sseFrame read by eventsource-parser', () => {
  const line = fc.string({ unit: 'binary' }).map((text) => text.replace(/[\r\n\0]/g, ''));
  const data = fc.array(
    fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('\n', '\r', '\r\n', '\u2028', 'data: x', ': ', ' ', '\0', '\u{1f40e}'),
    ),
  );

  it('gives back any text in any cuts', () => {
    fc.assert(
      fc.property(
        line,
        line,
        data,
        fc.array(fc.nat({ max: 5000 }), { maxLength: 6 }),
        (id, event, parts, cuts) => {
          const text = parts.join('');
          const { events } = read(sseFrame(id, event, text).bytes, cuts);
          expect(events).toHaveLength(1);
          expect(events[0]?.data).toBe(asRead(text));
          expect(events[0]?.id ?? '').toBe(asRead(id));
          expect(events[0]?.event ?? '').toBe(asRead(event));
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('keeps a sequence of frames apart, comments and retries between them', () => {
    fc.assert(
      fc.property(
        fc.array(data, { minLength: 1, maxLength: 8 }),
        fc.array(fc.nat({ max: 20_000 })),
        (texts, cuts) => {
          const parts = texts.flatMap((text, i) => [
            sseFrame(`e-${i}`, 'x', text.join('')).bytes,
            heartbeat,
            retryField(2500.4),
          ]);
          const { events, retries, comments } = read(Buffer.concat(parts), cuts);
          expect(events.map((event) => event.data)).toEqual(texts.map((text) => asRead(text.join(''))));
          expect(retries).toEqual(texts.map(() => 2500));
          expect(comments).toBe(texts.length);
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('I63 sseFrame', () => {
  it('gives every line of the data a field of its own', () => {
    const { bytes } = sseFrame('1', 'x', 'a\nevent: evil\r\rid: 9\u2028b');
    expect(Buffer.from(bytes).toString()).toBe(
      'id: 1\nevent: x\ndata: a\ndata: event: evil\ndata: \ndata: id: 9\u2028b\n\n',
    );
  });

  it.each(['\n', '\r', '\0', '\r\n'])('refuses %j in id and event', (bad) => {
    expect(() => sseFrame(`1${bad}data: x`, 'event', '')).toThrow(RangeError);
    expect(() => sseFrame('1', `event${bad}`, '')).toThrow(RangeError);
  });
});
