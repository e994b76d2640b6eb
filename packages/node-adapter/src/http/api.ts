import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Hub } from '@corral/core';
import { getRequestListener } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { Hono } from 'hono';
import { AdapterError } from '../errors.js';
import { createLogger, type Logger } from '../logger.js';
import { type AdmissionPolicy, admit, answerHeaders, corsHeaders } from './admission.js';
import { dashboardRoutes } from './dashboard.js';
import { isHostHeader, isOrigin, isToken, judgeTarget } from './edge-policy.js';
import { EventStream } from './event-stream.js';
import { errorResponse, thrownResponse } from './http-errors.js';
import { modelRoutes } from './model-routes.js';
import { refuseRaw } from './raw-guard.js';
import { readBody } from './request-body.js';
import type { RouteEnv } from './route-env.js';
import { SeriesJson } from './series-json.js';
import { answerDirectly, sharedAnswer } from './shared-answer.js';
import { NodeSseSink, WebSseSink } from './sse-sink.js';
import { SharedJson, statusJson } from './status-body.js';

/** How the API is served. */
export interface CreateApiOptions {
  /** Exact Host headers that are answered; without a port: every port. Default: the loopback names. */
  readonly allowedHosts?: readonly string[];
  /** Exact origins of other sites whose pages may call. Default: none. */
  readonly allowedOrigins?: readonly string[];
  /** When set, every route under /api needs `Authorization: Bearer <token>`. Default: none. */
  readonly token?: string;
  /** Whether the dashboard page is served at `/`. Default: true. */
  readonly dashboard?: boolean;
  /** Milliseconds between comment lines on idle streams. Default: 15 000. */
  readonly heartbeatMs?: number;
  /** Default: JSON lines on stderr, warnings and worse. */
  readonly logger?: Logger;
}

/** A hub over HTTP, ready to mount. */
export interface Api {
  /** A web-standard handler for every runtime that has `Request` and `Response`. */
  readonly fetch: (request: Request) => Response | Promise<Response>;
  /** A listener for `node:http` and for frameworks built on it, such as Express. */
  readonly nodeHandler: (incoming: IncomingMessage, outgoing: ServerResponse) => void;
  /** How many event streams are open. */
  readonly streamCount: number;
  /** Ends every open stream. The hub stays as it is. */
  dispose(): void;
}

const loopbackHosts = ['127.0.0.1', 'localhost', '[::1]'];
const streamRoute = '/api/events';

/**
 * Serves a hub: `/healthz`, `/api/models/*`, `/api/snapshot`, `/api/events` (SSE) and the dashboard page.
 *
 * Host and Origin are checked against exact lists before anything else, so a page of another site can neither read nor
 * steer the hub unless you list it.
 * @throws AdapterError `invalid_option` for a host, origin or token that no request could ever have
 * @example
 * const api = createApi(hub, { allowedOrigins: ['https://dash.example'] });
 * http.createServer(api.nodeHandler).listen(7676, '127.0.0.1');
 */
