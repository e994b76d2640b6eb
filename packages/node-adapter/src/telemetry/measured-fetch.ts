import { type Clock, type ModelCall, systemClock } from '@corral/core';
import { costOfTokens } from '../jobs/llm-executor/call-cost.js';
import type { ModelPrices } from './model-prices.js';
import { type FetchInput, type ModelRequest, readModelRequest } from './model-request.js';
import { passedBody } from './passed-body.js';
import { providerAt } from './providers.js';
import { type AnswerFacts, type AnswerWatch, watchStream, watchWhole } from './watched-answer.js';

/** The part of `fetch` that matters here. */
export type FetchFunction = (input: FetchInput, init?: RequestInit) => Promise<Response>;

/** What measuring needs. */
export interface MeasureOptions {
  /** Takes the calls in, such as `hub.modelTelemetry`. */
  readonly telemetry: { record(call: ModelCall): void };
  /** Who serves the models. Default: by the host of the URL. */
  readonly provider?: string | undefined;
  readonly prices: ModelPrices;
  /** After which the client gives a call up that says nothing else; it cannot be told from a cancellation then. */
  readonly timeoutMs?: number | undefined;
  readonly clock?: Clock | undefined;
}

/** The timer of a client begins before its request does. */
const earlyMs = 100;

const nothingKnown: AnswerFacts = {
  isComplete: false,
  hasError: false,
  ttftMs: null,
  tokens: null,
  tokensPerSecond: null,
  model: null,
};

/** The same function, which also tells telemetry of the calls of models that are made with it. */
export function measuredFetch(fetch: FetchFunction, options: MeasureOptions): FetchFunction {
  return async (input, init) => {
    const request = readModelRequest(input, init);
    if (!request) return fetch(input, init);
    const call = new MeasuredCall(request, options);
    try {
      return call.answered(await fetch(input, init));
    } catch (error) {
      call.end('failed', error);
      throw error;
    }
  };
}

/** One call of a model, from its request until it is recorded, which happens once. */
class MeasuredCall {
  readonly #request: ModelRequest;
  readonly #options: MeasureOptions;
  readonly #clock: Clock;
  readonly #startedMs: number;
  readonly #onAbort = (): void => this.end('failed', this.#request.signal?.reason);
  #watch: AnswerWatch | undefined;
  #isOver = false;

  constructor(request: ModelRequest, options: MeasureOptions) {
    this.#request = request;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#startedMs = this.#clock.now();
  }

  /** Watches the answer from here on. @returns it, to be read as if nobody did */
  answered(response: Response): Response {
    if (!response.ok || !response.body) {
      this.end(response.ok ? 'ended' : 'failed');
      return response;
    }
    const now = (): number => this.#clock.now();
    const isStream = /^text\/event-stream\b/i.test(response.headers.get('content-type') ?? '');
    const watch = (isStream ? watchStream : watchWhole)(this.#startedMs, now);
    this.#watch = watch;
    // A reader may give up without a word to the body.
    this.#request.signal?.addEventListener('abort', this.#onAbort, { once: true });
    const body = passedBody(response.body, {
      onBytes: (bytes) => watch.push(bytes),
      onEnd: (how, error) => this.end(how, error),
    });
    return likeResponse(response, body);
  }

  /** The call is over. What comes after the first time counts for nothing. */
  end(how: 'ended' | 'failed' | 'cancelled', error?: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#request.signal?.removeEventListener('abort', this.#onAbort);
    const latencyMs = this.#clock.now() - this.#startedMs;
    const facts = this.#watch?.end(how === 'ended') ?? nothingKnown;
    const isCancelled = !facts.hasError && this.#isCancelled(how, error, latencyMs);
    // Who has the whole answer may leave.
    const outcome = facts.isComplete ? 'ok' : isCancelled ? 'cancelled' : 'failed';
    const { model } = this.#request;
    const record = (asked: string | null): void =>
      this.#record(asked ?? facts.model, outcome, latencyMs, facts);
    if (model instanceof Promise) void model.then(record);
    else record(model);
  }

  #isCancelled(how: 'ended' | 'failed' | 'cancelled', error: unknown, latencyMs: number): boolean {
    const { signal, timeoutMs = this.#options.timeoutMs ?? Infinity } = this.#request;
    if (how === 'cancelled') return true;
    if (how === 'ended' || !signal?.aborted) return false;
    // Whoever ran out of patience was let down by the server. The client of OpenAI gives no reason, but has a limit.
    const reason: unknown = signal.reason ?? error;
    if (reason instanceof Error && reason.name === 'TimeoutError') return false;
    return this.#watch !== undefined || latencyMs < timeoutMs - earlyMs;
  }

  #record(
    asked: string | null,
    outcome: ModelCall['outcome'],
    latencyMs: number,
    { ttftMs, tokens, tokensPerSecond }: AnswerFacts,
  ): void {
    const { telemetry, prices, provider = providerAt(this.#request.url) } = this.#options;
    const model = asked ?? 'unknown';
    const price = prices.of(model, provider);
    const inputTokens = tokens?.inputTokens ?? null;
    // An embedding has none, which servers do not say.
    const outputTokens = tokens && this.#request.isEmbedding ? 0 : (tokens?.outputTokens ?? null);
    const isPriced = price !== null && inputTokens !== null && outputTokens !== null;
    const costUsd = isPriced ? costOfTokens(inputTokens, outputTokens, price) : null;
    const facts = { latencyMs, ttftMs, inputTokens, outputTokens, tokensPerSecond, costUsd, price };
    try {
      telemetry.record({ model, provider, outcome, ...facts });
    } catch {
      // Whoever measures must not break what is measured.
    }
  }
}

/** A response that differs in its body alone. */
function likeResponse(response: Response, body: ReadableStream<Uint8Array>): Response {
  const { status, statusText, headers, url, redirected, type } = response;
  const copy = new Response(body, { status, statusText, headers });
  // A response that was made, and not fetched, has these empty.
  for (const [name, value] of Object.entries({ url, redirected, type }))
    Object.defineProperty(copy, name, { value, configurable: true, enumerable: true });
  return copy;
}
