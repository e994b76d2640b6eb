import { createHash, timingSafeEqual } from 'node:crypto';
import { type EdgePolicy, judgeRequest } from './edge-policy.js';
import type { HttpErrorCode } from './http-errors.js';

/** Who may call, and with what. */
export interface AdmissionPolicy extends EdgePolicy {
  /** When set, `/api` needs it. */
  readonly token: string | undefined;
}

/** The part of a request that decides whether it is answered. */
export interface AskedRequest {
  readonly method: string;
  readonly pathname: string;
  readonly host: string | null;
  readonly origin: string | null;
  readonly secFetchSite: string | null;
  readonly authorization: string | undefined;
  /** Whether the address holds a token, where none belongs. */
  readonly tokenInQuery: boolean;
}

/** A request that is answered, with the headers that every answer carries; or the refusal. */
export type Admission =
  | { readonly allowed: true; readonly corsOrigin: string | null }
  | { readonly allowed: false; readonly code: HttpErrorCode; readonly headers: Record<string, string> };

/** Judges a request before anything of it is read: Host, Origin, then the token. */
export function admit(asked: AskedRequest, policy: AdmissionPolicy, streamRoute: string): Admission {
  const { pathname, authorization } = asked;
  const verdict = judgeRequest({ ...asked, streams: pathname === streamRoute }, policy);
  if (!verdict.allowed) return { allowed: false, code: verdict.code, headers: {} };
  const { corsOrigin } = verdict;
  // A preflight cannot carry a token; what follows it does.
  if (asked.method === 'OPTIONS' || !pathname.startsWith('/api/')) return { allowed: true, corsOrigin };
  if (asked.tokenInQuery) return { allowed: false, code: 'token_in_query', headers: {} };
  if (policy.token === undefined || bears(authorization, policy.token)) return { allowed: true, corsOrigin };
  const headers = { ...corsHeaders(corsOrigin), 'www-authenticate': 'Bearer' };
  return { allowed: false, code: 'unauthorized', headers };
}

/** The headers that every answer carries. */
export function answerHeaders(corsOrigin: string | null): Record<string, string> {
  return {
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-resource-policy': corsOrigin === null ? 'same-origin' : 'cross-origin',
    ...corsHeaders(corsOrigin),
  };
}

/** The headers that let a page of that origin read the answer. */
export function corsHeaders(corsOrigin: string | null): Record<string, string> {
  if (corsOrigin === null) return { vary: 'Origin' };
  return {
    vary: 'Origin',
    'access-control-allow-origin': corsOrigin,
    'access-control-expose-headers': 'ETag',
  };
}

/** Compared as hashes, so that neither length nor content shows in the time it takes. */
function bears(authorization: string | undefined, token: string): boolean {
  const given = authorization?.match(/^Bearer (\S{1,4096})$/)?.[1];
  if (given === undefined) return false;
  const hash = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(given), hash(token));
}
