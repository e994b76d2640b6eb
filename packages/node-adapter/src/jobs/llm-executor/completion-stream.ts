import { parseJson } from '../../probes/json-values.js';
import {
  type CompletionChunk,
  type CompletionError,
  type CountedTokens,
  readCompletionChunk,
} from './completion-chunk.js';
import { SseDataReader } from './sse-data.js';

/** What a {@link CompletionStream} needs. */
export interface CompletionStreamOptions {
  /** Monotonic time in ms, such as `clock.now`. */
  readonly now: () => number;
  /** When the request was sent, by that clock. */
  readonly startedMs: number;
  /** Hears the text of the answer, piece by piece. */
  readonly onText?: (text: string) => void;
}

/**
 * Measures one answer of a model while its bytes pass: streamed as server-sent events, or one JSON body. It keeps no
 * text. Times begin with the request, and so include waiting for a free place.
 *
 * @example
 * const stream = new CompletionStream({ now: () => clock.now(), startedMs: clock.now() });
 * for await (const bytes of body) stream.push(bytes);
 * stream.end();
 * if (stream.isComplete) record(stream.ttftMs, stream.tokens);
 */
export class CompletionStream {
  readonly #options: CompletionStreamOptions;
  readonly #reader = new SseDataReader();
  #reasoningMs: number | null = null;
  #contentMs: number | null = null;
  #toolCallMs: number | null = null;
  #lastMs: number | null = null;
  #counted: CountedTokens | null = null;
  #decodeMs: number | null = null;
  #finishReason: string | null = null;
  #saidDone = false;
  #error: CompletionError | null = null;

  constructor(options: CompletionStreamOptions) {
    this.#options = options;
  }

  /** Takes the next bytes of a stream. */
  push(bytes: Uint8Array): void {
    const atMs = this.#options.now();
    for (const data of this.#reader.push(bytes)) this.#take(data, atMs);
  }

  /** No more bytes come, for whatever reason: an event that was not closed counts all the same. */
  end(): void {
    const atMs = this.#options.now();
    for (const data of this.#reader.end()) this.#take(data, atMs);
  }

  /** Takes a whole answer that was not streamed. It has no time to its first token. */
  takeWhole(text: string): void {
    const chunk = readCompletionChunk(parseJson(text));
    if (chunk.content !== '') this.#options.onText?.(chunk.content);
    this.#note(chunk);
    this.#lastMs = this.#options.now();
  }

  /** Milliseconds to the first text, reasoning or tool call; headers, pings and progress do not count. */
  get ttftMs(): number | null {
    const known = [this.#reasoningMs, this.#contentMs, this.#toolCallMs].filter((ms) => ms !== null);
    return known.length === 0 ? null : Math.min(...known) - this.#options.startedMs;
  }

  /** Milliseconds to the first reasoning. */
  get reasoningTtftMs(): number | null {
    return this.#reasoningMs === null ? null : this.#reasoningMs - this.#options.startedMs;
  }

  /** Milliseconds to the first text. */
  get contentTtftMs(): number | null {
    return this.#contentMs === null ? null : this.#contentMs - this.#options.startedMs;
  }

  /** What the server counted last, in `usage` or in llama.cpp's `timings`; pieces of the stream are never counted. */
  get tokens(): CountedTokens | null {
    return this.#counted;
  }

  /**
   * Tokens a second: output tokens ÷ the time that the server says it took for them, as llama.cpp does, else between the
   * first and the last one, (output tokens − 1) ÷ (last − first). `null` where all of them came at once.
   */
  get tokensPerSecond(): number | null {
    const outputTokens = this.#counted?.outputTokens ?? null;
    const ttftMs = this.ttftMs;
    if (outputTokens === null || outputTokens < 2) return null;
    if (this.#decodeMs !== null) return (outputTokens * 1000) / this.#decodeMs;
    if (ttftMs === null || this.#lastMs === null) return null;
    const spanMs = this.#lastMs - this.#options.startedMs - ttftMs;
    return spanMs > 0 ? ((outputTokens - 1) * 1000) / spanMs : null;
  }

  /** `stop`, `length` and so on; `null` where the server did not get that far. */
  get finishReason(): string | null {
    return this.#finishReason;
  }

  /** Whether the server said that this is all: by a reason, or by `[DONE]`. Otherwise the answer was cut off. */
  get isComplete(): boolean {
    return this.error === null && (this.#finishReason !== null || this.#saidDone);
  }

  /** The error that came in place of the rest. */
  get error(): CompletionError | null {
    if (this.#reader.isTooLong && !this.#error) return tooLong;
    return this.#error;
  }

  #take(data: string, atMs: number): void {
    if (data === '[DONE]') this.#saidDone = true;
    else this.#note(readCompletionChunk(parseJson(data)), atMs);
  }

  /** @param atMs when the piece came; without it the answer was whole, and pieces have no times */
  #note(chunk: CompletionChunk, atMs?: number): void {
    this.#error ??= chunk.error;
    this.#finishReason = chunk.finishReason ?? this.#finishReason;
    this.#saidDone ||= chunk.isLast;
    this.#count(chunk.tokens);
    this.#decodeMs = chunk.decodeMs ?? this.#decodeMs;
    if (atMs === undefined) return;
    const { content, reasoning, hasToolCall } = chunk;
    if (content !== '') this.#contentMs ??= atMs;
    if (reasoning !== '') this.#reasoningMs ??= atMs;
    if (hasToolCall) this.#toolCallMs ??= atMs;
    if (content !== '' || reasoning !== '' || hasToolCall) this.#lastMs = atMs;
    if (content !== '') this.#options.onText?.(content);
  }

  /** Later counts are larger; what one leaves out stays as it was. */
  #count(tokens: CountedTokens | null): void {
    if (!tokens) return;
    const { inputTokens = null, outputTokens = null } = this.#counted ?? {};
    this.#counted = {
      inputTokens: tokens.inputTokens ?? inputTokens,
      outputTokens: tokens.outputTokens ?? outputTokens,
    };
  }
}

const tooLong: CompletionError = {
  status: null,
  type: 'too_long',
  message: '',
  promptTokens: null,
  contextTokens: null,
};
