import type { Clock, Hub } from '@corral/core';
import { type Context, Hono } from 'hono';
import { jobsRoute } from './body-rules.js';
import type { EventStream } from './event-stream.js';
import { hostRoutes } from './host-routes.js';
import { jobRoutes } from './job-routes.js';
import type { JobStreams } from './job-streams.js';
import { metricsRoutes } from './metrics-routes.js';
import { modelRoutes } from './model-routes.js';
import { prometheusRoutes } from './prometheus-routes.js';
import { registryRoutes } from './registry-routes.js';
import type { RouteEnv } from './route-env.js';
import { sharedAnswer } from './shared-answer.js';
import type { SharedJson } from './status-body.js';
import { streamHeaders, streamTo } from './stream-answer.js';
import { telemetryRoutes } from './telemetry-routes.js';

/** The event stream. */
const streamRoute = '/api/events';

/** Whether a path, as the router sees it, is one of a stream. */
export function isStreamPath(path: string): boolean {
  return path === streamRoute || (path.startsWith(`${jobsRoute}/`) && path.endsWith('/stream'));
}

/** Routes whose body is the same for everyone, and asked for most. */
export const sharedRoutes = { status: '/api/models/status', snapshot: '/api/snapshot' } as const;

/** What the routes of a hub share. */
export interface HubRoutesOptions {
  readonly stream: EventStream;
  readonly jobStreams: JobStreams;
  readonly status: SharedJson;
  readonly snapshot: SharedJson;
  readonly clock: Clock;
}

/** Every route that tells or changes facts. What each needs of a token is in `route-scopes.ts`. */
export function hubRoutes(hub: Hub, options: HubRoutesOptions): Hono<RouteEnv> {
  const { stream, jobStreams, status, snapshot, clock } = options;
  const routes = new Hono<RouteEnv>();
  routes.get('/healthz', (c) => c.json(health(hub)));
  routes.route('/', modelRoutes(hub, status));
  routes.route('/', registryRoutes(hub, clock));
  routes.route('/', hostRoutes(hub, clock));
  routes.route('/', jobRoutes(hub.jobs, jobStreams));
  routes.route('/', metricsRoutes(hub));
  routes.route('/', telemetryRoutes(hub));
  routes.route('/', prometheusRoutes(hub, stream));
  routes.get(sharedRoutes.snapshot, (c) => sharedAnswer(c, snapshot));
  routes.get(streamRoute, (c) => openStream(c, stream));
  return routes;
}

/** How the hub is. `degraded`: it works, but something of it does not. Everyone may see what. */
function health({ degraded }: Hub): { readonly status: string; readonly reasons?: readonly string[] } {
  return degraded.length === 0 ? { status: 'ok' } : { status: 'degraded', reasons: degraded };
}

function openStream(c: Context<RouteEnv>, stream: EventStream): Response {
  // Hono answers HEAD with the GET route; a stream would hold the connection for a body that never comes.
  if (c.req.method === 'HEAD') return new Response(null, { headers: streamHeaders });
  return streamTo(c, (sink) => stream.attach(sink, c.req.header('last-event-id'), c.get('caller')));
}
