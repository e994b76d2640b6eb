/** The closed list of codes of {@link EgressFailure}. */
export type EgressFailureCode =
  | 'blocked_address'
  | 'blocked_port'
  | 'egress_public_disabled'
  | 'name_not_found'
  | 'lookup_failed'
  | 'timeout'
  | 'aborted';

/**
 * Why no connection was made: the policy forbids it, or the name led nowhere. `lookup_failed` is DNS itself in trouble,
 * so the name may well exist.
 */
export class EgressFailure extends Error {
  override readonly name = 'EgressFailure';
  readonly code: EgressFailureCode;
  /** Whether the same may work later without anyone changing a setting. */
  readonly retryable: boolean;

  constructor(code: EgressFailureCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.retryable = code === 'lookup_failed' || code === 'timeout' || code === 'aborted';
  }
}