export function createApi(hub: Hub, options: CreateApiOptions = {}): Api {
  checkOptions(options);
  const logger = options.logger ?? createLogger({ level: 'warn' });
  const policy: AdmissionPolicy = {
    allowedHosts: options.allowedHosts ?? loopbackHosts,
    allowedOrigins: options.allowedOrigins ?? [],
    token: options.token,
  };
  const stream = new EventStream({
    hub,
    ...(options.heartbeatMs !== undefined && { heartbeatMs: options.heartbeatMs }),
  });
  const seriesJson = new SeriesJson();
  const status = new SharedJson(stream, () => statusJson(hub, seriesJson));
  const snapshot = new SharedJson(stream, () =>
    JSON.stringify({ ...hub.snapshot(), lastEventId: stream.lastEventId }),
  );
  const shared = new Map([
    ['/api/models/status', status],
    ['/api/snapshot', snapshot],
  ]);
  const app = new Hono<RouteEnv>();

  app.use(async (c, next) => {
    const { req } = c;
    const url = new URL(req.url);
    const badTarget = judgeTarget(c.env.incoming ? url.pathname : url.pathname + url.search);
    if (badTarget !== null) return errorResponse(badTarget);
    const admission = admit(
      {
        method: req.method,
        pathname: url.pathname,
        host: req.header('host') ?? url.host,
        origin: req.header('origin') ?? null,
        secFetchSite: req.header('sec-fetch-site') ?? null,
        authorization: req.header('authorization'),
        tokenInQuery: url.searchParams.has('token'),
      },
      policy,
      streamRoute,
    );
    if (!admission.allowed) return errorResponse(admission.code, admission.headers);
    if (req.method === 'OPTIONS') return preflight(admission.corsOrigin);
    const headers = answerHeaders(admission.corsOrigin);
    c.set('answerHeaders', headers);
    await next();
    if (c.res === RESPONSE_ALREADY_SENT) return;
    for (const [name, value] of Object.entries(headers)) c.res.headers.set(name, value);
    return;
  });

  app.on(['POST', 'PUT', 'PATCH', 'DELETE'], '/api/*', async (c, next) => {
    const body = await readBody(c.req.raw);
    if ('refusal' in body) return body.refusal;
    c.set('body', body.value);
    return next();
  });

  app.get('/healthz', (c) => c.json({ status: 'ok' }));
  app.route('/', modelRoutes(hub, status));
  app.get('/api/snapshot', (c) => sharedAnswer(c, snapshot));
  app.get(streamRoute, (c) => {
    // Hono answers HEAD with the GET route; a stream would hold the connection for a body that never comes.
    if (c.req.method === 'HEAD') return new Response(null, { headers: streamHeaders });
    const lastEventId = c.req.header('last-event-id');
    const headers = { ...streamHeaders, ...c.get('answerHeaders') };
    const { outgoing } = c.env;
    if (!outgoing || !('writableLength' in outgoing)) {
      const sink = new WebSseSink();
      stream.attach(sink, lastEventId);
      return new Response(sink.readable, { headers });
    }
    outgoing.writeHead(200, headers);
    stream.attach(new NodeSseSink(outgoing), lastEventId);
    return RESPONSE_ALREADY_SENT;
  });
  if (options.dashboard !== false) app.route('/', dashboardRoutes());

  app.notFound((c) => {
    const known = app.routes.some(
      (route) => route.method !== 'ALL' && matches(route.path, new URL(c.req.url).pathname),
    );
    return errorResponse(known ? 'method_not_allowed' : 'not_found');
  });
  app.onError((error) => {
    const response = thrownResponse(error);
    if (response.status === 500) logger.error('a request failed', { error });
    return response;
  });

  const listener = getRequestListener((request, env) => app.fetch(request, env), {
    overrideGlobalObjects: false,
    errorHandler: () => errorResponse('bad_request'),
  });
  return {
    fetch: (request) => app.fetch(request, {}),
    nodeHandler: (incoming, outgoing) => {
      if (refuseRaw(incoming, outgoing) || answerDirectly(incoming, outgoing, shared, policy)) return;
      void listener(incoming, outgoing);
    },
    get streamCount() {
      return stream.readerCount;
    },
    dispose: () => stream.dispose(),
  };
}

function checkOptions({ allowedHosts = [], allowedOrigins = [], token }: CreateApiOptions): void {
  const host = allowedHosts.find((entry) => !isHostHeader(entry));
  const origin = allowedOrigins.find((entry) => !isOrigin(entry));
  if (host !== undefined)
    throw new AdapterError('invalid_option', `Expected a host in \`allowedHosts\`, got \`${host}\``);
  if (origin !== undefined) {
    throw new AdapterError(
      'invalid_option',
      `Expected scheme://host[:port] in \`allowedOrigins\`, got \`${origin}\``,
    );
  }
  if (token !== undefined && !isToken(token)) {
    throw new AdapterError('invalid_option', 'Expected `token` to be printable ASCII without spaces');
  }
}

const streamHeaders = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store, no-transform',
  'x-accel-buffering': 'no',
} as const;

function preflight(corsOrigin: string | null): Response {
  if (corsOrigin === null) return errorResponse('method_not_allowed');
  return new Response(null, {
    status: 204,
    headers: {
      ...corsHeaders(corsOrigin),
      'access-control-allow-methods': 'GET, POST, PATCH, DELETE',
      'access-control-allow-headers': 'authorization, content-type, last-event-id, if-none-match',
      'access-control-max-age': '600',
    },
  });
}

function matches(routePath: string, pathname: string): boolean {
  const pattern = routePath
    .split('/')
    .map((part) => (part.startsWith(':') ? '[^/]+' : part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')));
  return new RegExp(`^${pattern.join('/')}$`).test(pathname);
}
