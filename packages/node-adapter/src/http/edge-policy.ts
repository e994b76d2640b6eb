import type { HttpErrorCode } from './http-errors.js';

/** Who may call. */
export interface EdgePolicy {
  /** Exact Host headers. An entry without a port stands for every port of that name. */
  readonly allowedHosts: readonly string[];
  /** Exact origins of other sites whose pages may call, such as `https://dash.example`. */
  readonly allowedOrigins: readonly string[];
}

/** The part of a request on which the edge decides. */
export interface EdgeRequest {
  readonly method: string;
  readonly host: string | null;
  readonly origin: string | null;
  readonly secFetchSite: string | null;
  /** Whether the route streams, which a foreign page could hold open. */
  readonly streams: boolean;
}

/** What the edge says: go on, with the origin to name in CORS headers where there is one, or a refusal. */
export type EdgeVerdict =
  | { readonly allowed: true; readonly corsOrigin: string | null }
  | { readonly allowed: false; readonly code: HttpErrorCode };

const hostPattern = /^(\[[0-9a-f:.]+\]|[a-z0-9]([a-z0-9._-]*[a-z0-9])?)(?::(\d{1,5}))?$/i;

/**
 * Judges a request before anything of it is read. Exact membership is the only way in: no suffixes, no wildcards, no
 * reflection. The Host list stops DNS rebinding; the Origin list and Sec-Fetch-Site stop foreign pages.
 */
export function judgeRequest(request: EdgeRequest, policy: EdgePolicy): EdgeVerdict {
  const { host, origin, method } = request;
  const refuse = (code: HttpErrorCode): EdgeVerdict => ({ allowed: false, code });
  if (host === null || !isHostHeader(host)) return refuse('bad_request');
  if (!isAllowedHost(host, policy.allowedHosts)) return refuse('host_not_allowed');

  const listed = origin !== null && policy.allowedOrigins.includes(origin);
  if (listed) return { allowed: true, corsOrigin: origin };
  if (origin !== null && !isSameOrigin(origin, host)) return refuse('origin_not_allowed');

  const foreignPage = request.secFetchSite === 'cross-site' || request.secFetchSite === 'same-site';
  const reads = method === 'GET' || method === 'HEAD';
  if (foreignPage && (!reads || request.streams)) return refuse('origin_not_allowed');
  return { allowed: true, corsOrigin: null };
}

/** Whether a request target is one that we route: a plain path, without tricks that parsers read differently. */
export function judgeTarget(target: string): HttpErrorCode | null {
  if (target.length > 4096) return 'uri_too_long';
  if (!target.startsWith('/') || target.startsWith('//') || /[\\#]/.test(target)) return 'bad_target';
  const [path = ''] = target.split('?');
  let decoded: string;
  try {
    decoded = decodeURIComponent(path);
  } catch {
    return 'bad_target';
  }
  if (
    decoded.includes('\0') ||
    decoded.includes('\\') ||
    decoded.split('/').some((part) => part === '..' || part === '.')
  ) {
    return 'bad_target';
  }
  return null;
}

/** Whether this is a host by its grammar: a name or address, with or without a port up to 65535. */
export function isHostHeader(host: string): boolean {
  const port = hostPattern.exec(host)?.[3];
  return hostPattern.test(host) && (port === undefined || Number(port) <= 65_535);
}

function isAllowedHost(host: string, allowedHosts: readonly string[]): boolean {
  const asked = host.toLowerCase();
  const nameOnly = asked.replace(/:\d+$/, '');
  return allowedHosts.some((entry) => entry.toLowerCase() === asked || entry.toLowerCase() === nameOnly);
}

/** A page of our own: its origin is http or https with exactly the Host that it asked. */
function isSameOrigin(origin: string, host: string): boolean {
  const asked = host.toLowerCase();
  return origin === `http://${asked}` || origin === `https://${asked}`;
}

/** Whether this is an origin as browsers send it: scheme, host and port, and nothing more. */
export function isOrigin(origin: string): boolean {
  if (!URL.canParse(origin)) return false;
  const url = new URL(origin);
  return /^https?:$/.test(url.protocol) && url.origin === origin && !url.host.includes('*');
}

/** Whether this can travel in an Authorization header. */
export function isToken(token: string): boolean {
  return /^[\x21-\x7e]+$/.test(token);
}
