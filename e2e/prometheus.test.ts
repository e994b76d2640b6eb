import { spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { HubSnapshot, ModelAccess, ModelMetric, ModelStatus } from '@corral/core';
import {
  findPrometheus,
  type PrometheusInstall,
  type PrometheusServer,
  startPrometheus,
  writeTinyModel,
} from '@corral/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chat } from './support/chat.js';
import { type CorralProcess, root, startCorral } from './support/corral-process.js';
import { until } from './support/until.js';

const chats = 3;
let folder: string;
let corral: CorralProcess;
let install: PrometheusInstall;
let prometheus: PrometheusServer;
let modelId: string;

const json = async <Body>(route: string): Promise<Body> =>
  (await (await fetch(`${corral.url}${route}`)).json()) as Body;
const snapshot = (): Promise<HubSnapshot> => json('/api/snapshot');

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'corral-prometheus-'));
  await writeTinyModel(path.join(folder, 'prairie "wide" \\ é{x="1"}.gguf'));
  install = await findPrometheus({ cacheDir: path.join(root, '.cache') });
  corral = await startCorral({ modelsDir: folder });
  modelId = ((await snapshot()).models[0] as ModelStatus).modelId;
  await fetch(`${corral.url}/api/models/servers/start/${modelId}`, { method: 'POST' });
  await until('it is ready', async () => (await snapshot()).models.some(({ state }) => state === 'ready'));
  const access = await json<ModelAccess>(`/api/models/${modelId}/access`);
  for (let i = 0; i < chats; i++) await chat(access, 8);
  await until('it has counted', async () => ((await snapshot()).models[0]?.requestCount ?? 0) >= chats);
  prometheus = await startPrometheus(install, { targets: [new URL(corral.url).host] });
});
afterAll(async () => {
  await prometheus?.close();
  await corral?.dispose();
  await rm(folder, { recursive: true, force: true });
});

/** One scrape with what the hub said before and after it. */
async function bracketedScrape() {
  const before = await snapshot();
  const startMs = Date.now();
  const scraped = await until('it is scraped', async () => {
    const [target] = await prometheus.targets();
    return target && Date.parse(target.lastScrape) > startMs ? target : undefined;
  });
  const after = await snapshot();
  // Half an interval later: this scrape is the newest one then, and the next has not come.
  const samples = await prometheus.query('{job="corral"}', Date.parse(scraped.lastScrape) / 1000 + 0.5);
  const valuesOf = (name: string, labels: Record<string, string> = {}): number[] =>
    samples
      .filter(({ metric }) => metric['__name__'] === name)
      .filter(({ metric }) => Object.entries(labels).every(([label, value]) => metric[label] === value))
      .map(({ value }) => Number(value));
  const valueOf = (name: string, labels?: Record<string, string>): number | undefined => {
    const values = valuesOf(name, labels);
    if (values.length > 1) throw new Error(`${name} is there ${values.length} times`);
    return values[0];
  };
  return { before, after, target: scraped, samples, valueOf };
}

type Scrape = Awaited<ReturnType<typeof bracketedScrape>>;

/** The slot of the tick that the scrape saw. */
function slotAt({ after, valueOf }: Scrape, metric: ModelMetric): number | undefined {
  const series = after.metrics.find((one) => one.modelId === modelId);
  const slot = (series?.[metric].length ?? 0) - 1 - (after.tick - (valueOf('corral_ticks_total') ?? 0));
  return series?.valid[metric][slot] ? series[metric][slot] : undefined;
}

const unix = (iso: string | null | undefined): number => Date.parse(iso ?? '') / 1000;

