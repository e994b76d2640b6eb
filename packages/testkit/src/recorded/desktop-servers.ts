import {
  openAiList,
  prometheusText,
  type RecordedModel,
  type RecordedShape,
  usualModels,
} from './recorded-shape.ts';

/** LocalAI, whose list is its configuration and names no owner. */
export function localAiShape(): RecordedShape {
  return {
    state: { models: usualModels, queueDepth: 0, hasMetrics: true },
    pages: {
      '/readyz': () => ({ body: 'OK' }),
      '/healthz': () => ({ body: 'OK' }),
      '/version': () => ({ body: { version: 'v4.9.0 (abc)' } }),
      '/v1/models': ({ models }) => openAiList(models, {}),
      '/system': ({ models, hasMetrics }) =>
        hasMetrics
          ? {
              body: {
                backends: ['llama-cpp'],
                loaded_models: models.filter(({ loaded }) => loaded).map(process),
              },
            }
          : { status: 403, body: { error: { code: 403, message: 'forbidden' } } },
      '/metrics': () => prometheusText('# TYPE api_call histogram\n'),
    },
    unsafePages: ['/v1/chat/completions', '/backend/shutdown', '/models/apply'],
  };
}

/** KoboldCpp, which also answers pages of Ollama and of llama.cpp. */
export function koboldCppShape(): RecordedShape {
  const nameOf = (models: readonly RecordedModel[]): string => {
    const [model] = models;
    return model?.loaded ? model.name : 'inactive';
  };
  return {
    state: { models: [{ name: 'koboldcpp/L3-8B-Stheno', loaded: true }], queueDepth: 1, hasMetrics: true },
    headers: { server: 'ConcurrentSimpleHTTP/0.6 Python/3.12.7' },
    pages: {
      '/api/extra/version': () => ({ body: { result: 'KoboldCpp', version: '1.98' } }),
      '/api/v1/model': ({ models }) => ({ body: { result: nameOf(models) } }),
      '/api/extra/true_max_context_length': () => ({ body: { value: 8192 } }),
      '/api/extra/perf': ({ queueDepth }) => ({
        body: {
          ...{ last_process: 0.12, last_eval: 2.1, last_token_count: 80, total_gens: 12, stop_reason: 1 },
          ...{ queue: queueDepth, idle: queueDepth > 0 ? 0 : 1, uptime: 1234 },
        },
      }),
      '/v1/models': ({ models }) =>
        openAiList([{ name: nameOf(models), loaded: true }], { created: 1, owned_by: 'koboldcpp' }),
      '/api/tags': ({ models }) => ({ body: { models: [{ name: nameOf(models), model: nameOf(models) }] } }),
      '/api/version': () => ({ body: { version: '0.7.0' } }),
      '/props': () => ({ body: { default_generation_settings: { n_ctx: 8192 }, total_slots: 1 } }),
    },
    unsafePages: ['/api/extra/generate/check', '/api/v1/generate', '/api/extra/abort'],
  };
}

/** llama-swap, where a GET may start a model and another may stop all of them. */
export function llamaSwapShape(): RecordedShape {
  return {
    state: { models: usualModels, queueDepth: 0, hasMetrics: true },
    pages: {
      '/health': () => ({ body: 'OK' }),
      '/api/version': () => ({
        body: { version: 'v250', commit: '0bdb3720', build_date: '2026-08-22T08:00:00Z' },
      }),
      '/running': ({ models }) => ({ body: { running: models.filter(({ loaded }) => loaded).map(running) } }),
      '/v1/models': ({ models }) => ({
        body: {
          object: 'list',
          data: models.map(({ name, loaded }) => ({
            ...{ id: name, object: 'model', created: 1_790_000_000, owned_by: 'llama-swap' },
            status: { value: loaded ? 'loaded' : 'unloaded' },
          })),
        },
      }),
      '/metrics': () => prometheusText('llamaswap_gpu_util_percent{id="0"} 3\n'),
    },
    unsafePages: ['/unload', '/upstream'],
  };
}

function process({ name, sizeBytes, vramBytes }: RecordedModel): unknown {
  return {
    ...{ id: name, backend: 'llama-cpp' },
    process: {
      pid: 4711,
      rss_bytes: (sizeBytes ?? 0) - (vramBytes ?? 0),
      memory_percent: 4.2,
      started_at: 1,
    },
    ...(vramBytes !== undefined && { size_vram: vramBytes }),
  };
}

function running({ name }: RecordedModel): unknown {
  return {
    ...{ model: name, state: 'ready', ttl: 300, name: '', description: '' },
    cmd: `llama-server --port 5801 -m /home/somebody/${name}.gguf`,
    proxy: 'http://127.0.0.1:5801',
  };
}
