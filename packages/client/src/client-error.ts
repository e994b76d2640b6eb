/** Codes that the client gives by itself. A hub's own codes, such as `unknown_model`, come through as they are. */
export type ClientErrorCode = 'network' | 'timeout' | 'protocol' | 'closed' | (string & {});

/** What a {@link ClientError} is built from. */
export interface ClientErrorOptions {
  readonly retryable?: boolean;
  readonly cause?: unknown;
  readonly status?: number;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** A call to a hub that failed. Decide by `code`; the message is for people. */
export class ClientError extends Error {
  override readonly name = 'ClientError';
  readonly code: ClientErrorCode;
  /** Whether the same call may succeed later. */
  readonly retryable: boolean;
  /** Status of the answer, where there was one. */
  readonly status: number | undefined;
  /** Facts of the hub about the refusal, for example by field. */
  readonly details: Readonly<Record<string, unknown>> | undefined;

  constructor(code: ClientErrorCode, message: string, options: ClientErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable ?? false;
    this.status = options.status;
    this.details = options.details;
  }
}

/** Reads the error that an answer reports; tolerates answers of things between us and the hub. */
export async function errorOf(response: Response): Promise<ClientError> {
  const { status } = response;
  const body: unknown = await response.json().catch(() => undefined);
  const error = isRecord(body) && isRecord(body['error']) ? body['error'] : {};
  const { code, message, retryable, details } = error;
  return new ClientError(
    typeof code === 'string' ? code : 'protocol',
    typeof message === 'string' ? message : `The hub answered with status ${status}`,
    {
      status,
      retryable: retryable === true || status >= 500 || status === 408 || status === 429,
      ...(isRecord(details) && { details }),
    },
  );
}

/** Whether a value is an object with fields. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
