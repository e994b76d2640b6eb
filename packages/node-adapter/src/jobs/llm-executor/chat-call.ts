import type { Clock } from '@corral/core';
import { parseJson, recordOf } from '../../probes/json-values.js';
import type { ConnectClient } from '../../probes/server-connection.js';
import type { CallTarget } from './call-target.js';
import { type ChatAsk, type ChatDialect, chatBody } from './chat-dialect.js';
import { type CompletionError, type CountedTokens, readCompletionError } from './completion-chunk.js';
import { CompletionStream } from './completion-stream.js';
import { targetClient } from './target-client.js';
import { UpstreamFailure } from './upstream-failure.js';
import { type UpstreamAnswer, upstreamRequest } from './upstream-request.js';

/**
 * Why a call brought no whole answer.
 *
 * `cancelled`: we called it off. `unreachable`: nothing was sent. `busy`: the server does not take it now. `lost`: it was
 * sent, and the answer did not come, or not all of it. `refused`: the same request will be refused again. `too_long`: the
 * prompt does not fit into the model.
 */
export type ChatFailureKind = 'cancelled' | 'unreachable' | 'busy' | 'lost' | 'refused' | 'too_long';

/** A call that failed. */
export interface ChatFailure {
  readonly kind: ChatFailureKind;
  /** In our own words, for people. */
  readonly problem: string;
  /** Whether the model may have worked: then what was set aside is used. */
  readonly mayHaveWorked: boolean;
  readonly status: number | null;
  readonly retryAfterMs: number | null;
  readonly error: CompletionError | null;
}

/** What came of a call. */
export interface ChatOutcome {
  readonly text: string;
  /** `null`: all went well. */
  readonly failure: ChatFailure | null;
  /** Whether any text, reasoning or tool call had come. */
  readonly hasBegun: boolean;
  readonly finishReason: string | null;
  readonly tokens: CountedTokens | null;
  readonly latencyMs: number;
  readonly ttftMs: number | null;
  readonly tokensPerSecond: number | null;
}

/** How to call. */
export interface ChatCallOptions {
  readonly connect: ConnectClient;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly dialect: ChatDialect;
  readonly silenceMs: number;
  readonly timeoutMs: number;
  readonly maxBytes: number;
  /** Hears the text while it comes. */
  readonly onText?: ((text: string) => void) | undefined;
}

/** Calls a model once; never rejects. */
export async function callChat(
  target: CallTarget,
  ask: ChatAsk,
  options: ChatCallOptions,
): Promise<ChatOutcome> {
  const { clock, connect, dialect, onText, signal, silenceMs, timeoutMs, maxBytes } = options;
  const pieces: string[] = [];
  const startedMs = clock.now();
  const stream = new CompletionStream({
    now: () => clock.now(),
    startedMs,
    onText: (text) => {
      pieces.push(text);
      onText?.(text);
    },
  });
  const { pathname } = new URL(target.baseUrl);
  const failure = await upstreamRequest(targetClient(target, connect), {
    path: `${pathname.replace(/\/$/, '')}/v1/chat/completions`,
    apiKey: target.apiKey,
    body: chatBody(ask, dialect, target.provider),
    ...{ signal, clock, silenceMs, timeoutMs, maxBytes },
    onEvents: (bytes) => stream.push(bytes),
  }).then(
    (answer) => failureOfAnswer(answer, stream),
    (error: unknown) => failureOfRequest(error),
  );
  const hasBegun = pieces.length > 0 || stream.ttftMs !== null;
  const { finishReason, tokens, ttftMs, tokensPerSecond } = stream;
  const latencyMs = clock.now() - startedMs;
  return {
    text: pieces.join(''),
    failure,
    hasBegun,
    finishReason,
    tokens,
    latencyMs,
    ttftMs,
    tokensPerSecond,
  };
}

function failureOfAnswer(answer: UpstreamAnswer, stream: CompletionStream): ChatFailure | null {
  const { status, text, isStream, retryAfterMs } = answer;
  if (status >= 200 && status < 300) {
    if (isStream) stream.end();
    else stream.takeWhole(text);
    if (stream.error) return failureOfError(stream.error);
    if (stream.isComplete) return null;
    return failed('lost', 'The answer was cut off', { mayHaveWorked: true });
  }
  const error = readCompletionError(recordOf(parseJson(text)));
  const facts = { status, retryAfterMs, error };
  if (isTooLong(error)) return failed('too_long', 'The prompt is too long for the model', facts);
  if (status === 408 || status === 429 || status === 503)
    return failed('busy', `The server answered with ${status}`, facts);
  if (status >= 500)
    return failed('busy', `The server answered with ${status}`, { ...facts, mayHaveWorked: true });
  if (status < 400) return failed('refused', 'The server redirects, which is never followed', facts);
  return failed('refused', `The server refused the request with ${status}`, facts);
}

/** An error under status 200, in place of an answer or in the middle of one. */
function failureOfError(error: CompletionError): ChatFailure {
  const facts = { error, status: error.status, mayHaveWorked: true };
  if (isTooLong(error)) return failed('too_long', 'The prompt is too long for the model', facts);
  if (error.status !== null && error.status >= 400 && error.status < 500 && error.status !== 429)
    return failed('refused', `The server refused the request with ${error.status}`, facts);
  return failed('lost', 'The server reported an error in place of its answer', facts);
}

function failureOfRequest(error: unknown): ChatFailure {
  if (!(error instanceof UpstreamFailure)) return failed('refused', 'The request could not be made', {});
  const { reason, wasSent: mayHaveWorked, message } = error;
  if (reason === 'aborted') return failed('cancelled', message, { mayHaveWorked });
  if (reason === 'unreachable') return failed('unreachable', message, {});
  const isForGood = reason === 'blocked' || reason === 'encoded' || reason === 'protocol';
  // Silence while it still connected is like no connection.
  if (!isForGood && !mayHaveWorked) return failed('unreachable', message, {});
  return failed(isForGood ? 'refused' : 'lost', message, { mayHaveWorked });
}

/** llama.cpp says it by a type, others by a code or in words. */
function isTooLong(error: CompletionError | null): boolean {
  if (!error) return false;
  return (
    error.type === 'exceed_context_size_error' ||
    /context[_ ](?:length|size|window)|maximum context|context_length_exceeded/i.test(error.message)
  );
}

function failed(kind: ChatFailureKind, problem: string, facts: Partial<ChatFailure>): ChatFailure {
  return { status: null, retryAfterMs: null, error: null, mayHaveWorked: false, ...facts, kind, problem };
}
