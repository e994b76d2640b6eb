import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { Context } from 'hono';
import type { RouteEnv } from './route-env.js';
import { NodeSseSink, type SseSink, WebSseSink } from './sse-sink.js';

/** The headers of every stream of events. */
export const streamHeaders = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store, no-transform',
  'x-accel-buffering': 'no',
} as const;

/** Answers with a stream: on Node straight to the socket, elsewhere through a `Response`. */
export function streamTo(c: Context<RouteEnv>, attach: (sink: SseSink) => void): Response {
  const headers = { ...streamHeaders, ...c.get('answerHeaders') };
  const { outgoing } = c.env;
  if (!outgoing || !('writableLength' in outgoing)) {
    const sink = new WebSseSink();
    attach(sink);
    return new Response(sink.readable, { headers });
  }
  outgoing.writeHead(200, headers);
  attach(new NodeSseSink(outgoing));
  return RESPONSE_ALREADY_SENT;
}
