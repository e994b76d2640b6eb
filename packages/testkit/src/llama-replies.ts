import type { IncomingMessage, ServerResponse } from 'node:http';
import { type CounterReading, metricsText } from './llama-metrics-text.ts';

/** What a pretended llama-server answers with. Fields may change between requests. */
export interface LlamaReplyState {
  /** Everything answers 503, as while a model loads. */
  loading: boolean;
  /** Keys that are accepted; empty means that none is asked for. */
  apiKeys: readonly string[];
  /** The `id` of the model. */
  alias: string;
  modelPath: string;
  metrics: boolean;
  slots: boolean;
  /** Read on each scrape. */
  counters: () => CounterReading;
}

/** Answers a request as llama-server 0.7.0 does, for the paths that a monitor asks. */
export function replyLikeLlama(
  request: IncomingMessage,
  response: ServerResponse,
  state: LlamaReplyState,
): void {
  const path = pathOf(request);
  response.setHeader('Server', 'llama.cpp');
  // The real one also answers "loading" before it looks at keys.
  if (state.loading) {
    sendError(response, 503, 'unavailable_error', 'Loading model');
    return;
  }
  if (path === '/health' || path === '/v1/health') {
    sendJson(response, 200, { status: 'ok' });
    return;
  }
  if (!hasKey(request, state.apiKeys)) {
    sendError(response, 401, 'authentication_error', 'Invalid API Key');
    return;
  }
  if (path === '/metrics') {
    sendMetrics(response, state);
    return;
  }
  if (path === '/slots') {
    sendSlots(response, state);
    return;
  }
  if (path === '/props') {
    sendJson(response, 200, propsOf(state));
    return;
  }
  if (path === '/v1/models' || path === '/models') {
    sendJson(response, 200, modelsOf(state));
    return;
  }
  sendError(response, 404, 'not_found_error', 'File Not Found');
}

/** The path of a request without its query. */
export function pathOf(request: IncomingMessage): string {
  return (request.url ?? '/').split('?', 1)[0] ?? '/';
}

function hasKey(request: IncomingMessage, apiKeys: readonly string[]): boolean {
  if (apiKeys.length === 0) return true;
  const bearer = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
  const given = bearer ?? request.headers['x-api-key'];
  return typeof given === 'string' && apiKeys.includes(given);
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  const bytes = Buffer.from(JSON.stringify(body));
  response.writeHead(status, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': bytes.length,
  });
  response.end(bytes);
}

function sendError(response: ServerResponse, code: number, type: string, message: string): void {
  sendJson(response, code, { error: { message, type, code } });
}

function sendMetrics(response: ServerResponse, state: LlamaReplyState): void {
  if (!state.metrics) {
    sendError(response, 501, 'not_supported_error', 'This server does not support metrics endpoint.');
    return;
  }
  response.writeHead(200, {
    'Content-Type': 'text/plain; version=0.0.4',
    'Process-Start-Time-Unix': process.pid,
  });
  response.end(metricsText(state.counters()));
}

function sendSlots(response: ServerResponse, state: LlamaReplyState): void {
  if (!state.slots) {
    sendError(response, 501, 'not_supported_error', 'This server does not support slots endpoint.');
    return;
  }
  sendJson(response, 200, [{ id: 0, n_ctx: 4096, speculative: false, is_processing: false }]);
}

function propsOf(state: LlamaReplyState) {
  return {
    default_generation_settings: { params: {}, n_ctx: 4096 },
    total_slots: 1,
    model_alias: state.alias,
    model_path: state.modelPath,
    model_ftype: 'all F32',
    modalities: { vision: false, video: false, audio: false },
    endpoint_slots: state.slots,
    endpoint_props: false,
    endpoint_metrics: state.metrics,
    build_info: 'b11669-fake',
    is_sleeping: false,
  };
}

function modelsOf(state: LlamaReplyState) {
  const data = {
    id: state.alias,
    aliases: [state.alias],
    tags: [],
    object: 'model',
    architecture: { input_modalities: ['text'], output_modalities: ['text'] },
    created: Math.floor(Date.now() / 1000),
    owned_by: 'llamacpp',
    meta: {
      vocab_type: 1,
      n_vocab: 768,
      n_ctx: 4096,
      n_ctx_train: 8192,
      n_embd: 512,
      n_params: 1_836_544,
      size: 7_346_176,
      ftype: 'all F32',
    },
  };
  return { models: [{ name: state.alias, model: state.alias }], object: 'list', data: [data] };
}
