import { type Caller, type Callers, mayAsk } from './callers.js';
import { type EdgePolicy, type EdgeRequest, judgeRequest } from './edge-policy.js';
import type { HttpErrorCode } from './http-errors.js';
import type { NeededScope } from './route-scopes.js';

/** Who may call, and with what. */
export interface AdmissionPolicy extends EdgePolicy {
  readonly callers: Callers;
}

/** The part of a request that decides whether it is answered. */
export interface AskedRequest extends EdgeRequest {
  readonly authorization: string | undefined;
  /** Whether the address holds a token, where none belongs. */
  readonly tokenInQuery: boolean;
}

/** A request that is answered, for whom; or the refusal. */
export type Admission =
  | {
      readonly allowed: true;
      readonly corsOrigin: string | null;
      /** `null` where the route needs no token although others do. */
      readonly caller: Caller | null;
    }
  | {
      readonly allowed: false;
      readonly code: HttpErrorCode;
      readonly headers: Readonly<Record<string, string>>;
      /** Whether a token was sent and is none of ours: somebody may be guessing. */
      readonly wrongToken: boolean;
    };

/** Judges a request before anything of it is read: Host, Origin, then the token and what it may do. */
export function admit(asked: AskedRequest, needed: NeededScope, policy: AdmissionPolicy): Admission {
  const { callers } = policy;
  const verdict = judgeRequest(asked, policy);
  if (!verdict.allowed) return { allowed: false, code: verdict.code, headers: {}, wrongToken: false };
  const { corsOrigin } = verdict;
  const refuse = (code: HttpErrorCode, headers: Record<string, string> = {}): Admission => ({
    allowed: false,
    code,
    headers: { ...corsHeaders(corsOrigin), ...headers },
    wrongToken: code === 'unauthorized' && asked.authorization !== undefined,
  });
  // A preflight cannot carry a token; what follows it does.
  if (asked.method === 'OPTIONS' || needed === 'open')
    return { allowed: true, corsOrigin, caller: callers.open ? callers.find(undefined) : null };
  if (asked.tokenInQuery) return refuse('token_in_query');
  const caller = callers.find(asked.authorization);
  if (!caller) return refuse('unauthorized', { 'www-authenticate': 'Bearer' });
  return mayAsk(caller, needed) ? { allowed: true, corsOrigin, caller } : refuse('scope_too_small');
}

/** The headers that every answer carries; `corral-scope` says what the caller may ask for. */
export function answerHeaders(corsOrigin: string | null, caller: Caller | null): Record<string, string> {
  return {
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-resource-policy': corsOrigin === null ? 'same-origin' : 'cross-origin',
    ...(caller && { 'corral-scope': caller.scope }),
    ...corsHeaders(corsOrigin),
  };
}

/** The headers that let a page of that origin read the answer. */
export function corsHeaders(corsOrigin: string | null): Record<string, string> {
  if (corsOrigin === null) return { vary: 'Origin' };
  return {
    vary: 'Origin',
    'access-control-allow-origin': corsOrigin,
    'access-control-expose-headers': 'ETag, Corral-Scope, Retry-After',
  };
}