describe('a real Prometheus', () => {
  it('reads every line, and says nothing about them', async () => {
    const { target, samples } = await bracketedScrape();
    expect(target).toMatchObject({ health: 'up', lastError: '' });
    expect(prometheus.log()).not.toMatch(/level=(warn|error)|parse|Append failed|out.of.order|duplicate/i);
    const page = await (await fetch(`${corral.url}/metrics`)).text();
    const lines = page.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    // Its own series about a scrape come on top.
    const ours = samples.filter(({ metric }) => !/^(up|scrape_.*)$/.test(metric['__name__'] ?? ''));
    expect(ours.length).toBeGreaterThan(30);
    expect(ours.length).toBe(lines.length);
    const { status, stderr } = spawnSync(install.promtool, ['check', 'metrics'], {
      input: page,
      encoding: 'utf8',
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  it('has the numbers of the snapshot', async () => {
    const scrape = await bracketedScrape();
    const { before, after, valueOf, samples } = scrape;
    const model = after.models[0] as ModelStatus;
    const labels = { model_id: modelId, model: 'prairie "wide" \\ é{x="1"}.gguf' };
    const number = (name: string, more: Record<string, string> = {}) => valueOf(name, { ...labels, ...more });

    expect(number('corral_model_up')).toBe(1);
    expect(number('corral_model_state', { state: 'ready' })).toBe(1);
    expect(number('corral_model_state', { state: 'offline' })).toBe(0);
    expect(model.requestCount).toBe(chats);
    expect(number('corral_model_requests_total')).toBe(chats);
    expect(number('corral_model_errors_total')).toBe(model.errorCount ?? undefined);
    expect(number('corral_model_response_seconds_total')).toBe((model.totalResponseTimeMs ?? 0) / 1000);
    expect(number('corral_model_weights_bytes')).toBe(model.sizeBytes);
    expect(number('corral_model_start_time_seconds')).toBe(unix(model.startedAt));
    expect(number('corral_model_requests_processing')).toBe(model.load?.processing);
    expect(valueOf('corral_rejected_files')).toBe(0);

    expect(valueOf('corral_ticks_total')).toBeGreaterThanOrEqual(before.tick);
    expect(valueOf('corral_ticks_total')).toBeLessThanOrEqual(after.tick);
    const memoryGb = slotAt(scrape, 'memoryGb');
    expect(memoryGb).toBeGreaterThan(0);
    expect(number('corral_model_memory_bytes')).toBe(Math.round((memoryGb ?? 0) * 1e9));
    expect(number('corral_model_latency_seconds')).toBe((slotAt(scrape, 'latencyMs') ?? Number.NaN) / 1000);
    expect(number('corral_model_tokens_per_second')).toBe(slotAt(scrape, 'tokensPerSecond'));
    const isBetween = (
      value: number | undefined,
      from: number | null | undefined,
      to: number | null | undefined,
    ) =>
      expect(value !== undefined && value >= (from ?? Number.NaN) && value <= (to ?? Number.NaN)).toBe(true);
    isBetween(number('corral_model_uptime_seconds'), before.models[0]?.uptimeSeconds, model.uptimeSeconds);
    isBetween(
      number('corral_model_last_check_timestamp_seconds'),
      unix(before.models[0]?.lastCheckedAt),
      unix(model.lastCheckedAt),
    );

    // Unknown is absent, such as graphics memory where there is no card.
    const { endpoints, resources } = after.registry;
    expect(endpoints.some(({ origin }) => origin === 'managed')).toBe(true);
    for (const { id, name, status, models } of endpoints) {
      const of = { endpoint_id: id, endpoint: name };
      expect(valueOf('corral_endpoint_up', of)).toBe(
        { healthy: 1, unhealthy: 0, unknown: undefined }[status],
      );
      expect(valueOf('corral_endpoint_models', of)).toBe(models.length);
    }
    for (const { hostId, name, status, ...host } of resources) {
      const of = { host_id: hostId, host: name };
      expect(valueOf('corral_host_status', { ...of, status })).toBe(1);
      expect(valueOf('corral_host_cpus', of)).toBe(host.cpuCount ?? undefined);
      expect(valueOf('corral_host_memory_size_bytes', of)).toBe(host.ramTotal ?? undefined);
      expect(valueOf('corral_host_vram_size_bytes', of)).toBe(host.vramTotal ?? undefined);
    }
    expect(samples.every(({ value }) => Number.isFinite(Number(value)))).toBe(true);
  });
});
