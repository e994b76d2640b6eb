/** The closed list of reasons of an {@link UpstreamFailure}. */
export type UpstreamFailureReason =
  | 'aborted'
  | 'unreachable'
  | 'blocked'
  | 'cut'
  | 'silent'
  | 'too_slow'
  | 'too_large'
  | 'encoded'
  | 'protocol';

/** Why a request to a model's server brought no answer. The message is ours: it never quotes the other side. */
export class UpstreamFailure extends Error {
  override readonly name = 'UpstreamFailure';
  readonly reason: UpstreamFailureReason;
  /** Whether the server may have got the request, and so may have worked on it. */
  readonly wasSent: boolean;

  constructor(reason: UpstreamFailureReason, wasSent: boolean, cause?: unknown) {
    super(meanings[reason], cause === undefined ? undefined : { cause });
    this.reason = reason;
    this.wasSent = wasSent;
  }
}

const meanings: Readonly<Record<UpstreamFailureReason, string>> = {
  aborted: 'The request was called off',
  unreachable: 'The server could not be reached',
  blocked: 'The address of the server may not be connected to',
  cut: 'The connection was cut',
  silent: 'The server said nothing for too long',
  too_slow: 'The answer took too long',
  too_large: 'The answer is too large',
  encoded: 'The answer is compressed, which nobody asked for',
  protocol: 'The answer is not valid HTTP',
};
