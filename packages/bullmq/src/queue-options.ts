import { type Clock, systemClock } from '@corral/core';
import type { RedisOptions } from 'ioredis';
import { QueueError } from './queue-error.js';

/** Where a dispatcher or a worker says what it does. The logger of the Node adapter fits, and so do most others. */
export type QueueLogger = Readonly<
  Record<
    'error' | 'warn' | 'info' | 'debug',
    (message: string, fields?: Readonly<Record<string, unknown>>) => void
  >
>;

/** What a dispatcher and its workers have to agree on. */
export interface QueueOptions {
  /** Where Redis is: a URL such as `redis://host:6379`, or the options of ioredis. */
  readonly connection: string | RedisOptions;
  /** Without colons. Default: `corral-tasks`. */
  readonly queueName?: string;
  /** The beginning of all keys in Redis. Default: `corral`. */
  readonly prefix?: string;
  /**
   * Milliseconds without a sign of life after which a worker, or a hub, counts as lost; at least 500. Everything else is
   * derived from it: a task whose worker died is found within one and a half of it. Default: 8000.
   */
  readonly lockDurationMs?: number;
  readonly clock?: Clock;
  /** Default: says nothing. */
  readonly logger?: QueueLogger;
}

/** {@link QueueOptions} that were checked, with their defaults, and what follows from them. */
export interface QueueSetup
  extends Required<Pick<QueueOptions, 'queueName' | 'prefix' | 'clock' | 'logger'>> {
  readonly connection: string | RedisOptions;
  /** Milliseconds that a lock holds without being renewed, and that a mailbox outlives its owner. */
  readonly lockMs: number;
  /** Milliseconds between two searches for tasks whose locks ran out. */
  readonly stalledMs: number;
  /** Milliseconds after which a lock is renewed. */
  readonly renewMs: number;
  /** Milliseconds between two signs of life. */
  readonly beatMs: number;
}

/** Checks options. @throws QueueError `invalid_option` */
export function queueSetup(options: QueueOptions): QueueSetup {
  const { connection, queueName = 'corral-tasks', prefix = 'corral', lockDurationMs = 8000 } = options;
  requireName('queueName', queueName);
  requireName('prefix', prefix);
  if (!Number.isFinite(lockDurationMs) || lockDurationMs < 500)
    throw invalidOption('lockDurationMs', 'a number of milliseconds from 500 on', lockDurationMs);
  return {
    ...{ connection, queueName, prefix, lockMs: lockDurationMs },
    // Losses are found after lockMs and at most two searches: one may have been just before.
    stalledMs: lockDurationMs / 4,
    renewMs: lockDurationMs / 3,
    beatMs: lockDurationMs / 8,
    clock: options.clock ?? systemClock,
    logger: options.logger ?? silent,
  };
}

/** Builds the error for an option that is not what it should be. */
export function invalidOption(name: string, expected: string, got: unknown): QueueError {
  return new QueueError('invalid_option', `Expected \`${name}\` to be ${expected}, got \`${String(got)}\``);
}

function requireName(name: string, value: string): void {
  // A colon parts the keys of a queue.
  if (!/^[^:\s]{1,128}$/.test(value))
    throw invalidOption(name, 'a name without colons and spaces, at most 128 characters long', value);
}

const silent: QueueLogger = { error: () => {}, warn: () => {}, info: () => {}, debug: () => {} };
