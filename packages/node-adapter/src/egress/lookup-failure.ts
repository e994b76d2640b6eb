import { EgressFailure } from './egress-failure.js';

/** A signal with a deadline is a deadline; any other is somebody's wish. */
export function endOf(signal: AbortSignal | undefined): EgressFailure {
  const reason: unknown = signal?.reason;
  const isDeadline = reason instanceof Error && reason.name === 'TimeoutError';
  return isDeadline
    ? new EgressFailure('timeout', 'No answer from the name service in time', reason)
    : new EgressFailure('aborted', 'The look-up was called off', reason);
}

/** What the resolver's own error means. Other codes, `EAI_AGAIN` for one, say that DNS itself is in trouble. */
export function asLookupFailure(error: unknown, name: string): EgressFailure {
  if (error instanceof EgressFailure) return error;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'ENOTFOUND':
    case 'ENODATA':
    case 'NXDOMAIN':
      return new EgressFailure('name_not_found', `\`${name}\` is not known to the name service`, error);
    case 'ETIMEOUT':
    case 'ETIMEDOUT':
      return new EgressFailure('timeout', 'The name service did not answer in time', error);
    default:
      return new EgressFailure('lookup_failed', 'The name service could not answer', error);
  }
}
