import type { GpuResources, HostResources, MetricsSnapshot } from '@corral/core';
import type { MetricFamily } from './prometheus-exposition.js';
import {
  info,
  labelled,
  type Measure,
  measured,
  ratio,
  seconds,
  stateSet,
  unixSeconds,
} from './prometheus-measures.js';

const hostStatuses: readonly HostResources['status'][] = ['live', 'stale', 'lost'];

/** Everything known of each host and its graphics cards. */
export function hostFamilies(hosts: readonly HostResources[]): MetricFamily[] {
  const rows = labelled(hosts, ({ hostId, name }) => ({ host_id: hostId, host: name }));
  const gpus = hosts.flatMap(({ hostId, name, gpus: list }) => list.map((gpu) => ({ hostId, name, gpu })));
  const gpuRows = labelled(gpus, ({ hostId, name, gpu }) => ({
    host_id: hostId,
    host: name,
    gpu: String(gpu.index),
  }));
  return [
    info(rows, 'corral_host_info', 'What a host is; always 1.', (host) => ({
      source: host.source,
      memory_kind: host.memoryKind,
      memory_limit: host.ramLimit,
      system: host.system,
    })),
    stateSet(rows, {
      name: 'corral_host_status',
      help: 'Whether a host reports: 1 for the state that holds, 0 for the others.',
      label: 'status',
      states: hostStatuses,
      of: ({ status }) => status,
    }),
    ...measured(rows, hostMeasures),
    info(gpuRows, 'corral_host_gpu_info', 'What a graphics card is; always 1.', ({ gpu }) => ({
      name: gpu.name,
    })),
    ...measured(gpuRows, gpuMeasures),
  ];
}

/** The latest reading of each metrics backend. */
export function backendFamilies(snapshots: readonly MetricsSnapshot[]): MetricFamily[] {
  const rows = labelled(snapshots, ({ backendId, name }) => ({ backend_id: backendId, backend: name }));
  return measured(rows, backendMeasures);
}

const hostMeasures: readonly Measure<HostResources>[] = [
  {
    name: 'corral_host_last_report_timestamp_seconds',
    help: 'When the last numbers of a host came, Unix time of the hub.',
    of: ({ reportedAt }) => unixSeconds(reportedAt),
  },
  {
    name: 'corral_host_clock_skew_seconds',
    help: 'How far the clock of a host is ahead of that of the hub.',
    of: ({ clockSkewMs }) => seconds(clockSkewMs),
  },
  {
    name: 'corral_host_cpu_utilization_ratio',
    help: 'Share of its processors in use, or of what its container may use; 1 is all.',
    of: ({ cpuPercent }) => ratio(cpuPercent),
  },
  {
    name: 'corral_host_cpus',
    help: 'Processors, or the share of them that its container may use.',
    of: ({ cpuCount }) => cpuCount,
  },
  {
    name: 'corral_host_memory_used_bytes',
    help: 'Memory that is really needed, without caches that can be given back.',
    of: ({ ramUsed }) => ramUsed,
  },
  {
    name: 'corral_host_memory_size_bytes',
    help: 'Memory of a host, or the limit of its container.',
    of: ({ ramTotal }) => ramTotal,
  },
  {
    name: 'corral_host_memory_pressure_ratio',
    help: 'Share of the last 10 s in which some work waited for memory.',
    of: ({ memoryPressurePercent }) => ratio(memoryPressurePercent),
  },
  {
    name: 'corral_host_vram_used_bytes',
    help: 'Graphics memory in use on all cards.',
    of: ({ vramUsed }) => vramUsed,
  },
  {
    name: 'corral_host_vram_size_bytes',
    help: 'Graphics memory of all cards.',
    of: ({ vramTotal }) => vramTotal,
  },
];

const gpuMeasures: readonly Measure<{ readonly gpu: GpuResources }>[] = [
  {
    name: 'corral_host_gpu_memory_used_bytes',
    help: 'Memory in use on a graphics card.',
    of: ({ gpu }) => gpu.vramUsed,
  },
  {
    name: 'corral_host_gpu_memory_size_bytes',
    help: 'Memory of a graphics card.',
    of: ({ gpu }) => gpu.vramTotal,
  },
  {
    name: 'corral_host_gpu_utilization_ratio',
    help: 'Share of the last moment in which anything ran on a graphics card; 1 does not mean that it is saturated.',
    of: ({ gpu }) => ratio(gpu.utilizationPercent),
  },
  {
    name: 'corral_host_gpu_temperature_celsius',
    help: 'Temperature of a graphics card.',
    of: ({ gpu }) => gpu.temperatureC,
  },
  {
    name: 'corral_host_gpu_power_watts',
    help: 'Power that a graphics card draws.',
    of: ({ gpu }) => gpu.powerW,
  },
];

const backendMeasures: readonly Measure<MetricsSnapshot>[] = [
  {
    name: 'corral_backend_up',
    help: 'Whether the last reading of a metrics backend worked.',
    of: ({ error }) => error === undefined,
  },
  {
    name: 'corral_backend_last_reading_timestamp_seconds',
    help: 'When a metrics backend was read last, Unix time.',
    of: ({ at }) => unixSeconds(at),
  },
  {
    name: 'corral_backend_cpu_utilization_ratio',
    help: 'Share of the processors in use.',
    of: ({ cpuUtilization }) => ratio(cpuUtilization),
  },
  { name: 'corral_backend_memory_used_bytes', help: 'Memory in use.', of: ({ ramUsed }) => ramUsed },
  { name: 'corral_backend_memory_size_bytes', help: 'Memory that there is.', of: ({ ramTotal }) => ramTotal },
  {
    name: 'corral_backend_gpu_utilization_ratio',
    help: 'Share of the last moment in which anything ran on the graphics cards.',
    of: ({ gpuUtilization }) => ratio(gpuUtilization),
  },
  {
    name: 'corral_backend_gpu_memory_used_bytes',
    help: 'Graphics memory in use.',
    of: ({ gpuMemoryUsed }) => gpuMemoryUsed,
  },
  {
    name: 'corral_backend_gpu_memory_size_bytes',
    help: 'Graphics memory that there is.',
    of: ({ gpuMemoryTotal }) => gpuMemoryTotal,
  },
  {
    name: 'corral_backend_gpu_temperature_celsius',
    help: 'Temperature of the graphics cards.',
    of: ({ gpuTemperature }) => gpuTemperature,
  },
  {
    name: 'corral_backend_queue_depth',
    help: 'Requests that wait for a free place.',
    of: ({ queueDepth }) => queueDepth,
  },
];
