import type { CountedTokens } from '../jobs/llm-executor/completion-chunk.js';
import { CompletionStream } from '../jobs/llm-executor/completion-stream.js';
import { parseJson } from '../probes/json-values.js';
import { modelOf } from './model-request.js';

/** Longer answers that are not streamed go unread: whether they came is known, not what they took. */
const maxWholeBytes = 8 * 1024 * 1024;

/** What an answer came to. */
export interface AnswerFacts {
  readonly isComplete: boolean;
  /** Whether the server sent an error in place of it, or of the rest. */
  readonly hasError: boolean;
  readonly ttftMs: number | null;
  readonly tokens: CountedTokens | null;
  readonly tokensPerSecond: number | null;
  /** Which model answered, where the answer was read and says so. */
  readonly model: string | null;
}

/** Sees the bytes of an answer pass. */
export interface AnswerWatch {
  push(bytes: Uint8Array): void;
  /** @param hasEnded whether all of it came; otherwise it was broken off here */
  end(hasEnded: boolean): AnswerFacts;
}

/** Watches an answer that is streamed. Nothing of it is kept. */
export function watchStream(startedMs: number, now: () => number): AnswerWatch {
  const stream = new CompletionStream({ startedMs, now });
  return {
    push: (bytes) => stream.push(bytes),
    end: () => {
      stream.end();
      const { isComplete, ttftMs, tokens, tokensPerSecond } = stream;
      return { isComplete, hasError: stream.error !== null, ttftMs, tokens, tokensPerSecond, model: null };
    },
  };
}

/** Watches an answer that comes as one JSON body, of which a copy is kept until it ends. */
export function watchWhole(startedMs: number, now: () => number): AnswerWatch {
  const decoder = new TextDecoder();
  let text = '';
  let size = 0;
  return {
    push: (bytes) => {
      size += bytes.byteLength;
      text = size > maxWholeBytes ? '' : text + decoder.decode(bytes, { stream: true });
    },
    end: (hasEnded) => {
      const unknown = { hasError: false, ttftMs: null, tokens: null, tokensPerSecond: null, model: null };
      if (size > maxWholeBytes || !hasEnded) return { ...unknown, isComplete: hasEnded };
      const stream = new CompletionStream({ startedMs, now });
      stream.takeWhole(text);
      const isJson = typeof (parseJson(text) ?? undefined) === 'object';
      const isComplete = stream.error === null && isJson;
      return { ...unknown, isComplete, tokens: stream.tokens, model: modelOf(text) };
    },
  };
}
