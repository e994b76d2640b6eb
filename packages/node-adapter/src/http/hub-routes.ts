import type { Clock, Hub } from '@corral/core';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { type Context, Hono } from 'hono';
import type { EventStream } from './event-stream.js';
import { hostRoutes } from './host-routes.js';
import { metricsRoutes } from './metrics-routes.js';
import { modelRoutes } from './model-routes.js';
import { prometheusRoutes } from './prometheus-routes.js';
import { registryRoutes } from './registry-routes.js';
import type { RouteEnv } from './route-env.js';
import { sharedAnswer } from './shared-answer.js';
import { NodeSseSink, WebSseSink } from './sse-sink.js';
import type { SharedJson } from './status-body.js';

/** The event stream. */
export const streamRoute = '/api/events';
/** Routes whose body is the same for everyone, and asked for most. */
export const sharedRoutes = { status: '/api/models/status', snapshot: '/api/snapshot' } as const;

/** What the routes of a hub share. */
export interface HubRoutesOptions {
  readonly stream: EventStream;
  readonly status: SharedJson;
  readonly snapshot: SharedJson;
  readonly clock: Clock;
}

/** Every route that tells or changes facts. What each needs of a token is in `route-scopes.ts`. */
export function hubRoutes(hub: Hub, { stream, status, snapshot, clock }: HubRoutesOptions): Hono<RouteEnv> {
  const routes = new Hono<RouteEnv>();
  routes.get('/healthz', (c) => c.json({ status: 'ok' }));
  routes.route('/', modelRoutes(hub, status));
  routes.route('/', registryRoutes(hub, clock));
  routes.route('/', hostRoutes(hub, clock));
  routes.route('/', metricsRoutes(hub));
  routes.route('/', prometheusRoutes(hub, stream));
  routes.get(sharedRoutes.snapshot, (c) => sharedAnswer(c, snapshot));
  routes.get(streamRoute, (c) => openStream(c, stream));
  return routes;
}

const streamHeaders = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store, no-transform',
  'x-accel-buffering': 'no',
} as const;

function openStream(c: Context<RouteEnv>, stream: EventStream): Response {
  // Hono answers HEAD with the GET route; a stream would hold the connection for a body that never comes.
  if (c.req.method === 'HEAD') return new Response(null, { headers: streamHeaders });
  const lastEventId = c.req.header('last-event-id');
  const headers = { ...streamHeaders, ...c.get('answerHeaders') };
  const { outgoing } = c.env;
  if (!outgoing || !('writableLength' in outgoing)) {
    const sink = new WebSseSink();
    stream.attach(sink, lastEventId, c.get('caller'));
    return new Response(sink.readable, { headers });
  }
  outgoing.writeHead(200, headers);
  stream.attach(new NodeSseSink(outgoing), lastEventId, c.get('caller'));
  return RESPONSE_ALREADY_SENT;
}
