import type { Clock, TimerHandle } from '@corral/core';
import type { Client, Dispatcher } from 'undici';
import { asProbeFailure, type ProbeFailureReason } from '../../probes/probe-failure.js';
import { UpstreamFailure, type UpstreamFailureReason } from './upstream-failure.js';

/** A request to the server of a model. */
export interface UpstreamRequest {
  readonly path: string;
  readonly apiKey: string | null;
  /** JSON. */
  readonly body: string;
  /** Ends everything at once, whatever stage it is in: the socket is destroyed, and the server sees it close. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** Milliseconds in which nothing comes before it is given up. */
  readonly silenceMs: number;
  /** Milliseconds that it may take altogether. */
  readonly timeoutMs: number;
  /** Bytes of the answer. */
  readonly maxBytes: number;
  /** Takes the bytes of a stream of events; other answers come as `text`. */
  readonly onEvents: (bytes: Uint8Array) => void;
}

/** How a server answered. */
export interface UpstreamAnswer {
  readonly status: number;
  /** The body, unless it was a stream of events. Of a refusal only the beginning. In the words of the server. */
  readonly text: string;
  readonly isStream: boolean;
  /** What the server says of when to come again. */
  readonly retryAfterMs: number | null;
}

/** More of a refusal says nothing more. */
const maxRefusalBytes = 64 * 1024;

/**
 * Sends a request over a client of its own, which is destroyed with it: no redirects, no encodings, a cap on the body
 * counted by us.
 * @throws UpstreamFailure and nothing else
 */
export async function upstreamRequest(client: Client, request: UpstreamRequest): Promise<UpstreamAnswer> {
  try {
    return await new Promise((resolve, reject) => new Exchange(client, request, resolve, reject).begin());
  } finally {
    // Takes the socket with it, also one that still connects.
    void client.destroy();
  }
}

/** One request with its answer; settles exactly once. */
class Exchange implements Dispatcher.DispatchHandler {
  readonly #client: Client;
  readonly #request: UpstreamRequest;
  readonly #resolve: (answer: UpstreamAnswer) => void;
  readonly #reject: (failure: UpstreamFailure) => void;
  readonly #onAbort = (): void => this.#fail('aborted', this.#request.signal.reason);
  readonly #chunks: Buffer[] = [];
  readonly #startedMs: number;
  #heardMs: number;
  #timer: TimerHandle | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #status = 0;
  #isStream = false;
  #retryAfterMs: number | null = null;
  #bytes = 0;
  #isOver = false;

  constructor(
    client: Client,
    request: UpstreamRequest,
    resolve: (answer: UpstreamAnswer) => void,
    reject: (failure: UpstreamFailure) => void,
  ) {
    this.#client = client;
    this.#request = request;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#startedMs = request.clock.now();
    this.#heardMs = this.#startedMs;
  }

  begin(): void {
    const { signal, path, apiKey, body } = this.#request;
    if (signal.aborted) {
      this.#onAbort();
      return;
    }
    signal.addEventListener('abort', this.#onAbort, { once: true });
    this.#watch();
    const headers = ['content-type', 'application/json', 'accept', 'text/event-stream, application/json'];
    if (apiKey !== null) headers.push('authorization', `Bearer ${apiKey}`);
    this.#client.dispatch(
      { method: 'POST', path, body, headers, reset: true, headersTimeout: 0, bodyTimeout: 0 },
      this,
    );
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#isOver) controller.abort(new Error('The request was given up before it was sent'));
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Readonly<Record<string, string | string[] | undefined>>,
  ): void {
    this.#heardMs = this.#request.clock.now();
    // What comes first may only announce the answer.
    if (status < 200) return;
    this.#status = status;
    // Some servers stream events under other names; JSON alone is never a stream.
    this.#isStream = status < 300 && !/\bjson\b/i.test(String(headers['content-type']));
    this.#retryAfterMs = retryAfterOf(headers['retry-after']);
    if (headers['content-encoding'] !== undefined) this.#fail('encoded');
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#isOver) return;
    this.#heardMs = this.#request.clock.now();
    this.#bytes += chunk.length;
    if (this.#bytes > this.#request.maxBytes) this.#fail('too_large');
    else if (this.#isStream) this.#request.onEvents(chunk);
    else {
      this.#chunks.push(chunk);
      // It need not end: some servers would keep us listening to why not.
      if (this.#status >= 300 && this.#bytes >= maxRefusalBytes) this.#succeed();
    }
  }

  onResponseEnd(): void {
    this.#succeed();
  }

  #succeed(): void {
    if (this.#isOver) return;
    this.#end();
    this.#resolve({
      status: this.#status,
      text: Buffer.concat(this.#chunks).toString('utf8'),
      isStream: this.#isStream,
      retryAfterMs: this.#retryAfterMs,
    });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    const { reason } = asProbeFailure(error, this.#request.signal);
    this.#fail(this.#reasonOf(reason), error);
  }

  #reasonOf(reason: ProbeFailureReason): UpstreamFailureReason {
    if (reason === 'blocked_address') return 'blocked';
    if (this.#controller === undefined) return 'unreachable';
    // A body that ends in the middle is to the parser like one that was never valid.
    const isValidSoFar = this.#status !== 0;
    return !isValidSoFar && (reason === 'protocol' || reason === 'body_too_large') ? 'protocol' : 'cut';
  }

  /** One timer for both deadlines: it looks again when something was heard meanwhile. */
  #watch(): void {
    const { clock, silenceMs, timeoutMs } = this.#request;
    const now = clock.now();
    if (now - this.#startedMs >= timeoutMs) this.#fail('too_slow');
    else if (now - this.#heardMs >= silenceMs) this.#fail('silent');
    else {
      const dueMs = Math.min(this.#startedMs + timeoutMs, this.#heardMs + silenceMs);
      this.#timer = clock.setTimeout(() => this.#watch(), dueMs - now);
    }
  }

  #fail(reason: UpstreamFailureReason, cause?: unknown): void {
    if (this.#isOver) return;
    this.#end();
    const failure = new UpstreamFailure(reason, this.#controller !== undefined, cause);
    this.#reject(failure);
  }

  #end(): void {
    this.#isOver = true;
    this.#request.clock.clearTimeout(this.#timer);
    this.#request.signal.removeEventListener('abort', this.#onAbort);
  }
}

/** Seconds alone; a date would need clocks that agree. */
function retryAfterOf(value: string | string[] | undefined): number | null {
  return typeof value === 'string' && /^\d{1,6}$/.test(value) ? Number(value) * 1000 : null;
}
