/**
 * The closed list of codes of {@link QueueError}.
 *
 * - `invalid_option`: an option is not what it should be.
 * - `redis_unreachable`: nothing answers at the address.
 * - `redis_refused`: Redis does not take the name or the password, or allows too little.
 * - `redis_too_old`: it is older than 7.0.
 * - `eviction_policy`: it drops keys when its memory is full, and tasks with them: set `maxmemory-policy` to `noeviction`.
 */
export const queueErrorCodes = [
  'invalid_option',
  'redis_unreachable',
  'redis_refused',
  'redis_too_old',
  'eviction_policy',
] as const;

/** One of {@link queueErrorCodes}. */
export type QueueErrorCode = (typeof queueErrorCodes)[number];

/** Thrown when a dispatcher or a worker cannot be set up. Decide by `code`; the message is for people. */
export class QueueError extends Error {
  override readonly name = 'QueueError';
  readonly code: QueueErrorCode;
  /** Whether the same call may succeed later without a change of options. */
  readonly retryable: boolean;

  constructor(code: QueueErrorCode, message: string, options: { readonly cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryable = code === 'redis_unreachable';
  }
}
