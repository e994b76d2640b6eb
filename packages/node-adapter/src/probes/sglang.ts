import type { AskServer, EndpointProbe, ServerLook } from './endpoint-probe.js';
import { countFrom, type LabelledSample, labelledSamples, labelOf } from './labelled-samples.js';
import { listRunning } from './openai-list.js';
import { needHealth } from './plain-health.js';

/**
 * SGLang: `/health` and never `/health_generate`, which makes the model generate. `/metrics` is there only when it was
 * switched on. It serves what it was started with.
 */
export function sglangProbe(): EndpointProbe {
  return { kind: 'sglang', look, list: listRunning };
}

async function look(ask: AskServer): Promise<ServerLook> {
  const latencyMs = await needHealth(ask, '/health');
  const metrics = await ask.want('/metrics');
  return { latencyMs, queueDepth: queueDepth(labelledSamples(metrics?.text ?? '', 'sglang:num_queue_reqs')) };
}

/** Processes that share the work on one model all report the same queue; only replicas have queues of their own. */
function queueDepth(samples: readonly LabelledSample[]): number | null {
  const byReplica = new Map<string, number>();
  for (const sample of samples) {
    const replica = `${labelOf(sample, 'model_name')} ${labelOf(sample, 'dp_rank')}`;
    byReplica.set(replica, Math.max(byReplica.get(replica) ?? 0, sample.value));
  }
  return countFrom([...byReplica.values()]);
}
