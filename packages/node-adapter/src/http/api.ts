import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Clock, type Hub, systemClock } from '@corral/core';
import { getRequestListener } from '@hono/node-server';
import { Hono } from 'hono';
import { AdapterError } from '../errors.js';
import { createLogger, type Logger } from '../logger.js';
import type { TokenBook } from '../tokens/token-book.js';
import type { AdmissionPolicy } from './admission.js';
import { bodyRules } from './body-rules.js';
import { Callers } from './callers.js';
import { dashboardRoutes } from './dashboard.js';
import { isHostHeader, isOrigin, isToken } from './edge-policy.js';
import { EventStream } from './event-stream.js';
import { gate, ownHostOnly } from './gate.js';
import { errorResponse, thrownResponse } from './http-errors.js';
import { hubRoutes, isStreamPath, sharedRoutes } from './hub-routes.js';
import { JobStreams } from './job-streams.js';
import { refuseRaw } from './raw-guard.js';
import { readBody } from './request-body.js';
import type { RouteEnv } from './route-env.js';
import { RouteScopes } from './route-scopes.js';
import { SeriesJson } from './series-json.js';
import { answerDirectly } from './shared-answer.js';
import { SharedJson, statusJson } from './status-body.js';

/** How the API is served. */
export interface CreateApiOptions {
  /** Exact Host headers that are answered; without a port: every port. Default: the loopback names. */
  readonly allowedHosts?: readonly string[];
  /** Exact origins of other sites whose pages may call. Default: none. */
  readonly allowedOrigins?: readonly string[];
  /**
   * When set, every route under /api and /metrics needs `Authorization: Bearer <token>`, and this one has the scope
   * `admin`. Default: none.
   */
  readonly token?: string;
  /** Tokens with scopes, such as {@link openTokenBook} opens. From the first one on callers need one. Default: none. */
  readonly tokens?: TokenBook;
  /** Whether a token is needed even while there is none; then nobody is let in. Default: false. */
  readonly tokenNeeded?: boolean;
  /** Whether the dashboard page is served at `/`. Default: true. */
  readonly dashboard?: boolean;
  /** Milliseconds between comment lines on idle streams. Default: 15 000. */
  readonly heartbeatMs?: number;
  /** Measures the rates of registrations, reports and wrong tokens. Default: the real one. */
  readonly clock?: Clock;
  /** Default: JSON lines on stderr, warnings and worse. */
  readonly logger?: Logger;
}

/** A hub over HTTP, ready to mount. */
export interface Api {
  /** A web-standard handler for every runtime that has `Request` and `Response`. */
  readonly fetch: (request: Request) => Response | Promise<Response>;
  /** A listener for `node:http` and for frameworks built on it, such as Express. */
  readonly nodeHandler: (incoming: IncomingMessage, outgoing: ServerResponse) => void;
  /** How many streams are open: of events, and of jobs. */
  readonly streamCount: number;
  /** Ends every open stream. The hub and the tokens stay as they are. */
  dispose(): void;
}

const loopbackHosts = ['127.0.0.1', 'localhost', '[::1]'];

/**
 * Serves a hub: `/healthz`, `/api/*`, `/api/events` (SSE), `/metrics` for Prometheus and the dashboard page.
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
  const { tokens, clock = systemClock, heartbeatMs } = options;
  const logger = options.logger ?? createLogger({ level: 'warn' });
  const callers = new Callers(options);
  const policy: AdmissionPolicy = {
    allowedHosts: options.allowedHosts ?? loopbackHosts,
    allowedOrigins: options.allowedOrigins ?? [],
    callers,
  };
  const beat = heartbeatMs !== undefined && { heartbeatMs };
  const stream = new EventStream({ hub, ...beat });
  const jobStreams = new JobStreams({ jobs: hub.jobs, clock, logger, ...beat });
  const seriesJson = new SeriesJson();
  const status = new SharedJson(stream, () => statusJson(hub, seriesJson));
  const snapshot = new SharedJson(stream, () =>
    JSON.stringify({ ...hub.snapshot(), lastEventId: stream.lastEventId }),
  );
  const shared = new Map([
    [sharedRoutes.status, status],
    [sharedRoutes.snapshot, snapshot],
  ]);
  const unwatchTokens = tokens?.onChanged(() => {
    for (const each of [stream, jobStreams]) each.cut((caller) => callers.isWelcome(caller));
  });

  const app = new Hono<RouteEnv>();
  app.use(gate({ policy, scopes: () => scopes, streams: isStreamPath, clock }));
  app.use('/api/hosts/:id/*', ownHostOnly);
  app.use('/api/*', async (c, next) => {
    if (c.req.method === 'GET' || c.req.method === 'HEAD') return next();
    const body = await readBody(c.req.raw, bodyRules(c.req.method, c.req.path));
    if ('refusal' in body) return body.refusal;
    if ('yaml' in body) c.set('yaml', body.yaml);
    else c.set('body', body.value);
    return next();
  });
  const pages = options.dashboard === false ? new Hono() : dashboardRoutes();
  const scopes = new RouteScopes([...app.routes], pages.routes);
  app.route('/', hubRoutes(hub, { stream, jobStreams, status, snapshot, clock }));
  app.route('/', pages);

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
      return stream.readerCount + jobStreams.readerCount;
    },
    dispose: () => {
      unwatchTokens?.();
      stream.dispose();
      jobStreams.dispose();
    },
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

function matches(routePath: string, pathname: string): boolean {
  const pattern = routePath
    .split('/')
    .map((part) => (part.startsWith(':') ? '[^/]+' : part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')));
  return new RegExp(`^${pattern.join('/')}$`).test(pathname);
}
