import { headerOf } from './bounded-request.js';
import type { AskServer, EndpointProbe, ServerLook } from './endpoint-probe.js';
import { parseJson, recordOf } from './json-values.js';
import { parseOpenAiList } from './openai-list.js';
import { rememberLast } from './remember-last.js';
import { type ServedModel, servedModel } from './served-models.js';
import { unrecognised } from './watched-endpoint.js';

/**
 * Any other server with an OpenAI-compatible API. Its list is all that it is asked for: what else it has is not known,
 * and a `/health` that generates a token to see whether that works exists. Whether a model is loaded it does not tell.
 *
 * mlx_lm.server looks through all files of its cache for each list, so it is known by its header and asked for its
 * `/health`, which does nothing, and for the list twice a minute.
 */
export function openAiProbe(): EndpointProbe {
  const parse = rememberLast((text) => parseOpenAiList(text)?.map(({ id }) => servedModel(id, null)));
  let isMlx = false;
  const list = async (ask: AskServer): Promise<ServerLook & { listed: readonly ServedModel[] }> => {
    const answer = await ask.need('/v1/models');
    const listed = parse(answer.text);
    if (!listed) throw unrecognised();
    isMlx = headerOf(answer, 'server')?.startsWith('BaseHTTP/') ?? false;
    return { latencyMs: answer.durationMs, listed };
  };
  return {
    kind: 'openai',
    async look(ask) {
      if (!isMlx) return list(ask);
      isMlx = false;
      const answer = await ask.need('/health');
      if (recordOf(parseJson(answer.text))['status'] !== 'ok') throw unrecognised();
      isMlx = true;
      return { latencyMs: answer.durationMs };
    },
    list: async (ask) => (await list(ask)).listed,
  };
}
