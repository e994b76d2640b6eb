import { childSignal, sleep } from '@corral/core';
import { backOffMs } from './back-off.js';
import { ClientError } from './client-error.js';
import type { StreamMessage } from './hub-frames.js';
import { sseTransport } from './sse-transport.js';
import type { TransportContext, TransportState } from './transport.js';

/** What the leading page tells the others. */
type Announcement =
  | { readonly kind: 'message'; readonly message: StreamMessage }
  | { readonly kind: 'state'; readonly state: TransportState }
  | { readonly kind: 'question' };

/**
 * One stream for all pages of an origin: HTTP/1.1 gives a browser six connections to a host, and seven tabs with a
 * stream each would starve the seventh.
 *
 * The page that holds a Web Lock leads: it reads the stream and passes every message on. The others begin with a
 * snapshot and follow. When the leader goes away or is hidden, the lock goes to the next page, which resumes the
 * stream from the message that it saw last.
 * @param name the same for all pages that may share: the hub's address, and what else decides what one may see
 */
export async function sharedTransport(
  context: TransportContext,
  signal: AbortSignal,
  name: string,
): Promise<void> {
  const channel = new BroadcastChannel(name);
  const following = childSignal(signal);
  try {
    // The first page leads at once; only the later ones need a snapshot to begin with.
    if (await lead(context, channel, signal, name, { ifAvailable: true })) return;
    const follows = follow(context, channel, following.signal);
    const leads = lead(context, channel, signal, name, { signal }, () => following.abort());
    // Following ends when we lead or stop, and neither ends the transport; a refusal for good does.
    await Promise.race([leads, follows.then(() => new Promise<never>(() => {}))]);
  } finally {
    following.abort();
    following.dispose();
    channel.close();
  }
}

/** Whether this page can share: it needs Web Locks, which pages on plain http from another machine do not have. */
export function canShare(): boolean {
  return typeof document === 'object' && typeof BroadcastChannel === 'function' && 'locks' in navigator;
}

/** Reads the stream for everyone, once it has the lock, until `signal` aborts. Answers whether it had the lock. */
async function lead(
  context: TransportContext,
  channel: BroadcastChannel,
  signal: AbortSignal,
  name: string,
  lockOptions: LockOptions,
  onLead: () => void = () => {},
): Promise<boolean> {
  const announce = (announcement: Announcement): void => channel.postMessage(announcement);
  let state: TransportState = 'connecting';
  const answer = ({ data }: MessageEvent<Announcement>): void => {
    if (data.kind === 'question') announce({ kind: 'state', state });
  };
  const onState = (next: TransportState): void => {
    if (next !== state) announce({ kind: 'state', state: next });
    state = next;
    context.onState(next);
  };
  const onMessage = (message: StreamMessage): void => announce({ kind: 'message', message });
  try {
    return await navigator.locks.request(name, lockOptions, async (lock) => {
      if (!lock) return false;
      onLead();
      channel.addEventListener('message', answer);
      await sseTransport({ ...context, onState }, signal, { onMessage });
      return true;
    });
  } catch (error) {
    if (signal.aborted) return true;
    throw error;
  } finally {
    channel.removeEventListener('message', answer);
  }
}

/**
 * Takes a snapshot, then what the leader passes on; begins again when a message is missing. Resolves when `signal`
 * aborts, rejects when the hub refuses us for good.
 */
function follow(context: TransportContext, channel: BroadcastChannel, signal: AbortSignal): Promise<void> {
  const { mirror, onState } = context;
  /** Messages that came while a snapshot was on its way. */
  let early: StreamMessage[] | undefined;

  const begin = async (): Promise<void> => {
    do {
      early = [];
      await takeSnapshot(context, signal);
    } while (!signal.aborted && takeEarly() === 'gap');
    early = undefined;
    onState('live');
    channel.postMessage({ kind: 'question' } satisfies Announcement);
  };
  const takeEarly = (): 'gap' | 'applied' => {
    const missing = early?.some((message) => mirror.apply(message) === 'gap');
    return missing ? 'gap' : 'applied';
  };

  return new Promise((resolve, reject) => {
    channel.addEventListener('message', ({ data }: MessageEvent<Announcement>) => {
      if (signal.aborted) return;
      if (early) {
        if (data.kind === 'message') early.push(data.message);
      } else if (data.kind === 'state') onState(data.state);
      else if (data.kind === 'message' && mirror.apply(data.message) === 'gap') begin().catch(reject);
    });
    signal.addEventListener('abort', () => resolve(), { once: true });
    begin().catch(reject);
  });
}

/** Replaces the mirror's state by a snapshot, however long the hub is away. */
async function takeSnapshot(context: TransportContext, signal: AbortSignal): Promise<void> {
  const { mirror, requests, clock, random, onState } = context;
  const over = (): boolean => signal.aborted;
  for (let failures = 0; !over(); failures++) {
    try {
      const snapshot = await requests.snapshot(signal);
      if (!over()) mirror.replace(snapshot);
      return;
    } catch (error) {
      if (over()) return;
      if (error instanceof ClientError && !error.retryable) throw error;
      onState('reconnecting');
      await sleep(clock, backOffMs({ firstMs: 1000, mostMs: 30_000 }, failures, random()), signal);
    }
  }
}
