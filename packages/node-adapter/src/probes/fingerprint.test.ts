import { startFaultd } from '@corral/testkit';
import { Client } from 'undici';
import { afterEach, describe, expect, it } from 'vitest';
import { connectBackend } from './connect-backend.js';
import { fingerprint } from './fingerprint.js';
import { loadingReply, ok, type RecordedReply, RecordingServer } from './recording-server.fixture.js';
import { clientOptions } from './server-connection.js';

const dispose: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of dispose.splice(0).reverse()) await end();
});

const owned = (owner: string, id = 'm') =>
  ok({ object: 'list', data: [{ id, object: 'model', owned_by: owner }] });
const lmStudioError = ok({ error: 'Unexpected endpoint or method. (GET /x). Returning 200 anyway' });
const deep = '['.repeat(100_000) + ']'.repeat(100_000);
const llama = { server: 'llama.cpp' };
const router = ok({ role: 'router', max_instances: 4, model_path: 'none' });
const single = ok({ default_generation_settings: {}, total_slots: 4, is_sleeping: false });
const empty = ok({ object: 'list', data: [] });

type Case = [
  what: string,
  replies: Record<string, RecordedReply>,
  headers: Record<string, string>,
  is: string,
];
const cases: Case[] = [
  ['a llama-server', { '/v1/models': owned('llamacpp'), '/props': single }, llama, 'llama-server'],
  ['a router', { '/v1/models': owned('llamacpp'), '/props': router }, llama, 'llama-router'],
  ['a router without models', { '/v1/models': empty, '/props': router }, llama, 'llama-router'],
  [
    'a llama-server behind a proxy',
    { '/v1/models': owned('llamacpp'), '/props': single },
    {},
    'llama-server',
  ],
  ['llama-swap', { '/v1/models': owned('llama-swap') }, {}, 'llama-swap'],
  [
    'llama-swap without models',
    { '/v1/models': empty, '/api/version': ok({ version: 'v250', commit: '0bdb3720', build_date: '2026' }) },
    {},
    'llama-swap',
  ],
  ['a server that wants a key', { '/v1/models': [401, ''] }, llama, 'auth_required'],
  ['one that forbids', { '/v1/models': [403, ''] }, {}, 'auth_required'],
  [
    'an older one whose list is open',
    { '/v1/models': owned('llamacpp'), '/props': [401, ''] },
    llama,
    'auth_required',
  ],
  ['F43 one that loads', { '/v1/models': loadingReply }, llama, 'loading'],
  ['F43 one that loads behind a proxy', { '/v1/models': loadingReply }, { server: 'nginx' }, 'loading'],
  ['a proxy without a server', { '/v1/models': [503, 'no upstream'] }, { server: 'nginx' }, 'server_error'],
  ['F45 one that is asked too often', { '/v1/models': [429, ''] }, {}, 'rate_limited'],
  ['F47 a redirect', { '/v1/models': [302, '', { location: 'http://x/' }] }, llama, 'redirect_refused'],
  ['a llama-server under another path', { '/v1/models': [404, ''] }, llama, 'unrecognised'],
  ['F46 a login page', { '/v1/models': ok('<!doctype html><title>Log in</title>') }, {}, 'unrecognised'],
  [
    'LM Studio that answers 200 with an error to everything',
    { '/v1/models': lmStudioError, '/api/v1/models': lmStudioError, '/api/v0/models': lmStudioError },
    {},
    'unrecognised',
  ],
  [
    'LM Studio whose list is that of a stranger',
    { '/v1/models': owned('somebody'), '/api/version': lmStudioError },
    {},
    'lm-studio',
  ],
  [
    'LM Studio whose models have no owner',
    { '/v1/models': ok({ data: [{ id: 'm' }] }), '/system': lmStudioError },
    {},
    'lm-studio',
  ],
  [
    'somebody who owns like LM Studio',
    { '/v1/models': owned('organization_owner'), '/api/v1/models': ok({ data: [] }) },
    {},
    'openai',
  ],
  ['vLLM', { '/v1/models': owned('vllm') }, {}, 'vllm'],
  [
    'Ollama with a model that vllm published',
    { '/v1/models': owned('vllm', 'vllm/m:latest'), '/api/version': ok({ version: '0.33.0' }) },
    {},
    'ollama',
  ],
  ['old Ollama', { '/api/version': ok({ version: '0.1.20' }) }, {}, 'ollama'],
  [
    'Ollama without models',
    { '/v1/models': ok({ object: 'list', data: null }), '/api/version': ok({ version: '0.33.0' }) },
    {},
    'ollama',
  ],
  ['a version of something else', { '/api/version': ok({ version: '1', name: 'x' }) }, {}, 'unrecognised'],
  [
    'KoboldCpp with pages of Ollama and llama.cpp',
    {
      '/v1/models': owned('koboldcpp', 'koboldcpp/m'),
      ...{ '/props': single, '/api/version': ok({ version: '0.7.0' }), '/api/tags': ok({ models: [] }) },
    },
    {},
    'koboldcpp',
  ],
  ['someone who claims', { '/v1/models': owned('llamacpp'), '/props': ok({}) }, {}, 'openai'],
  ['a proxy with that API alone', { '/v1/models': owned('llamacpp') }, {}, 'openai'],
  ['somebody', { '/v1/models': owned('__proto__') }, {}, 'openai'],
  ['a list of nothing', { '/v1/models': ok({ data: [null, 1] }) }, {}, 'unrecognised'],
  ['rows of which one has no name', { '/v1/models': ok({ data: [{ id: 'm' }, {}] }) }, {}, 'unrecognised'],
  ['F36 a list of 100 000 lists', { '/v1/models': ok(deep) }, {}, 'unrecognised'],
  ['F36 rows of 100 000 lists', { '/v1/models': ok(`{"data":[{"id":"m","x":${deep}}]}`) }, {}, 'openai'],
  ['a server with nothing to list', { '/v1/models': empty }, {}, 'openai'],
  ['text', { '/v1/models': ok('OK') }, {}, 'unrecognised'],
];

