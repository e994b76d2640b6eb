import {
  effectiveTier,
  type ModelMetric,
  type ModelSeriesView,
  type ModelStatus,
  modelStates,
} from '@corral/core';
import type { MetricFamily } from './prometheus-exposition.js';
import {
  info,
  labelled,
  type Measure,
  measured,
  seconds,
  stateSet,
  unixSeconds,
} from './prometheus-measures.js';

/** A model with its rolling windows. */
export interface ModelFacts {
  readonly model: ModelStatus;
  readonly series: ModelSeriesView | undefined;
}

const bytesPerGb = 1e9;

/** Everything known of each model. */
export function modelFamilies(models: readonly ModelFacts[]): MetricFamily[] {
  const rows = labelled(models, ({ model }) => ({ model_id: model.modelId, model: model.filename }));
  return [
    info(rows, 'corral_model_info', 'What a model is; always 1.', ({ model }) => ({
      tier: effectiveTier(model),
      control: model.control,
      endpoint_id: model.endpointId,
      architecture: model.gguf?.architecture ?? null,
      quantization: model.gguf?.quantization ?? null,
    })),
    stateSet(rows, {
      name: 'corral_model_state',
      help: 'State of the server of a model: 1 for the one that holds, 0 for the others.',
      label: 'state',
      states: modelStates,
      of: ({ model }) => model.state,
    }),
    ...measured(rows, measures),
  ];
}

const measures: readonly Measure<ModelFacts>[] = [
  {
    name: 'corral_model_up',
    help: 'Whether the server of a model answers its checks.',
    of: ({ model }) => model.isHealthy,
  },
  {
    name: 'corral_model_enabled',
    help: 'Whether a model may be started.',
    of: ({ model }) => model.enabled,
  },
  {
    name: 'corral_model_tokens_per_second',
    help: 'Tokens that the model generated a second at the last look.',
    of: (facts) => newest(facts, 'tokensPerSecond'),
  },
  {
    name: 'corral_model_memory_bytes',
    help: 'Memory of the server: anonymous and mapped pages, and graphics memory where it is known.',
    of: (facts) => {
      const gb = newest(facts, 'memoryGb');
      return gb === null ? null : Math.round(gb * bytesPerGb);
    },
  },
  {
    name: 'corral_model_latency_seconds',
    help: 'Duration of the last health check.',
    of: (facts) => seconds(newest(facts, 'latencyMs')),
  },
  {
    name: 'corral_model_requests_total',
    help: 'Requests that the server has taken since its start.',
    type: 'counter',
    of: ({ model }) => model.requestCount,
  },
  {
    name: 'corral_model_errors_total',
    help: 'Requests that the server has failed since its start.',
    type: 'counter',
    of: ({ model }) => model.errorCount,
  },
  {
    name: 'corral_model_response_seconds_total',
    help: 'Time that finished requests took, all together, since the start of the server.',
    type: 'counter',
    of: ({ model }) => seconds(model.totalResponseTimeMs),
  },
  {
    name: 'corral_model_requests_processing',
    help: 'Requests in a slot.',
    of: ({ model }) => model.load?.processing ?? null,
  },
  {
    name: 'corral_model_requests_deferred',
    help: 'Requests that wait for a slot.',
    of: ({ model }) => model.load?.deferred ?? null,
  },
  {
    name: 'corral_model_consecutive_failures',
    help: 'Health checks missed in a row.',
    of: ({ model }) => model.consecutiveFailures,
  },
  {
    name: 'corral_model_last_check_timestamp_seconds',
    help: 'When the last health check was answered or missed, Unix time.',
    of: ({ model }) => unixSeconds(model.lastCheckedAt),
  },
  {
    name: 'corral_model_start_time_seconds',
    help: 'When the server was started, Unix time.',
    of: ({ model }) => unixSeconds(model.startedAt),
  },
  {
    name: 'corral_model_uptime_seconds',
    help: 'Time since the server was started.',
    of: ({ model }) => model.uptimeSeconds,
  },
  {
    name: 'corral_model_weights_bytes',
    help: 'Size of the weights of a model.',
    of: ({ model }) => model.sizeBytes,
  },
];

function newest({ series }: ModelFacts, metric: ModelMetric): number | null {
  const window = series?.[metric];
  const value = window?.at(window.length - 1);
  return value === undefined || Number.isNaN(value) ? null : value;
}
