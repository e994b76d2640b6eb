import type { Backend, BackendModelReading, EndpointKind } from '@corral/core';
import {
  RECORDED_KINDS,
  type RecordedKind,
  type RecordedServer,
  type RecordedServerOptions,
  startRecordedServer,
} from '@corral/testkit';
import { Client } from 'undici';
import { afterEach, describe, expect, it } from 'vitest';
import { connectBackend } from './connect-backend.js';
import { clientOptions } from './server-connection.js';

const dispose: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of dispose.splice(0).reverse()) await end();
});

const soon = () => AbortSignal.timeout(3000);
const target = {
  scheme: 'http',
  host: '127.0.0.1',
  basePath: '',
  apiKey: null,
  scrapeMetrics: true,
} as const;

async function start(kind: RecordedKind, options: RecordedServerOptions = {}): Promise<RecordedServer> {
  const server = await startRecordedServer(kind, options);
  dispose.push(() => server.close());
  return server;
}
async function connect(server: RecordedServer, apiKey: string | null = null) {
  const found = await connectBackend(
    { ...target, port: server.port, apiKey },
    (origin) => new Client(origin, clientOptions),
    soon(),
  );
  dispose.push(() => found.backend?.close());
  return found;
}
async function watch(kind: RecordedKind, options: RecordedServerOptions = {}) {
  const server = await start(kind, options);
  const { backend } = await connect(server);
  if (!backend) throw new Error('Expected a backend');
  const check = (whole = false) => backend.check(soon(), { whole });
  return { server, backend, check };
}

const model = (name: string, state: BackendModelReading['state'], bytes: [number, number] | null = null) => ({
  ...{ name, state, problem: null, numbers: null },
  ...{ sizeBytes: bytes?.[0] ?? null, vramBytes: bytes?.[1] ?? null },
});
const loaded: [number, number] = [6_654_289_920, 5_000_000_000];
const llama = 'meta-llama/Llama-3.1-8B-Instruct';

interface Expected {
  readonly kind: EndpointKind;
  readonly models: readonly BackendModelReading[];
  readonly queueDepth?: number;
  /** Requests until it is recognised. */
  readonly toRecognise: number;
  /** What each check asks once the list is known. */
  readonly perCheck: readonly string[];
}
const some = (bytes: [number, number] | null) => [
  model('llama3:8b', 'ready', bytes),
  model('qwen3:32b', 'unloaded'),
];
const expected: Record<RecordedKind, Expected> = {
  ollama: {
    kind: 'ollama',
    models: [...some(loaded), model('gpt-oss:120b-cloud', null)],
    toRecognise: 2,
    perCheck: ['GET /api/ps'],
  },
  'lm-studio': {
    kind: 'lm-studio',
    models: some(null),
    toRecognise: 2,
    perCheck: ['GET /api/v1/models'],
  },
  'lm-studio-0.3': {
    kind: 'lm-studio',
    models: some(null),
    toRecognise: 3,
    perCheck: ['GET /api/v0/models'],
  },
  vllm: {
    kind: 'vllm',
    models: [model(llama, 'ready')],
    queueDepth: 3,
    toRecognise: 1,
    perCheck: ['GET /health', 'GET /metrics'],
  },
  sglang: {
    kind: 'sglang',
    models: [model(llama, 'ready')],
    queueDepth: 4,
    toRecognise: 1,
    perCheck: ['GET /health', 'GET /metrics'],
  },
  localai: {
    kind: 'localai',
    models: some(loaded),
    toRecognise: 2,
    perCheck: ['GET /readyz', 'GET /system'],
  },
  koboldcpp: {
    kind: 'koboldcpp',
    models: [model('koboldcpp/L3-8B-Stheno', 'ready')],
    queueDepth: 1,
    toRecognise: 1,
    perCheck: ['GET /api/extra/perf'],
  },
  'llama-swap': { kind: 'llama-swap', models: some(null), toRecognise: 1, perCheck: ['GET /running'] },
  mlx: { kind: 'openai', models: [model(llama, null)], toRecognise: 1, perCheck: ['GET /health'] },
  openai: { kind: 'openai', models: [model(llama, null)], toRecognise: 2, perCheck: ['GET /v1/models'] },
};

