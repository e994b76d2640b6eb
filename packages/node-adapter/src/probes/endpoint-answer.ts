import type { BackendReading, EndpointCondition } from '@corral/core';
import { type BoundedAnswer, headerOf } from './bounded-request.js';
import type { ProbeFailure, ProbeFailureReason } from './probe-failure.js';

/** Why a server is not usable now, in two forms: for programs and for people. */
export interface Trouble {
  readonly condition: EndpointCondition;
  /** Never quotes the server. */
  readonly problem: string;
}

/** A failure that has no condition of its own name is an answer that nobody understands. */
const ofFailure: Readonly<Record<ProbeFailureReason, EndpointCondition>> = {
  refused: 'refused',
  timeout: 'timeout',
  reset: 'reset',
  body_too_large: 'body_too_large',
  unexpected_encoding: 'unexpected_encoding',
  protocol: 'unrecognised',
  blocked_address: 'blocked_address',
  name_not_found: 'name_not_found',
  local_resource: 'local_resource',
};

/** What a request without an answer means for the endpoint. */
export function troubleOfFailure({ reason, message }: ProbeFailure): Trouble {
  return { condition: ofFailure[reason], problem: message };
}

/** What the status of an answer means for the endpoint; `null` for 200. */
export function troubleOfAnswer(answer: BoundedAnswer): Trouble | null {
  const { status } = answer;
  if (status === 200) return null;
  if (status >= 300 && status < 400)
    return { condition: 'redirect_refused', problem: 'The server redirects, which is never followed' };
  if (status === 401 || status === 403)
    return { condition: 'auth_required', problem: 'The server asks for an API key, or for another one' };
  if (status === 429)
    return { condition: 'rate_limited', problem: 'The server says that it is asked too often' };
  if (status === 503 && isLoading(answer)) return { condition: 'loading', problem: 'The server is loading' };
  if (status >= 500) return { condition: 'server_error', problem: `The server answered with ${status}` };
  return { condition: 'unrecognised', problem: `The server answered with ${status}` };
}

/** Whether the answer comes from a llama-server or llama.cpp's router itself, and from no proxy before it. */
export function isFromLlama(answer: BoundedAnswer): boolean {
  return headerOf(answer, 'server') === 'llama.cpp';
}

/** A reading without models, because of trouble. */
export function troubledReading({ condition, problem }: Trouble): BackendReading {
  return { condition, problem, latencyMs: null, models: null };
}

/** Behind a proxy the header may be another one, but the body is still that of a llama-server. */
function isLoading(answer: BoundedAnswer): boolean {
  return isFromLlama(answer) || /"unavailable_error"/.test(answer.text.slice(0, 2000));
}
