import type { EndpointCondition, EndpointKind } from '@corral/core';
import type { BoundedAnswer } from './bounded-request.js';
import { isFromLlama, type Trouble, troubleOfAnswer, troubleOfFailure } from './endpoint-answer.js';
import { parseJson, recordOf, recordsOf, textOf } from './json-values.js';
import { knownServers } from './known-servers.js';
import { parseProps } from './llama-props.js';
import { ProbeFailure } from './probe-failure.js';
import type { ServerConnection } from './server-connection.js';

/** What answers at an address: a kind, or why none was recognised. */
export type Fingerprint =
  | { readonly condition: 'ok'; readonly problem: null; readonly kind: EndpointKind }
  | { readonly condition: Exclude<EndpointCondition, 'ok'>; readonly problem: string; readonly kind: null };

/**
 * Recognises a server with at most three GETs on paths that load, wake and generate nothing. The port says nothing, and
 * the status alone says nothing either: LM Studio answers 200 to every path. What counts is the `Server` header of
 * llama.cpp and what the bodies hold.
 *
 * A llama-server that wants a key is `auth_required`, for without one it cannot be told from a router. Never rejects.
 */
export async function fingerprint(connection: ServerConnection, signal: AbortSignal): Promise<Fingerprint> {
  try {
    return await recognise((path) => connection.get(path, signal));
  } catch (error) {
    if (!(error instanceof ProbeFailure)) throw error;
    return not(troubleOfFailure(error));
  }
}

type Ask = (path: string) => Promise<BoundedAnswer>;

async function recognise(ask: Ask): Promise<Fingerprint> {
  const list = await ask('/v1/models');
  const trouble = troubleOfAnswer(list);
  if (trouble && list.status === 404 && isFromLlama(list))
    return strange('A llama-server answers here, but its API is under another path');
  if (trouble) return not(trouble);
  if (isFromLlama(list)) return askProps(ask, true);
  const body = recordOf(parseJson(list.text));
  const rows = recordsOf(body['data']);
  // A list without rows is what Ollama and llama-swap say when they have no models.
  const isEmpty = body['object'] === 'list' && (body['data'] === null || rows?.length === 0);
  const owner = textOf(rows?.[0]?.['owned_by']);
  const known = owner !== null && Object.hasOwn(knownServers, owner) ? knownServers[owner] : undefined;
  if (known?.next === 'props') return askProps(ask, false);
  if (known?.next === 'llama-swap') return is('llama-swap');
  if (known) return strange(`This is ${known.product}, which cannot be watched`);
  return isEmpty || owner !== null ? askVersion(ask) : strange();
}

/** A router says that it is one; what else has a llama.cpp header is a single server. */
async function askProps(ask: Ask, isCertain: boolean): Promise<Fingerprint> {
  const answer = await ask('/props');
  const trouble = troubleOfAnswer(answer);
  if (trouble) return not(trouble);
  const { isRouter, isLlama } = parseProps(answer.text);
  if (isRouter) return is('llama-router');
  return isCertain || isLlama ? is('llama-server') : strange();
}

/** Ollama has the same page, without a commit. */
async function askVersion(ask: Ask): Promise<Fingerprint> {
  const answer = await ask('/api/version');
  const body = answer.status === 200 ? recordOf(parseJson(answer.text)) : {};
  if (textOf(body['version']) === null) return strange();
  if (typeof body['commit'] === 'string' && typeof body['build_date'] === 'string') return is('llama-swap');
  return Object.keys(body).length === 1 ? strange('This is Ollama, which cannot be watched') : strange();
}

function is(kind: EndpointKind): Fingerprint {
  return { condition: 'ok', problem: null, kind };
}

function not({ condition, problem }: Trouble): Fingerprint {
  // No trouble is called `ok`; the compiler cannot know that.
  return condition === 'ok' ? strange() : { condition, problem, kind: null };
}

function strange(problem = 'What answers here is no server that can be watched'): Fingerprint {
  return { condition: 'unrecognised', problem, kind: null };
}
