import { type Clock, sleep } from '@corral/core';
import type { Redis } from 'ioredis';
import type { QueueLogger, QueueSetup } from './queue-options.js';
import { redisLink } from './redis-link.js';

/** What a {@link Mailbox} is made of. */
export interface MailboxOptions extends Pick<QueueSetup, 'connection' | 'lockMs' | 'clock' | 'logger'> {
  readonly key: string;
  /** Its keys are kept over this connection; it reads over one of its own. */
  readonly redis: Redis;
  /** Hears every letter, in order. */
  readonly onLetter: (text: string) => void;
}

/** Milliseconds for which a reader waits for letters in one go. */
const blockMs = 2000;

/** Letters that are read in one go. A result may have a megabyte. */
const lettersAtOnce = 32;

/** Letters after which the oldest are dropped, should nobody read them. */
const mostLetters = 100_000;

/**
 * A stream in Redis that one process reads. It vanishes soon after its owner does, which is how others learn of that; it
 * outlasts a lost connection, so nothing is missed.
 */
export class Mailbox {
  readonly key: string;
  readonly #redis: Redis;
  readonly #reader: Redis;
  readonly #lockMs: number;
  readonly #clock: Clock;
  readonly #logger: QueueLogger;
  readonly #onLetter: (text: string) => void;
  readonly #closing = new AbortController();
  #last = '0-0';
  #reading: Promise<void> | undefined;

  constructor({ key, redis, connection, lockMs, clock, logger, onLetter }: MailboxOptions) {
    this.key = key;
    this.#redis = redis;
    this.#lockMs = lockMs;
    this.#clock = clock;
    this.#logger = logger;
    this.#onLetter = onLetter;
    // Something comes every two seconds, or the connection is dead without knowing it.
    const more = { socketTimeout: 5 * blockMs, lazyConnect: true };
    this.#reader = redisLink(connection, 'waits', () => {}, more);
  }

  /** Creates it and begins to read. */
  async open(): Promise<void> {
    await this.keep();
    this.#reading = this.#readAll();
  }

  /** Keeps it for a while longer. To be called more often than locks run out. */
  async keep(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    const ttlMs = Math.round(this.#lockMs);
    if ((await this.#redis.pexpire(this.key, ttlMs)) === 1) return;
    // Redis may have lost all it knew: its next numbers may be lower than those before.
    this.#last = '0-0';
    await this.#redis.multi().xadd(this.key, '*', 'm', '').pexpire(this.key, ttlMs).exec();
  }

  /** Stops reading at once, and removes it. May take as long as Redis is away. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#reader.disconnect();
    await Promise.all([this.#reading, this.#redis.del(this.key).catch(() => {})]);
  }

  async #readAll(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      try {
        await this.#read();
      } catch {
        // It connects again by itself.
        await sleep(this.#clock, 100, signal);
      }
    }
  }

  async #read(): Promise<void> {
    const from = ['STREAMS', this.key, this.#last] as const;
    const [stream] = (await this.#reader.xread('COUNT', lettersAtOnce, 'BLOCK', blockMs, ...from)) ?? [];
    const letters = (stream?.[1] ?? []).map(([id, fields]) => ({ id, text: fields[1] ?? '' }));
    const last = letters.at(-1);
    if (!last || this.#closing.signal.aborted) return;
    this.#last = last.id;
    for (const { text } of letters) this.#open(text);
    // Read ones only take space; the next round removes what this one could not.
    void this.#redis.xtrim(this.key, 'MINID', last.id).catch(() => {});
  }

  /** A letter that makes no sense must not take the others with it. */
  #open(text: string): void {
    try {
      this.#onLetter(text);
    } catch (error) {
      this.#logger.warn('A message in the task queue makes no sense', { error: nameOf(error) });
    }
  }
}

/** Puts a letter into the mailbox of somebody else. @returns false when there is none: its owner is gone */
export async function post(redis: Redis, key: string, message: object): Promise<boolean> {
  const text = JSON.stringify(message);
  const limit = ['NOMKSTREAM', 'MAXLEN', '~', mostLetters] as const;
  return (await redis.call('XADD', key, ...limit, '*', 'm', text)) !== null;
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : 'unknown';
}
