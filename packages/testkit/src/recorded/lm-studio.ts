import { openAiList, type RecordedModel, type RecordedShape, usualModels } from './recorded-shape.ts';

/** LM Studio: 0.4 and later have a list at `/api/v1/models`, those from 0.3.6 on one at `/api/v0/models`. */
export function lmStudioShape(generation: 'v0' | 'v1'): RecordedShape {
  const older: RecordedShape['pages'] = {
    '/v1/models': ({ models }) => openAiList(models, { owned_by: 'organization_owner' }),
    '/api/v0/models': ({ models }) => ({ body: { object: 'list', data: models.map(olderRow) } }),
  };
  return {
    state: { models: usualModels, queueDepth: 0, hasMetrics: false },
    headers: { 'x-powered-by': 'Express' },
    pages:
      generation === 'v0'
        ? older
        : { ...older, '/api/v1/models': ({ models }) => ({ body: { models: models.map(newerRow) } }) },
    // Whatever it does not know is answered with 200.
    missing: (request) => ({ body: { error: `Unexpected endpoint or method. (${request})` } }),
  };
}

function olderRow({ name, loaded }: RecordedModel): unknown {
  return {
    ...{ id: name, object: 'model', type: 'llm', publisher: 'lmstudio-community', arch: 'llama' },
    ...{ compatibility_type: 'gguf', quantization: 'Q4_K_M', state: loaded ? 'loaded' : 'not-loaded' },
    max_context_length: 131_072,
  };
}

function newerRow({ name, loaded }: RecordedModel): unknown {
  return {
    ...{ key: name, type: 'llm', max_context_length: 131_072 },
    loaded_instances: loaded ? [{ id: name, config: { context_length: 8192 } }] : [],
  };
}
