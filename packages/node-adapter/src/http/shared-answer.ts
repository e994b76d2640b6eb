import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { Context } from 'hono';
import type { RouteEnv } from './route-env.js';
import type { SharedJson } from './status-body.js';

/**
 * Answers with a shared body, or 304 when the caller has it. On Node the bytes go to the socket as they are: through a
 * `Response` each answer would copy them.
 */
export function sharedAnswer(c: Context<RouteEnv>, shared: SharedJson): Response {
  const { etag, bytes } = shared.current();
  const headers = { etag, 'cache-control': 'no-cache', 'content-type': 'application/json' };
  const isKnown = c.req.header('if-none-match') === etag;
  const { outgoing } = c.env;
  if (!outgoing || !('writableLength' in outgoing)) {
    return isKnown
      ? new Response(null, { status: 304, headers })
      : new Response(bytes as Uint8Array<ArrayBuffer>, { headers });
  }
  const all = { ...c.get('answerHeaders'), ...headers };
  if (isKnown) outgoing.writeHead(304, all).end();
  else outgoing.writeHead(200, { ...all, 'content-length': bytes.byteLength }).end(bytes);
  return RESPONSE_ALREADY_SENT;
}