describe.each(RECORDED_KINDS)('a recorded %s', (kind) => {
  const { models, queueDepth = null, toRecognise, perCheck, kind: expectedKind } = expected[kind];

  it('is recognised in few requests, and its models and queue are told', async () => {
    const { server, backend, check } = await watch(kind);
    expect(backend.kind).toBe(expectedKind);
    expect(server.requests).toHaveLength(toRecognise);
    const { queueDepth: queue = null, ...reading } = await check();
    expect({ ...reading, queueDepth: queue }).toEqual({
      ...{ condition: 'ok', problem: null, latencyMs: expect.any(Number), models, queueDepth },
    });
  });

  it('is asked for nothing that loads, wakes or generates, and for little', async () => {
    const { server, check } = await watch(kind);
    await check();
    await check();
    const before = server.requests.length;
    for (let i = 0; i < 5; i++) await check();
    expect(server.requests.slice(before)).toEqual(Array(5).fill(perCheck).flat());
    await check(true);
    expect(server.requests.length).toBeGreaterThan(before);
    expect(server.unsafe).toEqual([]);
  });

  it('shows what was loaded meanwhile at once', async () => {
    const { server, check } = await watch(kind);
    await check();
    server.state.models = server.state.models.map((each) => ({ ...each, loaded: !each.loaded }));
    const states = ((await check()).models ?? []).map(({ state }) => state);
    const before = models.map(({ state }) => state);
    const tells = before.includes('unloaded');
    const flipped = before.map((state) =>
      state === 'ready' ? 'unloaded' : state === 'unloaded' ? 'ready' : state,
    );
    // One of Ollama's cloud would be flipped too, but it is never loaded.
    expect(states.slice(0, 2)).toEqual(tells ? flipped.slice(0, 2) : before);
  });

  it('F29 F30 is in trouble when it breaks, and works again at once', async () => {
    const { server, backend, check } = await watch(kind);
    await check();
    server.behaviour = 'error';
    expect(await check()).toMatchObject({ condition: 'server_error', models: null, latencyMs: null });
    server.behaviour = 'hang';
    expect(await backend.check(AbortSignal.timeout(60))).toMatchObject({
      condition: 'timeout',
      models: null,
    });
    server.behaviour = 'ok';
    expect(await check()).toMatchObject({ condition: 'ok', models });
    await server.close();
    expect(await check()).toMatchObject({ condition: expect.stringMatching(/refused|reset/) });
    await start(kind, { port: server.port });
    expect(await check()).toMatchObject({ condition: 'ok', models });
  });

  it('F44 wants a key, and is opened with it', async () => {
    const server = await start(kind, { apiKey: 'sesame' });
    expect(await connect(server)).toMatchObject({ condition: 'auth_required' });
    const { backend } = await connect(server, 'sesame');
    expect(backend?.kind).toBe(expectedKind);
    expect(await backend?.check(soon())).toMatchObject({ condition: 'ok', models });
  });

  it('is opened without a question where a person says what it is', async () => {
    const server = await start(kind);
    const { condition, backend } = await connectBackend(
      { ...target, port: server.port, kind: expectedKind },
      (origin) => new Client(origin, clientOptions),
      soon(),
    );
    dispose.push(() => backend?.close());
    expect([condition, backend?.kind, server.requests]).toEqual(['ok', expectedKind, []]);
    expect(await backend?.check(soon())).toMatchObject({ condition: 'ok', models });
    expect(server.unsafe).toEqual([]);
  });
});

describe('recorded servers that say less', () => {
  it('has no queue where metrics are off, and asks for them once', async () => {
    for (const kind of ['vllm', 'sglang'] as const) {
      const { server, check } = await watch(kind, { hasMetrics: false });
      for (let i = 0; i < 3; i++) expect(await check()).toMatchObject({ condition: 'ok', queueDepth: null });
      expect(server.requests.filter((asked) => asked === 'GET /metrics')).toHaveLength(1);
      // A person who asks may have switched them on.
      server.state.hasMetrics = true;
      expect((await check(true)).queueDepth).toBeGreaterThan(0);
    }
  });

  it('does not know what LocalAI has loaded when it may not ask', async () => {
    const { server, backend } = await watchAs('localai', { hasMetrics: false });
    for (let i = 0; i < 3; i++)
      expect(await backend.check(soon())).toMatchObject({
        condition: 'ok',
        models: [{ name: 'llama3:8b', state: null, sizeBytes: null }, { state: null }],
      });
    expect(server.requests.filter((asked) => asked === 'GET /system')).toHaveLength(1);
  });

  it('counts the memory of LocalAI without cards as what it is', async () => {
    const { check } = await watch('localai', { models: [{ name: 'a', loaded: true, sizeBytes: 7 }] });
    expect((await check()).models).toMatchObject([{ sizeBytes: 7, vramBytes: null }]);
  });

  it('has no models while KoboldCpp is inactive', async () => {
    const { check } = await watch('koboldcpp', { models: [] });
    expect(await check()).toMatchObject({ condition: 'ok', models: [] });
  });

  it('takes an Ollama without a card at its word: 0 is a number', async () => {
    const models = [{ name: 'a', loaded: true, sizeBytes: 5, vramBytes: 0 }];
    const { check } = await watch('ollama', { models });
    expect((await check()).models).toMatchObject([{ state: 'ready', sizeBytes: 5, vramBytes: 0 }]);
  });

  it.each(['ollama', 'lm-studio', 'localai', 'llama-swap'] as const)(
    'recognises %s without models',
    async (kind) => {
      const { backend, check } = await watch(kind, { models: [] });
      expect(backend.kind).toBe(kind);
      expect(await check()).toMatchObject({ condition: 'ok', models: [] });
    },
  );
});

/** Opened as a kind that it could not be recognised as. */
async function watchAs(
  kind: RecordedKind & EndpointKind,
  options: RecordedServerOptions,
): Promise<{ server: RecordedServer; backend: Backend }> {
  const server = await start(kind, options);
  const { backend } = await connectBackend(
    { ...target, port: server.port, kind },
    (origin) => new Client(origin, clientOptions),
    soon(),
  );
  if (!backend) throw new Error('Expected a backend');
  dispose.push(() => backend.close());
  return { server, backend };
}
