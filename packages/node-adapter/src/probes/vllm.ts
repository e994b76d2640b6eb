import type { AskServer, EndpointProbe, ServerLook } from './endpoint-probe.js';
import { countFrom, labelledSamples } from './labelled-samples.js';
import { MetricOddities } from './metric-oddities.js';
import { listRunning } from './openai-list.js';
import { needHealth } from './plain-health.js';
import type { ServerLog } from './server-log.js';

const waitingMetric = 'vllm:num_requests_waiting';

/**
 * vLLM: `/health` says whether its engine lives, `/metrics` how many requests wait, for each of its engines. It serves
 * what it was started with, so all of its models are loaded.
 */
export function vllmProbe(log?: ServerLog): EndpointProbe {
  const oddities = new MetricOddities([waitingMetric], log);
  return { kind: 'vllm', look: (ask) => look(ask, oddities), list: listRunning };
}

async function look(ask: AskServer, oddities: MetricOddities): Promise<ServerLook> {
  const latencyMs = await needHealth(ask, '/health');
  const metrics = await ask.want('/metrics');
  const waiting = labelledSamples(metrics?.text ?? '', waitingMetric, oddities);
  return { latencyMs, queueDepth: countFrom(waiting.map(({ value }) => value)) };
}
