import type { IncomingMessage, ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { BAD_COUNTERS, growingCounters } from './llama-metrics-text.ts';
import { type LlamaReplyState, replyLikeLlama } from './llama-replies.ts';

/**
 * How a port of {@link startFaultd} behaves.
 *
 * - `ok`: a ready llama-server with metrics that grow by ten a scrape.
 * - `loading`: answers 503 "Loading model" to everything.
 * - `hang`: accepts and never answers.
 * - `drip`: sends a body at one byte a second.
 * - `huge`: sends a body without end, as fast as it is read.
 * - `gzip`: sends 64 MiB of zeros packed into 64 kB, unasked.
 * - `redirect`: answers 302 to a link-local address, as in an attempt to reach cloud metadata.
 * - `reset`: breaks the connection with a TCP reset.
 * - `wrong-type`: answers 200 with an HTML login page.
 * - `nan`: like `ok`, with values in the metrics that are no finite numbers.
 * - `reset-counter`: like `ok`, with counters that start again from 0 when this behaviour is set.
 */
export const FAULT_BEHAVIOURS = [
  'ok',
  'loading',
  'hang',
  'drip',
  'huge',
  'gzip',
  'redirect',
  'reset',
  'wrong-type',
  'nan',
  'reset-counter',
] as const;

/** One of {@link FAULT_BEHAVIOURS}. */
export type FaultBehaviour = (typeof FAULT_BEHAVIOURS)[number];

/** Answers one request. */
export type FaultHandler = (request: IncomingMessage, response: ServerResponse) => void;

/** A fresh handler: counters and the like start anew with each call. */
export function makeFaultHandler(behaviour: FaultBehaviour): FaultHandler {
  return MAKERS[behaviour]();
}

const MAKERS: Record<FaultBehaviour, () => FaultHandler> = {
  ok: () => llama({}),
  loading: () => llama({ loading: true }),
  nan: () => llama({ counters: () => BAD_COUNTERS }),
  'reset-counter': () => llama({ counters: growingCounters(0) }),
  hang: () => () => undefined,
  drip: () => drip,
  huge: () => huge,
  gzip: () => {
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024));
    return (_, response) => response.writeHead(200, { ...TEXT, 'Content-Encoding': 'gzip' }).end(bomb);
  },
  redirect: () => (_, response) =>
    response.writeHead(302, { Location: 'http://169.254.169.254/latest/' }).end(),
  reset: () => (request) => request.socket.resetAndDestroy(),
  'wrong-type': () => (_, response) =>
    response.writeHead(200, { 'Content-Type': 'text/html' }).end('<!doctype html><title>Log in</title>'),
};

const TEXT = { 'Content-Type': 'text/plain; version=0.0.4' };

function llama(overrides: Partial<LlamaReplyState>): FaultHandler {
  const state: LlamaReplyState = {
    loading: false,
    apiKeys: [],
    alias: 'faultd',
    modelPath: '/models/faultd.gguf',
    metrics: true,
    slots: true,
    counters: growingCounters(1000),
    ...overrides,
  };
  return (request, response) => replyLikeLlama(request, response, state);
}

function drip(_request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(200, TEXT).flushHeaders();
  const timer = setInterval(() => response.write('#'), 1000);
  response.once('close', () => clearInterval(timer));
}

function huge(_request: IncomingMessage, response: ServerResponse): void {
  const block = 'llamacpp:tokens_predicted_total 1\n'.repeat(2000);
  const pour = () => {
    while (!response.destroyed && response.write(block));
  };
  response.writeHead(200, TEXT).on('drain', pour);
  pour();
}
