import type { HubView } from '@corral/core';
import { endpointFamilies, fleetModelFamilies } from './prometheus-endpoints.js';
import { labelText, type MetricFamily, renderExposition } from './prometheus-exposition.js';
import { backendFamilies, hostFamilies } from './prometheus-hosts.js';
import { modelFamilies } from './prometheus-models.js';
import { telemetryFamilies } from './prometheus-telemetry.js';

/** What is told of a hub. */
export type ScrapedHub = Pick<
  HubView,
  'models' | 'rejected' | 'registry' | 'backends' | 'series' | 'telemetry'
>;

/** What the process of a hub says of itself. */
export interface ServerFacts {
  /** Of this package. */
  readonly version: string;
  /** Event streams that are open. */
  readonly streamCount: number;
  /** Times that the models were sampled. */
  readonly tick: number;
}

/** Everything that a hub knows now, in the Prometheus text format. */
export function prometheusText(hub: ScrapedHub, server: ServerFacts): string {
  const { endpoints, resources, fleetModels } = hub.registry();
  const models = hub.models().map((model) => ({ model, series: hub.series(model.modelId) }));
  return renderExposition([
    ...hubFamilies(hub, server),
    ...modelFamilies(models),
    ...endpointFamilies(endpoints),
    ...fleetModelFamilies(fleetModels),
    ...hostFamilies(resources),
    ...backendFamilies(hub.backends()),
    ...telemetryFamilies(hub.telemetry()),
  ]);
}

/** `process_…` are the names that every Prometheus client library gives these numbers. */
function hubFamilies(hub: ScrapedHub, { version, streamCount, tick }: ServerFacts): MetricFamily[] {
  const { user, system } = process.cpuUsage();
  const build = { version, node: process.versions.node };
  const one = (name: string, type: MetricFamily['type'], help: string, value: number): MetricFamily => {
    return { name, type, help, samples: [{ labels: '', value }] };
  };
  return [
    {
      name: 'corral_build_info',
      type: 'gauge',
      help: 'The version of the hub; always 1.',
      samples: [{ labels: labelText(build), value: 1 }],
    },
    one('corral_ticks_total', 'counter', 'Times that the hub has sampled its models.', tick),
    one('corral_event_streams', 'gauge', 'Event streams that are open.', streamCount),
    one(
      'corral_rejected_files',
      'gauge',
      'Files that looked like models and are not.',
      hub.rejected().length,
    ),
    one('process_cpu_seconds_total', 'counter', 'Processor time of the hub.', (user + system) / 1e6),
    one('process_resident_memory_bytes', 'gauge', 'Resident memory of the hub.', process.memoryUsage.rss()),
    one(
      'process_start_time_seconds',
      'gauge',
      'When the hub was started, Unix time.',
      performance.timeOrigin / 1000,
    ),
  ];
}
