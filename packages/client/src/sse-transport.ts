import { type Clock, childSignal, sleep, type TimerHandle } from '@corral/core';
import { createParser } from 'eventsource-parser';
import { backOffMs } from './back-off.js';
import { ClientError, errorOf } from './client-error.js';
import type { StreamMessage } from './hub-frames.js';
import type { TransportContext } from './transport.js';

/** Three missed heartbeats: the connection is dead although nobody said so. */
const silentMs = 45_000;
/** Time until the first bytes; a proxy that buffers never lets them through. */
const openingMs = 10_000;
/** The pause that a hub usually asks for, until it has said so itself. */
const defaultRetryMs = 3000;
const mostRetryMs = 30_000;

/** Streams cannot be had here: something between us and the hub holds them back. */
export class StreamUnusable extends Error {
  override readonly name = 'StreamUnusable';
}

/** A message before this one did not come. */
class MissingMessage extends Error {
  override readonly name = 'MissingMessage';
}

/** What else a stream is for, beside the mirror. */
export interface SseTransportOptions {
  /** Hears every message that was taken in, to share it. */
  readonly onMessage?: (message: StreamMessage) => void;
}

/**
 * Reads the event stream by `fetch`, so that a token can be sent; resumes where it left off and backs off while the
 * hub is away. @throws StreamUnusable when streams do not come through, ClientError when the hub refuses us for good
 */
export async function sseTransport(
  context: TransportContext,
  signal: AbortSignal,
  { onMessage = () => {} }: SseTransportOptions = {},
): Promise<void> {
  const { mirror, clock, random, onState } = context;
  const retry = { firstMs: defaultRetryMs, mostMs: mostRetryMs };
  let failures = 0;
  let unopened = 0;
  const over = (): boolean => signal.aborted;
  while (!over()) {
    try {
      await readStream(context, signal, mirror.lastEventId, {
        onOpen: () => {
          failures = 0;
          unopened = 0;
        },
        onRetry: (ms) => {
          retry.firstMs = Math.min(ms, mostRetryMs);
        },
        onMessage: (message) => {
          // Coming back with the last id that we have brings what is missing.
          if (mirror.apply(message) === 'gap') throw new MissingMessage();
          onState('live');
          onMessage(message);
        },
      });
    } catch (error) {
      if (over()) return;
      if (error instanceof StreamUnusable && ++unopened >= 2) throw error;
      if (error instanceof ClientError && !error.retryable) throw error;
      // A message that we cannot read would come again and again; a snapshot leads around it.
      if (error instanceof ClientError && error.code === 'protocol') mirror.forgetPlace();
    }
    if (over()) return;
    onState('reconnecting');
    // The first pause is the hub's own, which is spread over its readers already.
    const pauseMs = failures === 0 ? retry.firstMs : backOffMs(retry, failures - 1, random());
    failures += 1;
    await sleep(clock, pauseMs, signal);
  }
}

interface StreamListeners {
  readonly onOpen: () => void;
  readonly onRetry: (ms: number) => void;
  readonly onMessage: (message: StreamMessage) => void;
}

/** Reads one connection to its end. */
async function readStream(
  { requests, clock, onState }: TransportContext,
  signal: AbortSignal,
  lastEventId: string | undefined,
  listeners: StreamListeners,
): Promise<void> {
  const connection = childSignal(signal);
  const watchdog = new Watchdog(clock, () => connection.abort());
  let answered = false;
  try {
    watchdog.expect(openingMs);
    const response = await requests.openStream(lastEventId, connection.signal);
    answered = true;
    if (!response.ok) throw await errorOf(response);
    const isStream = response.headers.get('content-type')?.startsWith('text/event-stream');
    if (!isStream || !response.body) throw new StreamUnusable('The hub did not answer with a stream');
    const parser = createParser({
      onEvent: ({ id = '', event = 'message', data }) => listeners.onMessage({ id, event, data }),
      onRetry: listeners.onRetry,
    });
    const decoder = new TextDecoder();
    const reader = response.body.getReader();
    let first = true;
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      watchdog.expect(silentMs);
      if (first) {
        first = false;
        listeners.onOpen();
        // A resumed stream may have nothing to tell; its first bytes show that we are up to date.
        if (lastEventId !== undefined) onState('live');
      }
      parser.feed(decoder.decode(value, { stream: true }));
    }
  } catch (error) {
    if (watchdog.barked && !signal.aborted) {
      if (answered) throw new StreamUnusable('Nothing came through the stream in time');
      throw new ClientError('timeout', 'The hub did not answer in time', { retryable: true });
    }
    throw error;
  } finally {
    watchdog.stop();
    connection.abort();
    connection.dispose();
  }
}

/** Calls back when what was expected did not come in time. */
class Watchdog {
  readonly #clock: Clock;
  readonly #bark: () => void;
  #timer: TimerHandle | undefined;
  barked = false;

  constructor(clock: Clock, bark: () => void) {
    this.#clock = clock;
    this.#bark = bark;
  }

  expect(withinMs: number): void {
    this.stop();
    this.#timer = this.#clock.setTimeout(() => {
      this.barked = true;
      this.#bark();
    }, withinMs);
  }

  stop(): void {
    this.#clock.clearTimeout(this.#timer);
  }
}
