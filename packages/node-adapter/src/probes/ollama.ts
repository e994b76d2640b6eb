import type { AskServer, EndpointProbe, ServerLook } from './endpoint-probe.js';
import { countOf, type JsonRecord, parseJson, recordOf, recordsOf, textOf } from './json-values.js';
import { rememberLast } from './remember-last.js';
import { type ServedModel, servedModel } from './served-models.js';
import { unrecognised } from './watched-endpoint.js';

/**
 * Ollama: `/api/ps` says what is loaded and how much memory it takes, `/api/tags` what was downloaded. Neither loads a
 * model nor keeps one from being unloaded. A model that is still loading is listed like one that is loaded. It tells
 * nothing of requests that wait.
 */
export function ollamaProbe(): EndpointProbe {
  const parseLoaded = rememberLast((text) => modelsOf(text).map(loadedModel));
  const look = async (ask: AskServer): Promise<ServerLook> => {
    const answer = await ask.need('/api/ps');
    return { latencyMs: answer.durationMs, loaded: parseLoaded(answer.text) };
  };
  const list = async (ask: AskServer): Promise<readonly ServedModel[]> =>
    modelsOf((await ask.need('/api/tags')).text).map(availableModel);
  return { kind: 'ollama', look, list };
}

/** A row with the name of its model. */
type NamedRow = JsonRecord & { readonly name: string };

/** An empty list may be `null`. */
function modelsOf(text: string): readonly NamedRow[] {
  const body = recordOf(parseJson(text));
  const rows = body['models'] === null ? [] : recordsOf(body['models']);
  if (!rows?.every(hasName)) throw unrecognised();
  return rows;
}

function loadedModel(row: NamedRow): ServedModel {
  const { name: id } = row;
  if (isElsewhere(row)) return servedModel(id, 'ready');
  const sizeBytes = countOf(row['size']);
  return { id, state: 'ready', sizeBytes, vramBytes: countOf(row['size_vram']) };
}

/** `size` in this list is that of the download: what the model will take when it is loaded is not known from it. */
function availableModel(row: NamedRow): ServedModel {
  // A model of its cloud is never loaded and never unloaded.
  return servedModel(row.name, isElsewhere(row) ? null : 'unloaded');
}

function hasName(row: JsonRecord): row is NamedRow {
  return textOf(row['name']) !== null;
}

function isElsewhere(row: JsonRecord): boolean {
  return textOf(row['remote_model']) !== null || textOf(row['remote_host']) !== null;
}
