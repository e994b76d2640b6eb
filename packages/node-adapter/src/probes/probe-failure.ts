import { errors } from 'undici';

/** The closed list of reasons of a {@link ProbeFailure}. */
export type ProbeFailureReason =
  | 'refused'
  | 'timeout'
  | 'reset'
  | 'body_too_large'
  | 'unexpected_encoding'
  | 'protocol'
  | 'blocked_address'
  | 'name_not_found'
  | 'local_resource';

/** Why there was no usable answer. The message is ours: it never quotes the other side. */
export class ProbeFailure extends Error {
  override readonly name = 'ProbeFailure';
  readonly reason: ProbeFailureReason;

  constructor(reason: ProbeFailureReason, message: string, cause?: unknown) {
    super(message, { cause });
    this.reason = reason;
  }
}

const outOfHandles = ['local_resource', 'This machine has no free file descriptor or port left'] as const;
const noName = ['name_not_found', 'The name of the server could not be looked up'] as const;
const blocked = ['blocked_address', 'The address may not be connected to'] as const;
const silent = ['timeout', 'No answer in time'] as const;
const cut = ['reset', 'The connection was cut'] as const;

/** What the codes of Node, undici and a guarded connector mean. */
const meanings: Readonly<Record<string, readonly [ProbeFailureReason, string]>> = {
  EMFILE: outOfHandles,
  ENFILE: outOfHandles,
  ENOBUFS: outOfHandles,
  EADDRNOTAVAIL: outOfHandles,
  ECONNREFUSED: ['refused', 'The connection was refused'],
  ECONNRESET: cut,
  EPIPE: cut,
  UND_ERR_SOCKET: cut,
  ETIMEDOUT: silent,
  EHOSTUNREACH: silent,
  ENETUNREACH: silent,
  EHOSTDOWN: silent,
  UND_ERR_CONNECT_TIMEOUT: silent,
  UND_ERR_HEADERS_TIMEOUT: silent,
  UND_ERR_BODY_TIMEOUT: silent,
  timeout: silent,
  aborted: silent,
  ENOTFOUND: noName,
  ENODATA: noName,
  EAI_AGAIN: noName,
  name_not_found: noName,
  lookup_failed: noName,
  blocked_address: blocked,
  blocked_port: blocked,
  egress_public_disabled: blocked,
};

/** What went wrong with a request that `signal` could end. */
export function asProbeFailure(error: unknown, signal: AbortSignal): ProbeFailure {
  if (error instanceof ProbeFailure) return error;
  const found = codesOf(error).flatMap((code) => (Object.hasOwn(meanings, code) ? [meanings[code]] : []));
  // Of several addresses one may be none of this machine's, such as IPv6 where it is off; another tells more.
  const meaning = found.find((each) => each !== outOfHandles) ?? found[0];
  // What a code says beats the deadline: a look-up that failed at the last moment has failed all the same.
  if (meaning) return new ProbeFailure(meaning[0], meaning[1], error);
  if (signal.aborted) return new ProbeFailure(silent[0], silent[1], error);
  if (error instanceof errors.HeadersOverflowError)
    return new ProbeFailure('body_too_large', 'The headers of the answer are too large', error);
  return new ProbeFailure('protocol', 'The answer is not valid HTTP', error);
}

/** The codes of an error, of those it is made of when several addresses were tried, and of its cause. */
function codesOf(error: unknown, depth = 0): string[] {
  if (!(error instanceof Error) || depth > 2) return [];
  const own = 'code' in error && typeof error.code === 'string' ? [error.code] : [];
  const parts = error instanceof AggregateError ? (error.errors as unknown[]) : [];
  return [...own, ...[...parts, error.cause].flatMap((part) => codesOf(part, depth + 1))];
}
