import type { ConnectionOptions } from 'bullmq';
import { Redis, type RedisOptions } from 'ioredis';
import { QueueError } from './queue-error.js';
import { checkRedis } from './redis-facts.js';

/** How a connection behaves while Redis is away. */
export type Patience =
  /** Commands wait until it is back. */
  | 'waits'
  /** Commands fail at once, or after {@link commandMs}. */
  | 'fails-fast';

/** Milliseconds that an answer may take where nobody wants to wait. */
const commandMs = 2000;

/** Milliseconds that the first connection may take. */
const connectMs = 3000;

const common: RedisOptions = {
  // BullMQ forbids a prefix here: it has one of its own.
  keyPrefix: '',
  connectTimeout: connectMs,
  // Back within a second or so after Redis is.
  retryStrategy: (times: number) => Math.min(50 * 2 ** Math.min(times, 8), 1000),
  // After a fail-over the old one takes no more writes; the name may lead to the new one.
  reconnectOnError: (error: Error) => error.message.startsWith('READONLY'),
};

const patience: Readonly<Record<Patience, RedisOptions>> = {
  waits: { maxRetriesPerRequest: null, enableOfflineQueue: true },
  'fails-fast': { maxRetriesPerRequest: 0, enableOfflineQueue: false, commandTimeout: commandMs },
};

/** Options for a connection that BullMQ makes by itself. Its commands wait until Redis is back. */
export function bullConnection(connection: string | RedisOptions): ConnectionOptions {
  const address = typeof connection === 'string' ? { url: connection } : connection;
  // BullMQ hands them on to ioredis; its own type of them is narrower about `undefined`.
  return { ...address, ...common, ...patience.waits } as ConnectionOptions;
}

/** A connection of our own. Nothing listens to its errors but `onError`. */
export function redisLink(
  connection: string | RedisOptions,
  behaviour: Patience,
  onError: (error: Error) => void,
  more: RedisOptions = {},
): Redis {
  // Said once more, for the sake of its type.
  const options = { ...common, ...patience[behaviour], ...more, replyMapping: 'legacy' as const };
  const redis =
    typeof connection === 'string'
      ? new Redis(connection, options)
      : new Redis({ ...connection, ...options });
  redis.on('error', onError);
  return redis;
}

/**
 * Connects, once, and looks whether this Redis will do.
 * @throws QueueError `redis_unreachable`, `redis_refused`, `redis_too_old`, `eviction_policy`
 */
export async function connectNow(redis: Redis): Promise<void> {
  await looked(redis, async () => {
    await redis.connect();
    return redis.info();
  });
}

/**
 * Waits for Redis for as long as it takes, or until the signal aborts, and looks whether it will do.
 * @throws QueueError as {@link connectNow}
 */
export async function connectPatiently(redis: Redis, signal: AbortSignal | undefined): Promise<void> {
  const giveUp = (): void => redis.disconnect();
  signal?.addEventListener('abort', giveUp, { once: true });
  try {
    if (signal?.aborted) giveUp();
    await looked(redis, () => redis.info());
  } finally {
    signal?.removeEventListener('abort', giveUp);
  }
}

async function looked(redis: Redis, ask: () => Promise<string>): Promise<void> {
  let refusal: Error | undefined;
  const hear = (error: Error): void => {
    // What the connection itself was told; whoever asked hears only that it was closed.
    if (isRefusal(error)) refusal = error;
    // It would try again for ever.
    if (refusal) redis.disconnect();
  };
  redis.on('error', hear);
  try {
    checkRedis(await ask());
  } catch (error) {
    redis.disconnect();
    throw asQueueError(refusal ?? error);
  } finally {
    redis.off('error', hear);
  }
}

function isRefusal(error: unknown): boolean {
  return (
    error instanceof Error && /^(?:NOAUTH|WRONGPASS|NOPERM|ERR AUTH|ERR invalid password)/.test(error.message)
  );
}

/** Why Redis will not do. */
export function asQueueError(cause: unknown): QueueError {
  if (cause instanceof QueueError) return cause;
  return isRefusal(cause)
    ? new QueueError('redis_refused', 'Redis does not take the name or the password, or allows too little', {
        cause,
      })
    : new QueueError('redis_unreachable', 'Redis cannot be reached', { cause });
}
