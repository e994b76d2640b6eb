import { sleep } from '@corral/core';
import { askedRetryMs, backOffMs, streamRetryMs } from './back-off.js';
import { ClientError } from './client-error.js';
import type { StreamMessage } from './hub-frames.js';
import { StreamUnusable, sseMessages } from './sse-messages.js';
import type { TransportContext } from './transport.js';

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
  const { requests, mirror, clock, random, onState } = context;
  const retry = { firstMs: streamRetryMs.usual, mostMs: streamRetryMs.most };
  let failures = 0;
  let unopened = 0;
  const over = (): boolean => signal.aborted;
  while (!over()) {
    try {
      const { lastEventId } = mirror;
      let opened = false;
      for await (const messages of sseMessages({
        open: (each) => requests.openStream('/api/events', lastEventId, each),
        signal,
        clock,
        onRetry: (ms) => {
          retry.firstMs = askedRetryMs(ms);
        },
      })) {
        failures = 0;
        unopened = 0;
        // A resumed stream may have nothing to tell; its first bytes show that we are up to date.
        if (!opened && lastEventId !== undefined) onState('live');
        opened = true;
        for (const message of messages) {
          // Coming back with the last id that we have brings what is missing.
          if (mirror.apply(message) === 'gap') throw new MissingMessage();
          onState('live');
          onMessage(message);
        }
      }
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
