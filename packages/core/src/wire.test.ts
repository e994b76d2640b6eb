import { describe, expect, it } from 'vitest';
import { wireEventNames } from './events.js';
import { limits } from './limits.js';
import { FakeHouse } from './models/fake-servers.fixture.js';
import { FakeBackend, fakeBackendModel } from './registry/fake-backends.fixture.js';
import { simulatedEndpoint, simulatedHost } from './testing/simulated-fleet.js';
import {
  errorSchema,
  eventSchemas,
  jobDetailSchema,
  jobEventSchema,
  jobPageSchema,
  jobSpecSchema,
  modelAccessSchema,
  modelsStatusSchema,
  snapshotSchema,
} from './wire.js';

/** A hub that has been through something: known and unknown values, a rejected file, a failed model. */
async function usedHouse({ outlivesHosts = false } = {}): Promise<FakeHouse> {
  const house = new FakeHouse(2, { collects: true }).listen();
  house.servers.rejected = [{ filename: 'x.gguf', code: 'not_gguf', reason: 'Not a GGUF file' }];
  await house.hub.open();
  house.manager.start('m0');
  await house.clock.advance(3000);
  house.servers.newest.tally = { requestCount: 2, errorCount: 0, totalResponseTimeMs: 1.5 };
  house.servers.newest.memoryBytes = null;
  await house.clock.advance(2000);
  house.manager.start('m1');
  await house.clock.advance(0);
  house.servers.newest.crash('model_unreadable', 'Bad magic');
  await house.clock.advance(1000);
  await house.hub.updateModel('m0', { settings: { ctxSize: 4096, extraFlags: ['--jinja'] } });
  await house.hub.updateDefaults({ nThreads: 2 });
  await house.hub.attachEndpoint({ url: 'http://127.0.0.1:9000' });
  const backend = new FakeBackend('ollama');
  backend.reading = { ...backend.reading, models: [fakeBackendModel('llama3')], queueDepth: 2 };
  house.network.backends.set('gpu-box:11434', backend);
  const { id } = await house.hub.registerEndpoint({ host: 'gpu-box' });
  const { id: gone } = await house.hub.registerEndpoint({ host: 'gone' });
  await house.clock.advance(5000);
  await house.hub.checkEndpoint(id);
  await house.hub.removeEndpoint(gone);
  for (const hostId of ['here', 'there']) {
    const { name, system, addresses, cpuPercent, cpuCount, ramUsed, ramTotal, ...rest } = simulatedHost({
      hostId,
    });
    const { ramLimit, vramUsed, vramTotal, memoryKind, memoryPressurePercent, gpus } = rest;
    const resources = {
      ...{ cpuPercent, cpuCount, ramUsed, ramTotal, ramLimit, vramUsed, vramTotal },
      ...{ memoryKind, memoryPressurePercent, gpus },
    };
    if (hostId === 'here') house.hub.llmRegistry.observe({ hostId, name, system, addresses, resources });
    else {
      const at = new Date(house.clock.wallTime()).toISOString();
      const endpoints = [simulatedEndpoint({ id: 'theirs', host: '127.0.0.1' })];
      const report = { seq: 1, at, intervalMs: 2000, name, system, addresses, resources, endpoints };
      house.hub.llmRegistry.report(hostId, report);
    }
  }
  const { jobId } = await house.hub.jobs.submit({ projectDescription: 'Say hello', budgetTokens: 100 });
  const { jobId: unwanted } = await house.hub.jobs.submit({ projectDescription: 'Say nothing' });
  await house.clock.advance(1000);
  await house.hub.jobs.delete(unwanted);
  expect((await house.hub.jobs.get(jobId)).job.status).toBe('done');
  house.hub.modelTelemetry.record({
    ...{ model: 'm0', provider: 'llama-server', outcome: 'ok', latencyMs: 12, ttftMs: 3 },
    ...{ inputTokens: 5, outputTokens: 7, tokensPerSecond: 80, costUsd: null, price: null },
  });
  await house.clock.advance(1000);
  if (outlivesHosts) await house.clock.advance(limits.hostForgottenMs + 10_000);
  await house.hub.stopAllModels();
  await house.clock.advance(1000);
  return house;
}

const overTheWire = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

