import type { AskServer, EndpointProbe, ServerLook } from './endpoint-probe.js';
import { countOf, parseJson, recordOf, textOf } from './json-values.js';
import { type ServedModel, servedModel } from './served-models.js';
import { unrecognised } from './watched-endpoint.js';

/**
 * KoboldCpp: `/api/extra/perf` says that it works and how many requests wait, `/api/v1/model` which model it has. It also
 * answers pages of Ollama and of llama.cpp, which say nothing that these do not.
 */
export function koboldCppProbe(): EndpointProbe {
  return { kind: 'koboldcpp', look, list };
}

async function look(ask: AskServer): Promise<ServerLook> {
  const answer = await ask.need('/api/extra/perf');
  const perf = recordOf(parseJson(answer.text));
  // Which other numbers there are depends on the version.
  if (countOf(perf['total_gens']) === null && countOf(perf['queue']) === null) throw unrecognised();
  return { latencyMs: answer.durationMs, queueDepth: countOf(perf['queue']) };
}

async function list(ask: AskServer): Promise<readonly ServedModel[]> {
  const model = textOf(recordOf(parseJson((await ask.need('/api/v1/model')).text))['result']);
  if (model === null) throw unrecognised();
  return model === 'inactive' ? [] : [servedModel(model, 'ready')];
}
