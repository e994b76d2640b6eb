import type { AskServer, EndpointProbe, ServerLook } from './endpoint-probe.js';
import { countOf, type JsonRecord, parseJson, recordOf, recordsOf, textOf } from './json-values.js';
import { parseOpenAiList } from './openai-list.js';
import { needHealth } from './plain-health.js';
import { rememberLast } from './remember-last.js';
import { type ServedModel, servedModel } from './served-models.js';
import { unrecognised } from './watched-endpoint.js';

/** LocalAI: `/readyz` says that it works, `/system` what is loaded and how much memory each process takes. */
export function localAiProbe(): EndpointProbe {
  const parseSystem = rememberLast(parseLocalAiSystem);
  const look = async (ask: AskServer): Promise<ServerLook> => {
    const latencyMs = await needHealth(ask, '/readyz');
    const system = await ask.want('/system');
    return { latencyMs, loaded: system && parseSystem(system.text) };
  };
  return { kind: 'localai', look, list };
}

/** The loaded models in an answer of `/system`; `null` when it is none. */
export function parseLocalAiSystem(text: string): readonly ServedModel[] | null {
  return recordsOf(recordOf(parseJson(text))['loaded_models'])?.flatMap(loadedModel) ?? null;
}

async function list(ask: AskServer): Promise<readonly ServedModel[]> {
  const rows = parseOpenAiList((await ask.need('/v1/models')).text);
  if (!rows) throw unrecognised();
  return rows.map(({ id }) => servedModel(id, 'unloaded'));
}

/** Memory of a process and of graphics cards are told apart; together they are what the model takes. */
function loadedModel(row: JsonRecord): ServedModel[] {
  const id = textOf(row['id']);
  const residentBytes = countOf(recordOf(row['process'])['rss_bytes']);
  const vramBytes = countOf(row['size_vram']);
  const sizeBytes = residentBytes === null ? null : residentBytes + (vramBytes ?? 0);
  return id === null ? [] : [{ id, state: 'ready', sizeBytes, vramBytes }];
}
