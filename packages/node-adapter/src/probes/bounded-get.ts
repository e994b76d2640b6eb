import { type Client, errors } from 'undici';

/** An answer within bounds. */
export interface BoundedAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  /** Milliseconds from the request until the whole body was there. */
  readonly durationMs: number;
}

/** Why there was no usable answer. */
export class ProbeFailure extends Error {
  override readonly name = 'ProbeFailure';
  readonly reason: 'refused' | 'timeout' | 'reset' | 'body_too_large' | 'unexpected_encoding' | 'protocol';

  constructor(reason: ProbeFailure['reason'], message: string, cause?: unknown) {
    super(message, { cause });
    this.reason = reason;
  }
}

/** What to ask. */
export interface BoundedGetOptions {
  readonly path: string;
  readonly apiKey?: string | undefined;
  /** Ends everything: connecting, headers and body together. */
  readonly signal: AbortSignal;
  /** Default: 1 MiB. */
  readonly maxBytes?: number;
}

/**
 * GETs a fixed path over a kept connection: no redirects, no encodings, a cap on the body counted by us.
 * @throws ProbeFailure and nothing else
 */
export async function boundedGet(client: Client, options: BoundedGetOptions): Promise<BoundedAnswer> {
  const { path, apiKey, signal, maxBytes = 1024 * 1024 } = options;
  const startedMs = performance.now();
  try {
    const { statusCode, headers, body } = await client.request({
      method: 'GET',
      path,
      signal,
      headers: apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` },
    });
    if (headers['content-encoding'] !== undefined) {
      body.on('error', () => {}).destroy();
      throw new ProbeFailure('unexpected_encoding', 'The answer is compressed, which nobody asked for');
    }
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of body as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > maxBytes)
        throw new ProbeFailure('body_too_large', `The answer is larger than ${maxBytes} bytes`);
      chunks.push(chunk);
    }
    const text = Buffer.concat(chunks).toString('utf8');
    return { status: statusCode, headers, text, durationMs: performance.now() - startedMs };
  } catch (error) {
    throw asProbeFailure(error, signal);
  }
}

function asProbeFailure(error: unknown, signal: AbortSignal): ProbeFailure {
  if (error instanceof ProbeFailure) return error;
  if (
    signal.aborted ||
    error instanceof errors.ConnectTimeoutError ||
    error instanceof errors.HeadersTimeoutError
  ) {
    return new ProbeFailure('timeout', 'No answer in time', error);
  }
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ECONNREFUSED') return new ProbeFailure('refused', 'The connection was refused', error);
  if (code === 'ECONNRESET' || code === 'UND_ERR_SOCKET' || code === 'EPIPE') {
    return new ProbeFailure('reset', 'The connection was cut', error);
  }
  return new ProbeFailure('protocol', 'The answer is not valid HTTP', error);
}
