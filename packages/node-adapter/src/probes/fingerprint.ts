import { type EndpointCondition, type EndpointKind, limits } from '@corral/core';
import { type BoundedAnswer, headerOf } from './bounded-request.js';
import { isFromLlama, type Trouble, troubleOfAnswer, troubleOfFailure } from './endpoint-answer.js';
import { parseJson, recordOf, textOf } from './json-values.js';
import { knownServers, type NextQuestion } from './known-servers.js';
import { parseProps } from './llama-props.js';
import { isLmStudioError, lmStudioLists, parseLmStudioList } from './lm-studio.js';
import { parseLocalAiSystem } from './localai.js';
import { type OpenAiRow, parseOpenAiList } from './openai-list.js';
import { ProbeFailure } from './probe-failure.js';
import type { QuietPeriod } from './quiet-period.js';
import type { ServerConnection } from './server-connection.js';

/** What answers at an address: a kind, or why none was recognised. */
export type Fingerprint =
  | { readonly condition: 'ok'; readonly problem: null; readonly kind: EndpointKind }
  | { readonly condition: Exclude<EndpointCondition, 'ok'>; readonly problem: string; readonly kind: null };

/**
 * Recognises a server with at most three GETs on paths that load, wake and generate nothing. The port says nothing, and
 * the status alone says nothing either: LM Studio answers 200 to every path. What counts is the `Server` header of
 * llama.cpp and what the bodies hold. Nor does one page make a kind: KoboldCpp answers pages of Ollama and of llama.cpp,
 * llama-swap one of Ollama.
 *
 * A server with a list of models that is nothing else is `openai`. One that wants a key is `auth_required`, for without
 * the key most kinds cannot be told apart. Each request has the deadline of a check. Never rejects.
 * @param quiet begins when the server says that it is asked too often
 */
export async function fingerprint(
  connection: ServerConnection,
  signal: AbortSignal,
  quiet?: QuietPeriod,
): Promise<Fingerprint> {
  try {
    const found = await recognise(async (path) => {
      const deadline = AbortSignal.timeout(limits.checkDeadlineMs);
      const answer = await connection.get(path, AbortSignal.any([signal, deadline]));
      const trouble = troubleOfAnswer(answer);
      if (trouble?.condition === 'rate_limited') quiet?.begin(answer, trouble);
      return answer;
    });
    // What clients of the API are given as its address, and so what people paste.
    const isApiPath = connection.location.basePath.endsWith('/v1');
    return isApiPath && found.condition === 'unrecognised'
      ? strange('Nothing that can be watched answers below this path: leave out `/v1` at its end')
      : found;
  } catch (error) {
    if (!(error instanceof ProbeFailure)) throw error;
    return not(troubleOfFailure(error));
  }
}

type Ask = (path: string) => Promise<BoundedAnswer>;

async function recognise(ask: Ask): Promise<Fingerprint> {
  const list = await ask('/v1/models');
  const trouble = troubleOfAnswer(list);
  if (trouble && list.status === 404) return withoutList(ask, list);
  if (trouble) return not(trouble);
  if (isFromLlama(list)) return askProps(ask, true);
  if (isLmStudioError(recordOf(parseJson(list.text)))) return askLmStudio(ask, strange());
  const rows = parseOpenAiList(list.text);
  if (!rows) return strange();
  const next = nextQuestion(rows[0]);
  if (next === 'props') return askProps(ask, false);
  if (next === 'lm-studio-list') return askLmStudio(ask, is('openai'));
  if (next !== undefined && next !== 'version') return is(next);
  return ofNobodyKnown(ask, list, rows);
}

/**
 * The owner of Ollama's models is whoever published them, and anyone may be called `vllm`; then the name begins with it.
 * The models of KoboldCpp are really called so, and it answers `/api/version` like Ollama.
 */
function nextQuestion(row: OpenAiRow | undefined): NextQuestion | undefined {
  const owner = textOf(row?.['owned_by']);
  if (owner === null || !Object.hasOwn(knownServers, owner)) return undefined;
  const isPublisher = owner !== 'koboldcpp' && row?.id.startsWith(`${owner}/`);
  return isPublisher ? undefined : knownServers[owner];
}

/** Old Ollama has no such list; a llama-server that hides its API below a path has it there. */
async function withoutList(ask: Ask, list: BoundedAnswer): Promise<Fingerprint> {
  if (isFromLlama(list)) return strange('A llama-server answers here, but its API is under another path');
  return (await askVersion(ask)) ?? strange();
}

/** Ollama names owners, LocalAI none; either may have no models to list. */
async function ofNobodyKnown(
  ask: Ask,
  list: BoundedAnswer,
  rows: readonly OpenAiRow[],
): Promise<Fingerprint> {
  // mlx_lm, whose rows have no owner either: any other page of it is a 404.
  if (rows.length > 0 && headerOf(list, 'server')?.startsWith('BaseHTTP/')) return is('openai');
  const [first] = rows;
  const hasOwner = textOf(first?.['owned_by']) !== null;
  if (!first || hasOwner) {
    const found = await askVersion(ask);
    if (found) return found;
  }
  return hasOwner ? is('openai') : askSystem(ask);
}

/** A router says that it is one; what else has a llama.cpp header is a single server. */
async function askProps(ask: Ask, isCertain: boolean): Promise<Fingerprint> {
  const answer = await ask('/props');
  const trouble = troubleOfAnswer(answer);
  // A proxy that passes on no more than the OpenAI API.
  if (trouble && !isCertain && answer.status === 404) return is('openai');
  if (trouble) return not(trouble);
  const { isRouter, isLlama } = parseProps(answer.text);
  if (isRouter) return is('llama-router');
  return is(isCertain || isLlama ? 'llama-server' : 'openai');
}

/** Ollama and llama-swap have the same page, one with nothing but a version; LM Studio answers it with an error. */
async function askVersion(ask: Ask): Promise<Fingerprint | null> {
  const answer = await ask('/api/version');
  const body = answer.status === 200 ? recordOf(parseJson(answer.text)) : {};
  if (isLmStudioError(body)) return is('lm-studio');
  if (textOf(body['version']) === null) return null;
  if (textOf(body['commit']) !== null && textOf(body['build_date']) !== null) return is('llama-swap');
  return Object.keys(body).length === 1 ? is('ollama') : null;
}

async function askSystem(ask: Ask): Promise<Fingerprint> {
  const answer = await ask('/system');
  const body = answer.status === 200 ? answer.text : '';
  if (parseLocalAiSystem(body)) return is('localai');
  return is(isLmStudioError(recordOf(parseJson(body))) ? 'lm-studio' : 'openai');
}

async function askLmStudio(ask: Ask, otherwise: Fingerprint): Promise<Fingerprint> {
  for (const path of lmStudioLists) {
    const answer = await ask(path);
    if (answer.status === 200 && parseLmStudioList(path, answer.text)) return is('lm-studio');
  }
  return otherwise;
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
