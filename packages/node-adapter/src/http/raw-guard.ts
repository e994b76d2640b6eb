import type { IncomingMessage, ServerResponse } from 'node:http';
import { mostBytes } from './body-rules.js';
import { judgeTarget } from './edge-policy.js';
import { errorBody, type HttpErrorCode, statusOf } from './http-errors.js';
import { httpLimits } from './http-limits.js';

const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/**
 * Refuses what only shows on the wire, before a `Request` is made of it: targets that parsers read differently, none
 * or two Host headers, methods and encodings that nobody serves, bodies announced as too large.
 * @returns whether the request was refused and answered
 */
export function refuseRaw(incoming: IncomingMessage, outgoing: ServerResponse): boolean {
  const code = judgeRaw(incoming);
  if (code === null) return false;
  const body = JSON.stringify(errorBody(code));
  outgoing.writeHead(statusOf(code), {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'x-content-type-options': 'nosniff',
    // Whatever follows in this connection is not read as a request.
    connection: 'close',
  });
  outgoing.end(body);
  return true;
}

function judgeRaw({
  method = '',
  url = '',
  rawHeaders,
  headers,
  headersDistinct,
}: IncomingMessage): HttpErrorCode | null {
  if (rawHeaders.length / 2 > httpLimits.headerFields) return 'too_many_headers';
  if (headersDistinct['host']?.length !== 1) return 'bad_request';
  if (!methods.has(method)) return 'method_not_allowed';
  if (headers.upgrade !== undefined) return 'upgrade_refused';
  const badTarget = judgeTarget(url);
  if (badTarget !== null) return badTarget;
  if (headers['content-encoding'] !== undefined) return 'unsupported_media_type';
  const [path = ''] = url.split('?');
  const most = mostBytes(method, path, headers['content-type'] ?? '');
  if (Number(headers['content-length'] ?? 0) <= most) return null;
  return most === httpLimits.bodyBytes ? 'payload_too_large' : 'yaml_too_large';
}
