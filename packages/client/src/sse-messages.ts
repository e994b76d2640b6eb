import { type Clock, childSignal, type TimerHandle } from '@corral/core';
import { createParser } from 'eventsource-parser';
import { ClientError, errorOf } from './client-error.js';
import type { StreamMessage } from './hub-frames.js';

/** Three missed heartbeats: the connection is dead although nobody said so. */
const silentMs = 45_000;
/** Time until the first bytes; a proxy that buffers never lets them through. */
const openingMs = 10_000;

/** Streams cannot be had here: something between us and the hub holds them back. */
export class StreamUnusable extends Error {
  override readonly name = 'StreamUnusable';
}

/** One connection to be read. */
export interface SseConnection {
  /** Asks for the stream. The answer's status is checked here. */
  readonly open: (signal: AbortSignal) => Promise<Response>;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** Hears how long the hub wants us to wait before we come back. */
  readonly onRetry: (ms: number) => void;
}

/**
 * Reads one connection to its end: each step is what one piece of it brought, which may be nothing. It is read only as
 * fast as steps are taken.
 * @throws StreamUnusable when nothing comes through, ClientError when the hub refuses or does not answer
 */
export async function* sseMessages({
  open,
  signal,
  clock,
  onRetry,
}: SseConnection): AsyncGenerator<readonly StreamMessage[]> {
  const connection = childSignal(signal);
  const watchdog = new Watchdog(clock, () => connection.abort());
  let answered = false;
  try {
    watchdog.expect(openingMs);
    const response = await open(connection.signal);
    answered = true;
    if (!response.ok) throw await errorOf(response);
    const isStream = response.headers.get('content-type')?.startsWith('text/event-stream');
    if (!isStream || !response.body) throw new StreamUnusable('The hub did not answer with a stream');
    let messages: StreamMessage[] = [];
    const parser = createParser({
      onEvent: ({ id = '', event = 'message', data }) => messages.push({ id, event, data }),
      onRetry,
    });
    const decoder = new TextDecoder();
    const reader = response.body.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      // Whoever takes the steps may take its time.
      watchdog.stop();
      parser.feed(decoder.decode(value, { stream: true }));
      yield messages;
      messages = [];
      watchdog.expect(silentMs);
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
