import type { Clock } from '@corral/core';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { Context, MiddlewareHandler } from 'hono';
import { matchedRoutes } from 'hono/route';
import { type Admission, type AdmissionPolicy, admit, answerHeaders, corsHeaders } from './admission.js';
import { mayReport } from './callers.js';
import { judgeTarget } from './edge-policy.js';
import { errorResponse } from './http-errors.js';
import { httpLimits } from './http-limits.js';
import { RateWindow } from './rate-window.js';
import type { RouteEnv } from './route-env.js';
import type { RouteScopes } from './route-scopes.js';

/** What the gate decides by. */
export interface GateOptions {
  readonly policy: AdmissionPolicy;
  /** Asked at the first request, when every route is known. */
  readonly scopes: () => RouteScopes;
  /** Whether a path, as the router sees it, streams. */
  readonly streams: (path: string) => boolean;
  readonly clock: Clock;
}

/** The one place where it is decided who gets to a route: before its handler, and before anything of a body is read. */
export function gate({ policy, scopes, streams, clock }: GateOptions): MiddlewareHandler<RouteEnv> {
  const wrongTokens = new RateWindow({ ...httpLimits.wrongTokens, clock });
  return async (c, next) => {
    const { req } = c;
    const url = new URL(req.url);
    const badTarget = judgeTarget(c.env.incoming ? url.pathname : url.pathname + url.search);
    if (badTarget !== null) return errorResponse(badTarget);
    const asked = {
      method: req.method,
      host: req.header('host') ?? url.host,
      origin: req.header('origin') ?? null,
      secFetchSite: req.header('sec-fetch-site') ?? null,
      // As the router sees it: an escaped letter leads to the same route.
      streams: streams(decodeURIComponent(url.pathname)),
      authorization: req.header('authorization'),
      tokenInQuery: url.searchParams.has('token'),
    };
    const admission = admit(asked, scopes().neededFor(matchedRoutes(c), url.pathname), policy);
    if (!admission.allowed) return refusal(admission, c, wrongTokens);
    if (req.method === 'OPTIONS') return preflight(admission.corsOrigin);
    const headers = answerHeaders(admission.corsOrigin, admission.caller);
    c.set('caller', admission.caller);
    c.set('answerHeaders', headers);
    await next();
    if (c.res === RESPONSE_ALREADY_SENT) return;
    for (const [name, value] of Object.entries(headers)) c.res.headers.set(name, value);
    return;
  };
}

/** Lets agents at the routes of their own host only. */
export const ownHostOnly: MiddlewareHandler<RouteEnv> = async (c, next) => {
  const caller = c.get('caller');
  if (caller && !mayReport(caller, c.req.param('id') ?? '')) return errorResponse('host_not_yours');
  return next();
};

/**
 * The answer to a refused request. Wrong tokens are counted by the address of the connection, never by a header that says
 * who is behind it. They cost whoever sends them an answer, but lock nobody out: a right token passes from the same address
 * however many wrong ones came, since all callers behind one proxy have its address.
 */
function refusal(
  { code, headers, wrongToken }: Extract<Admission, { allowed: false }>,
  c: Context<RouteEnv>,
  wrongTokens: RateWindow,
): Response {
  const waitS = wrongToken ? wrongTokens.take(c.env.incoming?.socket.remoteAddress ?? '') : 0;
  if (waitS === 0) return errorResponse(code, headers);
  return errorResponse('too_many_attempts', { ...headers, 'retry-after': `${waitS}` });
}

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
