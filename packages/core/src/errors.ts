/** The closed list of codes of {@link CorralError}. */
export const corralErrorCodes = [
  'invalid_argument',
  'unknown_model',
  'model_disabled',
  'action_not_supported',
  'start_failed',
  'no_port_available',
  'invalid_settings',
  'unknown_endpoint',
  'duplicate_endpoint',
  'self_reference',
  'limit_reached',
  'endpoint_unreachable',
  'invalid_url',
  'invalid_host',
  'invalid_port',
  'invalid_path',
  'invalid_api_key',
  'unsupported_scheme',
  'blocked_address',
  'blocked_port',
  'egress_public_disabled',
  'replayed',
  'unknown_job',
  'unknown_task',
  'invalid_job',
  'out_of_range',
  'limit_exceeded',
  'duplicate_task_id',
  'invalid_id',
  'invalid_yaml',
  'alias_not_allowed',
  'tag_not_allowed',
  'yaml_too_deep',
  'yaml_too_large',
  'job_running',
  'job_finished',
  'no_executor',
  'store_failed',
  'disposed',
] as const;

/** One of {@link corralErrorCodes}. */
export type CorralErrorCode = (typeof corralErrorCodes)[number];

/** What a {@link CorralError} is built from. */
export interface CorralErrorOptions {
  /** Whether the same call may succeed later. Default: `false`. */
  readonly retryable?: boolean;
  readonly cause?: unknown;
  /** JSON-safe facts for the caller, for example the fields of a form that were refused. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/**
 * Thrown by core for misuse and broken calls. Expected failures of a model are its state, not an exception.
 * Decide by `code`; the message is for people.
 */
export class CorralError extends Error {
  override readonly name = 'CorralError';
  readonly code: CorralErrorCode;
  readonly retryable: boolean;
  readonly details: Readonly<Record<string, unknown>> | undefined;

  constructor(code: CorralErrorCode, message: string, options: CorralErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable ?? false;
    this.details = options.details;
  }
}

/** Builds the error for an argument that is not what it should be. */
export function invalidArgument(name: string, expected: string, got: unknown): CorralError {
  return new CorralError(
    'invalid_argument',
    `Expected \`${name}\` to be ${expected}, got \`${String(got)}\``,
    {
      details: { argument: name },
    },
  );
}
