import type { AgentReport, EndpointModel, ReportedEndpoint, ResourceReading } from '@corral/core';

export const reading: ResourceReading = {
  cpuPercent: 12.5,
  cpuCount: 16,
  ramUsed: 8e9,
  ramTotal: 64e9,
  ramLimit: 'host',
  vramUsed: 4e9,
  vramTotal: 24e9,
  memoryKind: 'discrete',
  memoryPressurePercent: 0,
  gpus: [
    {
      index: 0,
      name: 'RTX 4090',
      vramUsed: 4e9,
      vramTotal: 24e9,
      utilizationPercent: 40,
      temperatureC: 61,
      powerW: 210.5,
    },
  ],
};

export const model = (name: string, state: EndpointModel['state'] = 'unloaded'): EndpointModel => ({
  name,
  state,
  sizeBytes: 5e9,
  vramBytes: null,
});

export const endpoint = (facts: Partial<ReportedEndpoint> = {}): ReportedEndpoint => ({
  name: '127.0.0.1:11434',
  scheme: 'http',
  host: '127.0.0.1',
  port: 11_434,
  basePath: '',
  kind: 'ollama',
  status: 'healthy',
  condition: 'ok',
  models: [model('llama3:latest', 'ready')],
  latencyMs: 3.2,
  queueDepth: null,
  ...facts,
});

/** What an agent on a machine with one card and one Ollama sends. */
export const report = (facts: Partial<AgentReport> = {}): AgentReport => ({
  seq: 1_780_000_000_000,
  at: '2026-06-01T12:00:00.000Z',
  intervalMs: 2000,
  name: 'gpu-box',
  system: 'Linux 6.1, 16 × AMD Ryzen 9',
  addresses: ['192.168.1.20', 'fd00::20'],
  resources: reading,
  endpoints: [endpoint()],
  ...facts,
});
