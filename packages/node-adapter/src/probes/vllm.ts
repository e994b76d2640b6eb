import type { AskServer, EndpointProbe, ServerLook } from './endpoint-probe.js';
import { countFrom, labelledSamples } from './labelled-samples.js';
import { listRunning } from './openai-list.js';
import { needHealth } from './plain-health.js';

/**
 * vLLM: `/health` says whether its engine lives, `/metrics` how many requests wait, for each of its engines. It serves
 * what it was started with, so all of its models are loaded.
 */
export function vllmProbe(): EndpointProbe {
  return { kind: 'vllm', look, list: listRunning };
}

async function look(ask: AskServer): Promise<ServerLook> {
  const latencyMs = await needHealth(ask, '/health');
  const metrics = await ask.want('/metrics');
  const waiting = labelledSamples(metrics?.text ?? '', 'vllm:num_requests_waiting');
  return { latencyMs, queueDepth: countFrom(waiting.map(({ value }) => value)) };
}
