import type { Client } from 'undici';
import { asProbeFailure, ProbeFailure } from './probe-failure.js';

/** An answer within bounds. */
export interface BoundedAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  /** Milliseconds from the request until the whole body was there. */
  readonly durationMs: number;
}

/** What to ask. */
export interface BoundedRequestOptions {
  readonly path: string;
  /** Default: `GET`. */
  readonly method?: 'GET' | 'POST';
  /** Sent as JSON. */
  readonly json?: unknown;
  readonly apiKey?: string | undefined;
  /** Whether the connection is given up after the answer. Default: it is kept. */
  readonly isLast?: boolean;
  /** Ends everything: connecting, headers and body together. */
  readonly signal: AbortSignal;
  /** Default: 1 MiB. */
  readonly maxBytes?: number;
}

/**
 * Asks for a fixed path over a kept connection: no redirects, no encodings, a cap on the body counted by us, and no
 * deadline but the signal.
 * @throws ProbeFailure and nothing else
 */
export async function boundedRequest(client: Client, options: BoundedRequestOptions): Promise<BoundedAnswer> {
  const { path, method = 'GET', json, apiKey, isLast = false, signal, maxBytes = 1024 * 1024 } = options;
  const startedMs = performance.now();
  try {
    const { statusCode, headers, body } = await client.request({
      method,
      path,
      signal,
      reset: isLast,
      headersTimeout: 0,
      bodyTimeout: 0,
      headers: {
        ...(apiKey !== undefined && { authorization: `Bearer ${apiKey}` }),
        ...(json !== undefined && { 'content-type': 'application/json' }),
      },
      ...(json !== undefined && { body: JSON.stringify(json) }),
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

/** A header that came once; `null` otherwise. */
export function headerOf(answer: BoundedAnswer, name: string): string | null {
  const value = answer.headers[name];
  return typeof value === 'string' ? value : null;
}