describe('fingerprint', () => {
  it.each(cases)('takes %s for what it is', async (_, replies, headers, expected) => {
    const server = await RecordingServer.start(replies, headers);
    dispose.push(() => server.close());
    const found = await fingerprint(server.connection(), AbortSignal.timeout(3000));
    expect(found.kind ?? found.condition).toBe(expected);
    expect(found.problem === null).toBe(found.kind !== null);
    expect(server.asked.length).toBeLessThanOrEqual(3);
    expect(server.kinds.every((what) => safe.has(what))).toBe(true);
  });

  it('knows what is wrong with the address that clients of the API are given', async () => {
    const server = await RecordingServer.start({ '/v1/models': owned('vllm') });
    dispose.push(() => server.close());
    const found = await fingerprint(server.connection('/v1'), AbortSignal.timeout(3000));
    expect(found).toMatchObject({ condition: 'unrecognised', problem: expect.stringContaining('`/v1`') });
  });

  it('F30 gives each request the deadline of a check, whoever waits longer', async () => {
    const server = await RecordingServer.start({ '/v1/models': 'hang' });
    dispose.push(() => server.close());
    const startedMs = performance.now();
    expect(await fingerprint(server.connection(), AbortSignal.timeout(20_000))).toMatchObject({
      condition: 'timeout',
    });
    expect(performance.now() - startedMs).toBeLessThan(5000);
  });

  it('says of the servers that nobody would rather meet why they are none', async () => {
    const faultd = await startFaultd();
    dispose.push(() => faultd.close());
    const seen: Record<string, string> = {};
    for (const behaviour of [
      'ok',
      'hang',
      'drip',
      'huge',
      'gzip',
      'redirect',
      'reset',
      'wrong-type',
    ] as const) {
      const { port, requests } = await faultd.open(behaviour);
      const { condition, backend } = await connectBackend(
        { scheme: 'http', host: '127.0.0.1', port, basePath: '', apiKey: null, scrapeMetrics: true },
        (origin) => new Client(origin, clientOptions),
        AbortSignal.timeout(400),
      );
      seen[behaviour] = backend?.kind ?? condition;
      await backend?.close();
      expect([...requests.keys()].every((path) => safe.has(`GET ${path}`))).toBe(true);
    }
    expect(seen).toEqual({
      ok: 'llama-server',
      hang: 'timeout',
      drip: 'timeout',
      huge: 'body_too_large',
      gzip: 'unexpected_encoding',
      redirect: 'redirect_refused',
      reset: 'reset',
      'wrong-type': 'unrecognised',
    });
  });
});

const safe = new Set([
  ...['GET /v1/models', 'GET /props', 'GET /api/version', 'GET /system'],
  ...['GET /api/v1/models', 'GET /api/v0/models'],
]);

describe('connectBackend', () => {
  it.each<[string, Record<string, RecordedReply>]>([
    ['llama-server', { '/v1/models': owned('llamacpp'), '/props': single }],
    ['llama-router', { '/v1/models': owned('llamacpp'), '/props': router }],
    ['llama-swap', { '/v1/models': owned('llama-swap') }],
  ])('opens a backend for a %s', async (kind, replies) => {
    const server = await RecordingServer.start(replies);
    dispose.push(() => server.close());
    const target = { scheme: 'http', host: '127.0.0.1', port: server.port, basePath: '' } as const;
    const { condition, backend } = await connectBackend(
      { ...target, apiKey: null, scrapeMetrics: true },
      server.connect,
      AbortSignal.timeout(3000),
    );
    expect([condition, backend?.kind]).toEqual(['ok', kind]);
    expect([backend?.load !== undefined, backend?.unload !== undefined]).toEqual(
      kind === 'llama-server' ? [false, false] : [true, true],
    );
    await backend?.close();
  });

  it('says that nobody listens', async () => {
    const server = await RecordingServer.start({});
    const { port } = server;
    await server.close();
    const target = { scheme: 'http', host: '127.0.0.1', port, basePath: '', apiKey: null } as const;
    const found = await connectBackend(
      { ...target, scrapeMetrics: true },
      server.connect,
      AbortSignal.timeout(3000),
    );
    expect(found).toEqual({ condition: 'refused', problem: 'The connection was refused' });
  });

  it.each([
    ['blocked_address', 'blocked_address'],
    ['blocked_port', 'blocked_address'],
    ['egress_public_disabled', 'blocked_address'],
    ['name_not_found', 'name_not_found'],
    ['EAI_AGAIN', 'name_not_found'],
    ['EADDRNOTAVAIL', 'local_resource'],
    ['ENETUNREACH', 'timeout'],
  ])('hears from the connector that it is `%s`: %s', async (code, condition) => {
    const connect = (origin: string) =>
      new Client(origin, {
        ...clientOptions,
        connect: (_options, callback) =>
          queueMicrotask(() => callback(Object.assign(new Error('no'), { code }), null)),
      });
    const target = { scheme: 'http', host: '::1', port: 9, basePath: '', apiKey: null } as const;
    expect(
      await connectBackend({ ...target, scrapeMetrics: true }, connect, AbortSignal.timeout(3000)),
    ).toMatchObject({ condition });
  });
});
