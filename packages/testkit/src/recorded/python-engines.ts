import {
  oneModel,
  openAiList,
  prometheusText,
  type RecordedShape,
  type RecordedState,
} from './recorded-shape.ts';

const uvicorn = { server: 'uvicorn' };

/** vLLM with two engines, whose queues add up. */
export function vllmShape(): RecordedShape {
  return {
    state: { models: oneModel, queueDepth: 3, hasMetrics: true },
    headers: uvicorn,
    pages: {
      '/health': () => ({ body: '' }),
      '/version': () => ({ body: { version: '0.11.0' } }),
      '/load': () => ({ body: { server_load: 0 } }),
      '/v1/models': ({ models }) =>
        openAiList(models, {
          created: 1_790_000_000,
          owned_by: 'vllm',
          parent: null,
          max_model_len: 131_072,
        }),
      '/metrics': (state) =>
        state.hasMetrics ? prometheusText(vllmMetrics(state)) : { status: 404, body: '' },
    },
    unsafePages: ['/v1/completions', '/v1/chat/completions', '/sleep', '/wake_up'],
  };
}

/** SGLang with two processes that share one model, each reporting the queue of both, and two replicas. */
export function sglangShape(): RecordedShape {
  return {
    state: { models: oneModel, queueDepth: 4, hasMetrics: true },
    headers: uvicorn,
    pages: {
      '/health': () => ({ body: '' }),
      '/get_model_info': ({ models }) => ({ body: { model_path: models[0]?.name, is_generation: true } }),
      '/v1/models': ({ models }) =>
        openAiList(models, { created: 1_790_000_000, owned_by: 'sglang', max_model_len: 131_072 }),
      '/metrics': (state) =>
        state.hasMetrics
          ? prometheusText(sglangMetrics(state))
          : { status: 404, body: { detail: 'Not Found' } },
    },
    unsafePages: ['/health_generate', '/generate', '/flush_cache'],
  };
}

/** The server of mlx_lm: no owners, and a list that reads the whole cache of models each time. */
export function mlxShape(): RecordedShape {
  return {
    state: { models: oneModel, queueDepth: 0, hasMetrics: false },
    headers: { server: 'BaseHTTP/0.6 Python/3.12.7' },
    pages: {
      '/health': () => ({ body: { status: 'ok' } }),
      '/v1/models': ({ models }) => openAiList(models, { created: 1_790_000_000 }),
    },
    missing: () => ({ status: 404, body: 'Not Found' }),
  };
}

/** Some other server with the API of OpenAI. */
export function otherShape(): RecordedShape {
  return {
    state: { models: oneModel, queueDepth: 0, hasMetrics: false },
    headers: uvicorn,
    pages: { '/v1/models': ({ models }) => openAiList(models, { owned_by: 'somebody' }) },
    missing: () => ({ status: 404, body: { detail: 'Not Found' } }),
    // Where its health is a question to the model.
    unsafePages: ['/health'],
  };
}

function vllmMetrics({ queueDepth, models }: RecordedState): string {
  const engine = (index: number): string => `{engine="${index}",model_name="${models[0]?.name}"}`;
  return `# HELP vllm:num_requests_running Number of requests in model execution batches.
# TYPE vllm:num_requests_running gauge
vllm:num_requests_running${engine(0)} 2.0
vllm:num_requests_running${engine(1)} 1.0
# HELP vllm:num_requests_waiting Number of requests waiting to be processed.
# TYPE vllm:num_requests_waiting gauge
vllm:num_requests_waiting${engine(0)} ${Math.floor(queueDepth / 2)}.0
vllm:num_requests_waiting${engine(1)} ${Math.ceil(queueDepth / 2)}.0
# TYPE vllm:num_requests_waiting_by_reason gauge
vllm:num_requests_waiting_by_reason{engine="0",model_name="${models[0]?.name}",reason="capacity"} 77.0
# TYPE vllm:kv_cache_usage_perc gauge
vllm:kv_cache_usage_perc${engine(0)} 0.25
`;
}

function sglangMetrics({ queueDepth, models }: RecordedState): string {
  const rank = (replica: number, part: number): string =>
    `{dp_rank="${replica}",engine_type="unified",model_name="${models[0]?.name}",tp_rank="${part}"}`;
  const ofReplica = [Math.floor(queueDepth / 2), Math.ceil(queueDepth / 2)];
  const queues = ofReplica.flatMap((queue, replica) =>
    [0, 1].map((part) => `sglang:num_queue_reqs${rank(replica, part)} ${queue}.0`),
  );
  return `# HELP sglang:num_running_reqs The number of running requests.
# TYPE sglang:num_running_reqs gauge
sglang:num_running_reqs${rank(0, 0)} 2.0
# HELP sglang:num_queue_reqs The number of requests in the waiting queue.
# TYPE sglang:num_queue_reqs gauge
${queues.join('\n')}
# TYPE sglang:token_usage gauge
sglang:token_usage${rank(0, 0)} 0.12
`;
}
