/** The closed list of codes of {@link AdapterError}. */
export const adapterErrorCodes = [
  'invalid_option',
  'insecure_bind',
  'address_in_use',
  'address_unavailable',
  'state_dir_locked',
  'state_dir_unusable',
  'store_newer',
  'store_locked',
  'store_full',
  'store_unusable',
] as const;

/** One of {@link adapterErrorCodes}. */
export type AdapterErrorCode = (typeof adapterErrorCodes)[number];

/** Thrown when the adapter cannot be set up. Decide by `code`; the message is for people. */
export class AdapterError extends Error {
  override readonly name = 'AdapterError';
  readonly code: AdapterErrorCode;
  /** Whether the same call may succeed later without a change of options. */
  readonly retryable: boolean;

  constructor(
    code: AdapterErrorCode,
    message: string,
    options: { readonly retryable?: boolean; readonly cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable ?? false;
  }
}
