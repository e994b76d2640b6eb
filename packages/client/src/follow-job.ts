import {
  type Clock,
  childSignal,
  type JobEvent,
  type JobEventBatch,
  type JobEventsOptions,
  sleep,
} from '@corral/core';
import { askedRetryMs, backOffMs, streamRetryMs } from './back-off.js';
import { ClientError, isRecord } from './client-error.js';
import type { StreamMessage } from './hub-frames.js';
import type { HubRequests } from './hub-requests.js';
import { PageTimes } from './page-visibility.js';
import { StreamUnusable, sseMessages } from './sse-messages.js';

/** What following a job works with. */
export interface FollowContext {
  readonly requests: HubRequests;
  /** Where the stream of the job is. */
  readonly path: string;
  /** Aborts when the connection is closed. */
  readonly closed: AbortSignal;
  readonly clock: Clock;
  /** A number in [0, 1). */
  readonly random: () => number;
}

/**
 * Follows the stream of a job, one batch for each piece that comes; comes back by the number of the last event. A page that
 * is hidden lets its stream go, since a browser has six connections to a hub for all of its pages together.
 * @throws ClientError when the hub refuses at the first step, or for good later
 */
export async function* followJob(
  context: FollowContext,
  { after = 0, signal }: JobEventsOptions,
): AsyncGenerator<JobEventBatch> {
  const { closed, clock, random } = context;
  if (closed.aborted) throw new ClientError('closed', 'Expected a connection that is not closed');
  const turn = childSignal(closed);
  const stop = (): void => turn.abort();
  if (signal?.aborted) stop();
  signal?.addEventListener('abort', stop, { once: true });
  const times = new PageTimes(clock, turn.signal);
  const place = new Place(after);
  const retry = { firstMs: streamRetryMs.usual, mostMs: streamRetryMs.most };
  let failures = 0;
  let unopened = 0;
  let found = false;
  const over = (): boolean => turn.signal.aborted;
  try {
    while (!over()) {
      const time = await times.next();
      try {
        for await (const messages of connection(context, place, retry, time)) {
          found = true;
          failures = 0;
          unopened = 0;
          const batch = place.take(messages);
          if (batch.events.length > 0 || batch.gap) yield batch;
          if (over()) return;
        }
        if (place.ended) return;
      } catch (error) {
        if (over()) return;
        if (time.aborted) continue;
        // It was there before: somebody removed it.
        if (found && error instanceof ClientError && error.code === 'unknown_job') return;
        if (error instanceof StreamUnusable && ++unopened >= 2)
          throw new ClientError('protocol', 'The stream of the job does not come through', { cause: error });
        if (error instanceof ClientError && !error.retryable) throw error;
      }
      const pauseMs = failures === 0 ? retry.firstMs : backOffMs(retry, failures - 1, random());
      failures += 1;
      await sleep(clock, pauseMs, turn.signal);
    }
  } finally {
    signal?.removeEventListener('abort', stop);
    times.dispose();
    turn.dispose();
  }
}

/** One connection, from the place that was reached. */
function connection(
  { requests, path, clock }: FollowContext,
  place: Place,
  retry: { firstMs: number },
  signal: AbortSignal,
): AsyncIterable<readonly StreamMessage[]> {
  return sseMessages({
    open: async (each) => {
      const response = await requests.openStream(path, place.lastEventId, each);
      if (response.status !== 204) return response;
      // The job has ended and everything was told: an empty stream.
      place.ended = true;
      return new Response(new Uint8Array(), { headers: { 'content-type': 'text/event-stream' } });
    },
    signal,
    clock,
    onRetry: (ms) => {
      retry.firstMs = askedRetryMs(ms);
    },
  });
}

/** How far a stream was read. */
class Place {
  #last: number;
  /** Whether the last thing that was told is the end. */
  ended = false;

  constructor(after: number) {
    this.#last = after;
  }

  get lastEventId(): string | undefined {
    return this.#last > 0 ? `${this.#last}` : undefined;
  }

  /** Understands messages, and leaves out events that were seen already. @throws ClientError `protocol` */
  take(messages: readonly StreamMessage[]): JobEventBatch {
    const events: JobEvent[] = [];
    let gap = false;
    for (const message of messages) {
      if (message.event === 'reset') {
        gap = true;
        this.#last = 0;
      }
      if (message.event !== 'message') continue;
      const event = readEvent(message.data);
      if (event.seq <= this.#last) continue;
      this.#last = event.seq;
      this.ended = event.type === 'done';
      // Of a newer hub.
      if (isKnown(event)) events.push(event);
    }
    return { events, gap };
  }
}

function isKnown({ type }: { readonly type: string }): boolean {
  return type === 'log' || type === 'task' || type === 'done';
}

/** The checks are as deep as we read. */
function readEvent(data: string): JobEvent {
  let event: unknown;
  try {
    event = JSON.parse(data);
  } catch {
    event = undefined;
  }
  const sound = isRecord(event) && Number.isSafeInteger(event['seq']) && typeof event['ts'] === 'string';
  if (!isRecord(event) || !sound || !hasFields(event))
    throw new ClientError('protocol', 'The hub sent something that is no event of a job');
  return event as unknown as JobEvent;
}

function hasFields(event: Record<string, unknown>): boolean {
  const name = { log: 'msg', task: 'taskId', done: 'status' }[String(event['type'])];
  return name === undefined || typeof event[name] === 'string';
}
