import { addressText, type Endpoint, type EndpointModel, type FleetModel } from '@corral/core';
import type { MetricFamily } from './prometheus-exposition.js';
import { info, labelled, type Measure, measured, seconds, unixSeconds } from './prometheus-measures.js';

/** Everything known of each endpoint and its models. */
export function endpointFamilies(endpoints: readonly Endpoint[]): MetricFamily[] {
  const rows = labelled(endpoints, ({ id, name }) => ({ endpoint_id: id, endpoint: name }));
  const models = endpoints.flatMap(({ id, name, models: list }) =>
    list.map((model) => ({ id, name, model })),
  );
  const modelRows = labelled(models, ({ id, name, model }) => ({
    endpoint_id: id,
    endpoint: name,
    model: model.name,
  }));
  return [
    info(rows, 'corral_endpoint_info', 'What an endpoint is; always 1.', (endpoint) => ({
      address: addressText(endpoint),
      kind: endpoint.kind,
      origin: endpoint.origin,
      host_id: endpoint.hostId,
    })),
    // One sample of the fifteen that could be: with a thousand endpoints the zeros would be most of the page.
    info(rows, 'corral_endpoint_condition', 'How an endpoint answered last; always 1.', ({ condition }) => ({
      condition,
    })),
    ...measured(rows, endpointMeasures),
    ...measured(modelRows, modelMeasures),
  ];
}

/** On how many hosts each model is. */
export function fleetModelFamilies(models: readonly FleetModel[]): MetricFamily[] {
  const rows = labelled(models, ({ model }) => ({ model }));
  return measured(rows, [
    {
      name: 'corral_fleet_model_hosts',
      help: 'Hosts with a healthy endpoint that has the model, loaded or not.',
      of: ({ hosts }) => hosts,
    },
    {
      name: 'corral_fleet_model_loaded_hosts',
      help: 'Hosts where the model is loaded, or asleep.',
      of: ({ loadedHosts }) => loadedHosts,
    },
  ]);
}

const endpointMeasures: readonly Measure<Endpoint>[] = [
  {
    name: 'corral_endpoint_up',
    help: 'Whether an endpoint is healthy; absent while that is not known.',
    of: ({ status }) => (status === 'unknown' ? null : status === 'healthy'),
  },
  {
    name: 'corral_endpoint_latency_seconds',
    help: 'Duration of the first request of the last check.',
    of: ({ latencyMs }) => seconds(latencyMs),
  },
  {
    name: 'corral_endpoint_models',
    help: 'Models that an endpoint serves, loaded or not.',
    // Before it is recognised the list is empty for want of knowledge.
    of: ({ kind, lastCheckedAt, models }) => (kind === null || lastCheckedAt === null ? null : models.length),
  },
  {
    name: 'corral_endpoint_queue_depth',
    help: 'Requests that wait for a free place.',
    of: ({ queueDepth }) => queueDepth,
  },
  {
    name: 'corral_endpoint_last_check_timestamp_seconds',
    help: 'When an endpoint was checked last, Unix time.',
    of: ({ lastCheckedAt }) => unixSeconds(lastCheckedAt),
  },
];

const modelMeasures: readonly Measure<{ readonly model: EndpointModel }>[] = [
  {
    name: 'corral_endpoint_model_loaded',
    help: 'Whether an endpoint has the model in memory.',
    of: ({ model: { state } }) => (state === null ? null : state === 'ready'),
  },
  {
    name: 'corral_endpoint_model_memory_bytes',
    help: 'Memory that the model takes there, weights and context together where the server tells.',
    of: ({ model }) => model.sizeBytes,
  },
  {
    name: 'corral_endpoint_model_vram_bytes',
    help: 'The part of it that is in graphics memory.',
    of: ({ model }) => model.vramBytes,
  },
];
