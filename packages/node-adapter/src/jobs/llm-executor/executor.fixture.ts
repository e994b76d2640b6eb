import { type ModelCall, TaskFailure } from '@corral/core';
import { afterEach } from 'vitest';
import type { CallTarget } from './call-target.js';
import { createLlmExecutor, type LlmExecutor, type LlmExecutorOptions } from './llm-executor.js';
import { type ModelAnswer, type ModelServer, startModelServer } from './model-server.fixture.js';

/** Opens servers that are closed after the test. To be called once in a file. */
export function serversOfTest(): (...answers: readonly ModelAnswer[]) => Promise<ModelServer> {
  const servers: ModelServer[] = [];
  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => server.close()));
  });
  return async (...answers) => {
    const server = await startModelServer(...answers);
    servers.push(server);
    return server;
  };
}

/** A target with a ready model and one place. */
export function targetOf({ url }: { readonly url: string }, facts: Partial<CallTarget> = {}): CallTarget {
  return {
    id: url,
    name: url,
    provider: 'llama-server',
    baseUrl: url,
    apiKey: null,
    models: [{ name: 'tiny', state: 'ready' }],
    slots: 1,
    queueDepth: null,
    contextTokens: null,
    ...facts,
  };
}

/** An executor on these targets, with the calls that it told of. */
export function executorOn(
  targets: readonly CallTarget[],
  options: Partial<LlmExecutorOptions> = {},
): { readonly executor: LlmExecutor; readonly calls: readonly ModelCall[] } {
  const calls: ModelCall[] = [];
  const executor = createLlmExecutor({
    targets: { list: () => targets },
    telemetry: { record: (call) => calls.push(call) },
    random: () => 0,
    ...options,
  });
  return { executor, calls };
}

/** What work failed with. */
export async function failureOf(work: Promise<unknown>): Promise<TaskFailure> {
  const failure = await work.catch((error: unknown) => error);
  if (!(failure instanceof TaskFailure)) throw new Error(`Expected a TaskFailure, got ${String(failure)}`);
  return failure;
}
