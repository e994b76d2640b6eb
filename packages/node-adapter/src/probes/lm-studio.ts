import type { AskServer, EndpointProbe, ServerLook } from './endpoint-probe.js';
import { type JsonRecord, parseJson, recordOf, recordsOf, textOf } from './json-values.js';
import { rememberLast } from './remember-last.js';
import { type ServedModel, servedModel } from './served-models.js';
import { unrecognised } from './watched-endpoint.js';

/** The lists of its two generations, the newer first. Each says in one answer what there is and what of it is loaded. */
export const lmStudioLists = ['/api/v1/models', '/api/v0/models'] as const;

/** One of {@link lmStudioLists}. */
type LmStudioList = (typeof lmStudioLists)[number];

/**
 * LM Studio, which tells nothing of memory and of requests that wait. A path that it does not know is answered with 200
 * and an error in the body, so only a body that is such a list counts.
 */
export function lmStudioProbe(): EndpointProbe {
  const parsers = new Map(lmStudioLists.map((path) => [path, rememberLast(bothOf(path))]));
  let known: LmStudioList | undefined;
  const look = async (ask: AskServer): Promise<ServerLook> => {
    const paths = known === undefined ? lmStudioLists : [known];
    known = undefined;
    for (const path of paths) {
      // Only of the last one left does it mean something that it is not there.
      const answer = path === paths.at(-1) ? await ask.need(path) : await ask.want(path);
      const found = answer && parsers.get(path)?.(answer.text);
      if (!found) continue;
      known = path;
      return { latencyMs: answer.durationMs, ...found };
    }
    throw unrecognised();
  };
  return { kind: 'lm-studio', look };
}

/** The models of the list at this path; `null` when the answer is none. */
export function parseLmStudioList(path: LmStudioList, text: string): readonly ServedModel[] | null {
  const body = recordOf(parseJson(text));
  if (path === '/api/v1/models') {
    const rows = recordsOf(body['models']);
    return rows?.every((row) => Array.isArray(row['loaded_instances'])) ? rows.flatMap(newerModel) : null;
  }
  const rows = recordsOf(body['data']);
  return rows?.every((row) => textOf(row['state']) !== null) ? rows.flatMap(olderModel) : null;
}

function bothOf(path: LmStudioList): (text: string) => Pick<ServerLook, 'listed' | 'loaded'> | null {
  return (text) => {
    const listed = parseLmStudioList(path, text);
    return listed && { listed, loaded: listed.filter(({ state }) => state === 'ready') };
  };
}

/** Whether this is what LM Studio says of a path that it does not know. */
export function isLmStudioError(body: JsonRecord): boolean {
  return textOf(body['error'])?.startsWith('Unexpected endpoint or method') ?? false;
}

function newerModel(row: JsonRecord): ServedModel[] {
  const id = textOf(row['key']);
  const isLoaded = (recordsOf(row['loaded_instances'])?.length ?? 0) > 0;
  return id === null ? [] : [servedModel(id, isLoaded ? 'ready' : 'unloaded')];
}

function olderModel(row: JsonRecord): ServedModel[] {
  const id = textOf(row['id']);
  return id === null ? [] : [servedModel(id, row['state'] === 'loaded' ? 'ready' : 'unloaded')];
}
