import { effectiveTier, modelStates } from '@corral/core';
import { SimulatedHub, simulatedEndpoint, simulatedHost, simulatedModel } from '@corral/core/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ParsedFamily, parseExposition } from './prometheus-parser.fixture.js';
import { prometheusText } from './prometheus-text.js';

const server = { version: '1.2.3', streamCount: 2, tick: 7 };
const scrape = (hub: SimulatedHub): ParsedFamily[] => parseExposition(prometheusText(hub, server));
const samplesOf = (families: readonly ParsedFamily[], name: string) =>
  families.find((family) => family.name === name)?.samples;
const valueOf = (families: readonly ParsedFamily[], name: string) => samplesOf(families, name)?.[0]?.value;

describe('prometheusText', () => {
  it('tells everything of a model in base units', () => {
    const hub = new SimulatedHub([
      simulatedModel({
        modelId: 'm-1',
        filename: 'meadow.gguf',
        state: 'ready',
        isHealthy: true,
        requestCount: 12,
        errorCount: 1,
        totalResponseTimeMs: 3500,
        uptimeSeconds: 60,
        startedAt: '2026-01-01T00:00:00.500Z',
        load: { processing: 2, deferred: 3 },
      }),
    ]);
    hub.sample({ 'm-1': { tokensPerSecond: 41.5, memoryGb: 4.2, latencyMs: 8 } });
    const families = scrape(hub);
    const labels = { model_id: 'm-1', model: 'meadow.gguf' };
    const expected = {
      corral_model_up: 1,
      corral_model_tokens_per_second: 41.5,
      corral_model_memory_bytes: 4_200_000_000,
      corral_model_latency_seconds: 0.008,
      corral_model_requests_total: 12,
      corral_model_errors_total: 1,
      corral_model_response_seconds_total: 3.5,
      corral_model_requests_processing: 2,
      corral_model_requests_deferred: 3,
      corral_model_uptime_seconds: 60,
      corral_model_start_time_seconds: 1_767_225_600.5,
      corral_model_weights_bytes: 4_200_000_000,
    };
    for (const [name, value] of Object.entries(expected))
      expect([name, samplesOf(families, name)]).toEqual([name, [{ labels, value }]]);
    expect(samplesOf(families, 'corral_model_info')?.[0]?.labels).toMatchObject({
      tier: 'fast',
      control: 'owned',
    });
    expect(samplesOf(families, 'corral_model_state')).toEqual(
      modelStates.map((state) => ({ labels: { ...labels, state }, value: state === 'ready' ? 1 : 0 })),
    );
  });

  it('has counters for what never falls, and gauges for the rest', () => {
    const hub = new SimulatedHub([
      simulatedModel({ modelId: 'm', requestCount: 1, errorCount: 1, totalResponseTimeMs: 1 }),
    ]);
    for (const { name, type } of scrape(hub))
      expect([name, type]).toEqual([name, name.endsWith('_total') ? 'counter' : 'gauge']);
  });

  it('leaves out what is unknown', () => {
    const hub = new SimulatedHub([
      simulatedModel({ modelId: 'm', sizeBytes: null, load: null, requestCount: null }),
    ]);
    hub.fleet.add(simulatedEndpoint({ id: 'e', status: 'unknown', kind: null, condition: null }));
    hub.fleet.setHost(
      simulatedHost({
        hostId: 'h',
        status: 'lost',
        cpuPercent: null,
        ramUsed: null,
        vramUsed: null,
        gpus: [],
      }),
    );
    hub.fleet.collect([
      {
        id: 'b@1',
        backendId: 'b',
        name: 'b',
        at: '2026-01-01T00:00:00.000Z',
        ...nothing,
        error: 'No answer',
      },
    ]);
    const families = scrape(hub);
    const names = families.map(({ name }) => name);
    for (const name of [
      'corral_model_tokens_per_second',
      'corral_model_memory_bytes',
      'corral_model_latency_seconds',
      'corral_model_weights_bytes',
      'corral_model_requests_total',
      'corral_model_requests_processing',
      'corral_model_uptime_seconds',
      'corral_endpoint_up',
      'corral_endpoint_condition',
      'corral_endpoint_models',
      'corral_endpoint_latency_seconds',
      'corral_endpoint_last_check_timestamp_seconds',
      'corral_host_cpu_utilization_ratio',
      'corral_host_memory_used_bytes',
      'corral_host_gpu_utilization_ratio',
      'corral_backend_cpu_utilization_ratio',
    ])
      expect(names).not.toContain(name);
    expect(valueOf(families, 'corral_backend_up')).toBe(0);
    expect(valueOf(families, 'corral_model_up')).toBe(0);
    expect(samplesOf(families, 'corral_host_status')?.filter(({ value }) => value === 1)).toEqual([
      { labels: { host_id: 'h', host: 'h', status: 'lost' }, value: 1 },
    ]);
  });

  it('tells everything of endpoints, hosts and backends', () => {
    const hub = new SimulatedHub();
    const models = [
      { name: 'llama3', state: 'ready' as const, sizeBytes: 5e9, vramBytes: 4e9 },
      { name: 'phi', state: 'unloaded' as const, sizeBytes: null, vramBytes: null },
      { name: 'listed', state: null, sizeBytes: null, vramBytes: null },
    ];
    const facts = {
      models,
      latencyMs: 12,
      queueDepth: 0,
      lastCheckedAt: '2026-01-01T00:00:00.000Z',
      hostId: 'h',
    };
    hub.fleet.add(simulatedEndpoint({ id: 'e1', name: 'same', ...facts }));
    hub.fleet.add(
      simulatedEndpoint({ id: 'e2', name: 'same', status: 'unhealthy', condition: 'timeout', host: '::1' }),
    );
    hub.fleet.setHost(simulatedHost({ hostId: 'h', clockSkewMs: -1500 }));
    hub.fleet.collect([
      { id: 'b@1', backendId: 'b', name: 'b', at: '2026-01-01T00:00:00.000Z', ...nothing, queueDepth: 4 },
    ]);
    const families = scrape(hub);
    expect(samplesOf(families, 'corral_endpoint_up')).toEqual([
      { labels: { endpoint_id: 'e1', endpoint: 'same' }, value: 1 },
      { labels: { endpoint_id: 'e2', endpoint: 'same' }, value: 0 },
    ]);
    expect(
      samplesOf(families, 'corral_endpoint_condition')?.map(({ labels }) => labels['condition']),
    ).toEqual(['ok', 'timeout']);
    expect(samplesOf(families, 'corral_endpoint_info')?.[1]?.labels['address']).toBe('http://[::1]:11434');
    expect(
      samplesOf(families, 'corral_endpoint_model_loaded')?.map(({ labels, value }) => [
        labels['model'],
        value,
      ]),
    ).toEqual([
      ['llama3', 1],
      ['phi', 0],
    ]);
    const expected = {
      corral_endpoint_latency_seconds: 0.012,
      corral_endpoint_models: 3,
      corral_endpoint_queue_depth: 0,
      corral_endpoint_last_check_timestamp_seconds: 1_767_225_600,
      corral_endpoint_model_memory_bytes: 5e9,
      corral_endpoint_model_vram_bytes: 4e9,
      corral_fleet_model_hosts: 1,
      corral_host_cpu_utilization_ratio: 0.37,
      corral_host_cpus: 16,
      corral_host_memory_used_bytes: 31e9,
      corral_host_memory_size_bytes: 64e9,
      corral_host_memory_pressure_ratio: 0,
      corral_host_clock_skew_seconds: -1.5,
      corral_host_vram_used_bytes: 12e9,
      corral_host_gpu_memory_size_bytes: 24e9,
      corral_host_gpu_utilization_ratio: 0.48,
      corral_host_gpu_temperature_celsius: 61,
      corral_host_gpu_power_watts: 212,
      corral_backend_up: 1,
      corral_backend_queue_depth: 4,
      corral_ticks_total: 7,
      corral_event_streams: 2,
      corral_build_info: 1,
    };
    for (const [name, value] of Object.entries(expected))
      expect([name, valueOf(families, name)]).toEqual([name, value]);
  });

  it('P-5 is read back whatever the names, with no series twice', () => {
    const hostile = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('__proto__', 'a"} 1\nb{c="', '\\', '\\n', '"', '\r\n', '\0', '\ud800', '\udfff', ''),
    );
    const facts = fc.record({ id: hostile, name: hostile, models: fc.array(hostile, { maxLength: 3 }) });
    fc.assert(
      fc.property(fc.uniqueArray(facts, { selector: ({ id }) => id, maxLength: 4 }), (all) => {
        const hub = new SimulatedHub(
          all.map(({ id, name }) => simulatedModel({ modelId: id, filename: name })),
        );
        for (const { id, name, models } of all) {
          const list = models.map((model) => ({
            name: model,
            state: 'ready' as const,
            sizeBytes: 1,
            vramBytes: 1,
          }));
          hub.fleet.add(
            simulatedEndpoint({ id, name, models: list, lastCheckedAt: '2026-01-01T00:00:00.000Z' }),
          );
          const gpus = [0, 0].map((index) => ({ ...card, index, name }));
          hub.fleet.setHost(simulatedHost({ hostId: id, name, system: name, gpus }));
        }
        const families = scrape(hub);
        const ids = new Set(all.map(({ id }) => wellFormed(id)));
        for (const [family, label] of [
          ['corral_model_up', 'model_id'],
          ['corral_endpoint_models', 'endpoint_id'],
          ['corral_host_cpus', 'host_id'],
        ] as const)
          expect(new Set(samplesOf(families, family)?.map(({ labels }) => labels[label]))).toEqual(ids);
        const shown = samplesOf(families, 'corral_endpoint_model_loaded')?.map(
          ({ labels }) => labels['model'],
        );
        expect(new Set(shown)).toEqual(new Set(all.flatMap(({ models }) => models.map(wellFormed))));
      }),
      { numRuns: 300 },
    );
  });

  it('shows the tier that counts', () => {
    const model = simulatedModel({ modelId: 'm', assignedTier: 'fast', tierOverride: 'powerful' });
    const labels = samplesOf(scrape(new SimulatedHub([model])), 'corral_model_info')?.[0]?.labels;
    expect(labels?.['tier']).toBe(effectiveTier(model));
  });
});

const nothing = {
  cpuUtilization: null,
  ramUsed: null,
  ramTotal: null,
  gpuUtilization: null,
  gpuMemoryUsed: null,
  gpuMemoryTotal: null,
  gpuTemperature: null,
  queueDepth: null,
};
const card = { vramUsed: 1, vramTotal: 2, utilizationPercent: 3, temperatureC: 4, powerW: 5 };

/** As UTF-8 carries it. */
function wellFormed(text: string): string {
  return Buffer.from(text).toString();
}
