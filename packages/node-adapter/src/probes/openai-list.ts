import type { AskServer } from './endpoint-probe.js';
import { type JsonRecord, parseJson, recordOf, recordsOf, textOf } from './json-values.js';
import { type ServedModel, servedModel } from './served-models.js';
import { unrecognised } from './watched-endpoint.js';

/** A row of a `/v1/models`. */
export type OpenAiRow = JsonRecord & { readonly id: string };

/**
 * Reads a `/v1/models` that can be one: every row has an id, and a list without rows, which may be `null`, says that it
 * is a list. `null` when it is none.
 */
export function parseOpenAiList(text: string): readonly OpenAiRow[] | null {
  const body = recordOf(parseJson(text));
  const rows = body['data'] === null && body['object'] === 'list' ? [] : recordsOf(body['data']);
  if (!rows || (rows.length === 0 && body['object'] !== 'list')) return null;
  return rows.every(hasId) ? rows : null;
}

/** The list of a server that serves nothing but what it has loaded. @throws EndpointTrouble, ProbeFailure */
export async function listRunning(ask: AskServer): Promise<readonly ServedModel[]> {
  const rows = parseOpenAiList((await ask.need('/v1/models')).text);
  if (!rows) throw unrecognised();
  return rows.map(({ id }) => servedModel(id, 'ready'));
}

function hasId(row: JsonRecord): row is OpenAiRow {
  return textOf(row['id']) !== null;
}
