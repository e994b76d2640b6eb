import {
  addressText,
  type Backend,
  type BackendTarget,
  type EndpointCondition,
  type EndpointKind,
} from '@corral/core';
import { AttachedLlamaServer } from './attached-llama-server.js';
import { fingerprint } from './fingerprint.js';
import { koboldCppProbe } from './koboldcpp.js';
import { LlamaRouter } from './llama-router.js';
import { LlamaSwap } from './llama-swap.js';
import { lmStudioProbe } from './lm-studio.js';
import { localAiProbe } from './localai.js';
import { ollamaProbe } from './ollama.js';
import { openAiProbe } from './openai.js';
import { ProbedBackend } from './probed-backend.js';
import type { QuietPeriod } from './quiet-period.js';
import { type ConnectClient, ServerConnection } from './server-connection.js';
import type { ServerLogs } from './server-log.js';
import { sglangProbe } from './sglang.js';
import { vllmProbe } from './vllm.js';

/** What came of connecting: a backend, or why there is none. */
export interface BackendConnection {
  readonly condition: EndpointCondition;
  readonly problem: string | null;
  readonly backend?: Backend;
}

type OpenBackend = (connection: ServerConnection, target: BackendTarget) => Backend;

const openers: Readonly<Record<EndpointKind, OpenBackend>> = {
  'llama-server': (connection, { scrapeMetrics, detail }) =>
    new AttachedLlamaServer(connection, { scrapeMetrics, detail }),
  'llama-router': (connection, { scrapeMetrics, detail }) =>
    new LlamaRouter(connection, { scrapeMetrics, detail }),
  'llama-swap': (connection) => new LlamaSwap(connection),
  ollama: (connection) => new ProbedBackend(connection, ollamaProbe()),
  'lm-studio': (connection) => new ProbedBackend(connection, lmStudioProbe()),
  vllm: (connection) => new ProbedBackend(connection, vllmProbe(connection.location.log)),
  sglang: (connection) => new ProbedBackend(connection, sglangProbe(connection.location.log)),
  localai: (connection) => new ProbedBackend(connection, localAiProbe()),
  koboldcpp: (connection) => new ProbedBackend(connection, koboldCppProbe()),
  openai: (connection) => new ProbedBackend(connection, openAiProbe()),
};

/**
 * Recognises what answers at an address and opens the backend for it, which keeps the connection. With a kind in the
 * target nothing is asked: the first check will show. Never rejects.
 * @param connect makes every client, so the rules about where one may connect to are in it
 * @param quiet the time in which this address is left alone; begins when the server asks for it. Default: none
 * @param logs where it is told what people should know of the server. Default: nowhere
 */
export async function connectBackend(
  target: BackendTarget,
  connect: ConnectClient,
  signal: AbortSignal,
  quiet?: QuietPeriod,
  logs?: ServerLogs,
): Promise<BackendConnection> {
  if (quiet?.trouble && !target.kind) return quiet.trouble;
  const { basePath, apiKey } = target;
  const origin = addressText({ ...target, basePath: '' });
  const log = logs?.of(origin, basePath);
  const connection = new ServerConnection({ origin, basePath, apiKey, log }, connect);
  if (target.kind)
    return { condition: 'ok', problem: null, backend: openers[target.kind](connection, target) };
  const { condition, problem, kind } = await fingerprint(connection, signal, quiet);
  if (kind !== null) return { condition, problem, backend: openers[kind](connection, target) };
  await connection.close();
  return { condition, problem };
}
