import type { IncomingMessage, ServerResponse } from 'node:http';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { Context } from 'hono';
import { type AdmissionPolicy, admit, answerHeaders } from './admission.js';
import type { RouteEnv } from './route-env.js';
import { listedScope } from './route-scopes.js';
import type { SharedBody, SharedText } from './status-body.js';

/** Answers with a shared body, or 304 when the caller has it. */
export function sharedAnswer(c: Context<RouteEnv>, shared: SharedText): Response {
  const body = shared.current();
  const ifNoneMatch = c.req.header('if-none-match');
  const { outgoing } = c.env;
  if (outgoing && 'writableLength' in outgoing) {
    send(outgoing, body, ifNoneMatch, c.get('answerHeaders'));
    return RESPONSE_ALREADY_SENT;
  }
  const headers = headersOf(body);
  if (ifNoneMatch === body.etag) return new Response(null, { status: 304, headers });
  return new Response(body.bytes as Uint8Array<ArrayBuffer>, { headers });
}

/**
 * Answers what is asked most, the polled bodies, without a `Request` and a `Response` around it: those would cost more
 * than the answer. Admission is the same; what it refuses is left to the routes, which say why.
 * @returns whether it was answered
 */
export function answerDirectly(
  { method, url = '', headers, headersDistinct }: IncomingMessage,
  outgoing: ServerResponse,
  shared: ReadonlyMap<string, SharedText>,
  policy: AdmissionPolicy,
): boolean {
  const body = method === 'GET' ? shared.get(url) : undefined;
  if (!body) return false;
  // Node takes the first of two keys; the routes see both, and refuse.
  if ((headersDistinct['authorization']?.length ?? 0) > 1) return false;
  const { host = null, origin = null, authorization } = headers;
  const secFetchSite = headers['sec-fetch-site'];
  const asked = {
    method: 'GET',
    host,
    origin,
    secFetchSite: typeof secFetchSite === 'string' ? secFetchSite : null,
    authorization,
    tokenInQuery: false,
    streams: false,
  };
  const admission = admit(asked, listedScope({ method: 'GET', path: url }) ?? 'admin', policy);
  if (!admission.allowed) return false;
  send(
    outgoing,
    body.current(),
    headers['if-none-match'],
    answerHeaders(admission.corsOrigin, admission.caller),
  );
  return true;
}

/** The bytes go to the socket as they are: through a `Response` each answer would copy them. */
function send(
  outgoing: ServerResponse,
  body: SharedBody,
  ifNoneMatch: string | undefined,
  headers: Readonly<Record<string, string>>,
): void {
  const all = { ...headers, ...headersOf(body) };
  if (ifNoneMatch === body.etag) outgoing.writeHead(304, all).end();
  else outgoing.writeHead(200, { ...all, 'content-length': body.bytes.byteLength }).end(body.bytes);
}

function headersOf({ etag, contentType }: SharedBody): Record<string, string> {
  return { etag, 'cache-control': 'no-cache', 'content-type': contentType };
}
