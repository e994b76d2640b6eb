import { openAiList, type RecordedModel, type RecordedShape, usualModels } from './recorded-shape.ts';

/** Ollama 0.33. */
export function ollamaShape(): RecordedShape {
  return {
    state: {
      models: [...usualModels, { name: 'gpt-oss:120b-cloud', loaded: false, isRemote: true }],
      queueDepth: 0,
      hasMetrics: false,
    },
    pages: {
      '/': () => ({ body: 'Ollama is running', headers: { 'content-type': 'text/plain; charset=utf-8' } }),
      '/api/version': () => ({ body: { version: '0.33.0' } }),
      '/api/tags': ({ models }) => ({ body: { models: models.map(tag) } }),
      '/api/ps': ({ models }) => ({ body: { models: models.filter(({ loaded }) => loaded).map(running) } }),
      '/v1/models': ({ models }) => openAiList(models, { created: 1_790_000_000, owned_by: 'library' }),
    },
    unsafePages: ['/api/generate', '/api/chat', '/v1/chat/completions'],
  };
}

const details = {
  parent_model: '',
  format: 'gguf',
  family: 'llama',
  families: ['llama'],
  parameter_size: '8.0B',
  quantization_level: 'Q4_0',
};

function tag({ name, isRemote }: RecordedModel): unknown {
  return {
    ...{
      name,
      model: name,
      modified_at: '2026-08-21T10:00:00.123456789+02:00',
      digest: 'ab'.repeat(32),
      details,
    },
    ...(isRemote
      ? { remote_model: name, remote_host: 'https://ollama.com:443', size: 384 }
      : { size: 4_661_224_676 }),
    capabilities: ['completion', 'tools'],
  };
}

function running({ name, sizeBytes = 0, vramBytes = 0 }: RecordedModel): unknown {
  return {
    ...{ name, model: name, size: sizeBytes, digest: 'ab'.repeat(32), details },
    expires_at: '2318-12-05T20:29:39.449957906Z',
    size_vram: vramBytes,
    context_length: 8192,
  };
}
