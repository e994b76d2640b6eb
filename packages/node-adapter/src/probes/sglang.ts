import type { AskServer, EndpointProbe, ServerLook } from './endpoint-probe.js';
import { countFrom, type LabelledSample, labelledSamples, labelOf } from './labelled-samples.js';
import { MetricOddities } from './metric-oddities.js';
import { listRunning } from './openai-list.js';
import { needHealth } from './plain-health.js';
import type { ServerLog } from './server-log.js';

const queueMetric = 'sglang:num_queue_reqs';

/**
 * SGLang: `/health` and never `/health_generate`, which makes the model generate. `/metrics` is there only when it was
 * switched on. It serves what it was started with.
 */
export function sglangProbe(log?: ServerLog): EndpointProbe {
  const oddities = new MetricOddities([queueMetric], log);
  return { kind: 'sglang', look: (ask) => look(ask, oddities), list: listRunning };
}

async function look(ask: AskServer, oddities: MetricOddities): Promise<ServerLook> {
  const latencyMs = await needHealth(ask, '/health');
  const metrics = await ask.want('/metrics');
  const queued = labelledSamples(metrics?.text ?? '', queueMetric, oddities);
  return { latencyMs, queueDepth: queueDepth(queued) };
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