/** The value with one more field, once for each object within it. */
function* withUnknownField(value: unknown): Generator<unknown> {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) yield { ...value, unexpected: 1 };
  for (const [key, inner] of Object.entries(value)) {
    for (const changed of withUnknownField(inner)) {
      yield Array.isArray(value) ? value.with(Number(key), changed) : { ...value, [key]: changed };
    }
  }
}

describe('the wire schemas', () => {
  it('know the snapshot of a hub, field by field', async () => {
    const house = await usedHouse();
    const snapshot = { ...house.hub.snapshot(), lastEventId: 'epoch-7' };
    expect(snapshotSchema.parse(overTheWire(snapshot))).toEqual(snapshot);
    const { models, rejected, metrics, metricsTimestamp } = snapshot;
    expect(
      modelsStatusSchema.safeParse(overTheWire({ models, rejected, metrics, metricsTimestamp })).success,
    ).toBe(true);
    await house.dispose();
  });

  it('know a job, its tasks and all that happens in it', async () => {
    const house = await usedHouse();
    const { jobs } = await house.hub.jobs.list();
    const [{ jobId } = { jobId: '' }] = jobs;
    const page = await house.hub.jobs.list();
    const detail = await house.hub.jobs.get(jobId);
    expect(jobPageSchema.parse(overTheWire(page))).toEqual(page);
    expect(jobDetailSchema.parse(overTheWire(detail))).toEqual(detail);
    const spec = await house.hub.jobs.validate({ projectDescription: 'x', tasks: [{ prompt: 'y' }] });
    expect(jobSpecSchema.parse(overTheWire(spec))).toEqual(spec);
    const types = new Set<string>();
    for await (const { events } of house.hub.jobs.events(jobId)) {
      for (const event of events) {
        types.add(event.type);
        expect(jobEventSchema.parse(overTheWire(event))).toEqual(event);
        for (const value of withUnknownField(overTheWire(event)))
          expect(jobEventSchema.safeParse(value).success).toBe(false);
      }
    }
    expect(types).toEqual(new Set(['log', 'task', 'done']));
    await house.dispose();
  });

  it('know every event that travels, and a hub announces each of them', async () => {
    const house = await usedHouse({ outlivesHosts: true });
    for (const name of wireEventNames) {
      const payloads: unknown[] = house.of(name);
      expect(payloads.length, name).toBeGreaterThan(0);
      for (const payload of payloads) expect(eventSchemas[name].parse(overTheWire(payload))).toEqual(payload);
    }
    expect(Object.keys(eventSchemas).sort()).toEqual([...wireEventNames].sort());
    await house.dispose();
  });

  it('refuse an unknown field at any depth', async () => {
    const house = await usedHouse({ outlivesHosts: true });
    const snapshot = overTheWire({ ...house.hub.snapshot(), lastEventId: 'epoch-7' });
    const changed = [...withUnknownField(snapshot)];
    expect(changed.length).toBeGreaterThan(8);
    for (const value of changed) expect(snapshotSchema.safeParse(value).success).toBe(false);
    for (const name of wireEventNames) {
      const longest = house
        .of(name)
        .reduce((a, b) => (JSON.stringify(a).length > JSON.stringify(b).length ? a : b));
      for (const value of withUnknownField(overTheWire(longest))) {
        expect(eventSchemas[name].safeParse(value).success, name).toBe(false);
      }
    }
    const error = { error: { code: 'a', message: 'b', retryable: false } };
    expect(errorSchema.safeParse(error).success).toBe(true);
    for (const value of withUnknownField(error)) expect(errorSchema.safeParse(value).success).toBe(false);
    const access = { baseUrl: 'http://127.0.0.1:1', apiKey: null };
    expect(modelAccessSchema.safeParse(access).success).toBe(true);
    expect(modelAccessSchema.safeParse({ ...access, path: '/models' }).success).toBe(false);
    await house.dispose();
  });

  it.each([
    ['a state nobody knows', { state: 'degraded' }],
    ['a time that is none', { startedAt: 'yesterday' }],
    ['a port below 0', { port: -1 }],
    ['unknown as undefined', { pid: undefined }],
    ['a number as text', { requestCount: '2' }],
  ])('refuse %s', async (_, fact) => {
    const house = await usedHouse();
    const model = { ...house.hub.models()[0], ...fact };
    expect(eventSchemas['model:updated'].safeParse({ model }).success).toBe(false);
    await house.dispose();
  });
});
