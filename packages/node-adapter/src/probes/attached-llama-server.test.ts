import { startFaultd } from '@corral/testkit';
import { Client } from 'undici';
import { afterEach, describe, expect, it } from 'vitest';
import { AttachedLlamaServer } from './attached-llama-server.js';
import {
  loadingReply,
  metricsText,
  ok,
  type RecordedReply,
  RecordingServer,
} from './recording-server.fixture.js';
import { clientOptions, ServerConnection } from './server-connection.js';

const dispose: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of dispose.splice(0).reverse()) await end();
});

const models = (id: string, size = 7_346_176) => ({
  object: 'list',
  data: [{ id, aliases: [id], owned_by: 'llamacpp', meta: { n_ctx: 8192, size } }],
});
const props = (isSleeping: boolean) => ({ total_slots: 2, is_sleeping: isSleeping, model_alias: 'tiny' });

async function attach(
  overrides: Record<string, RecordedReply> = {},
  scrapeMetrics = true,
  detail?: 'status',
) {
  const server = await RecordingServer.start(
    {
      '/health': ok({ status: 'ok' }),
      '/v1/models': ok(models('/home/somebody/models/tiny.gguf')),
      '/props': ok(props(false)),
      '/metrics': ok(metricsText(100)),
      '/slots': ok([]),
      ...overrides,
    },
    { server: 'llama.cpp' },
  );
  let nowMs = 0;
  const backend = new AttachedLlamaServer(server.connection(), { scrapeMetrics, detail, now: () => nowMs });
  dispose.push(() => server.close());
  dispose.push(() => backend.close());
  const check = (withinMs = 3000) => backend.check(AbortSignal.timeout(withinMs));
  return { server, backend, check, pass: (ms: number) => (nowMs += ms) };
}

describe('AttachedLlamaServer', () => {
  it('tells model and numbers, and no path of the machine of someone else', async () => {
    const { check } = await attach();
    const reading = await check();
    expect(reading).toEqual({
      condition: 'ok',
      latencyMs: expect.any(Number),
      problem: null,
      queueDepth: 0,
      models: [
        {
          name: 'tiny.gguf',
          state: 'ready',
          problem: null,
          sizeBytes: 7_346_176,
          vramBytes: null,
          numbers: expect.objectContaining({
            generatedTokens: expect.objectContaining({ total: 100 }),
            slots: 2,
          }),
        },
      ],
    });
    expect(JSON.stringify(reading)).not.toContain('somebody');
  });

  it('asks for nothing but safe pages, over one connection', async () => {
    const { server, check } = await attach();
    for (let i = 0; i < 10; i++) await check();
    expect(server.kinds).toEqual(['GET /health', 'GET /metrics', 'GET /props', 'GET /v1/models']);
    expect(server.connections).toBe(1);
    server.replies['/metrics'] = ok(metricsText(100, 1));
    await check();
    expect(server.kinds).toContain('GET /slots');
  });

  it('leaves a server alone that sleeps: ten checks ask for no numbers', async () => {
    const { server, check } = await attach({ '/props': ok(props(true)) });
    for (let i = 0; i < 10; i++)
      expect((await check()).models).toMatchObject([{ state: 'sleeping', numbers: null }]);
    expect(server.kinds).toEqual(['GET /health', 'GET /props', 'GET /v1/models']);
  });

  it('does not ask a busy server whether it sleeps', async () => {
    const { server, check } = await attach({ '/metrics': ok(metricsText(100, 1)) });
    for (let i = 0; i < 5; i++) await check();
    expect(server.asked.filter((path) => path === 'GET /props')).toHaveLength(1);
  });

  it('reads no metrics where they may not be scraped', async () => {
    const { server, check } = await attach({}, false);
    expect((await check()).models).toMatchObject([{ state: 'ready', numbers: null }]);
    expect(server.kinds).toEqual(['GET /health', 'GET /props', 'GET /v1/models']);
  });

  it('asks one page a check for its status alone, and twice a minute what it has', async () => {
    const { server, backend, check, pass } = await attach({ '/props': ok(props(true)) }, true, 'status');
    for (let i = 0; i < 5; i++)
      expect(await check()).toMatchObject({
        ...{ condition: 'ok', queueDepth: null },
        models: [{ name: 'tiny.gguf', state: 'sleeping', numbers: null }],
      });
    expect(server.asked.splice(0)).toEqual([
      ...['GET /health', 'GET /v1/models', 'GET /props'],
      ...Array<string>(4).fill('GET /health'),
    ]);
    server.replies['/props'] = ok(props(false));
    pass(30_000);
    expect((await check()).models).toMatchObject([{ state: 'ready', numbers: null }]);
    expect(server.asked.splice(0)).toEqual(['GET /health', 'GET /v1/models', 'GET /props']);
    // A person who asks does not wait for that.
    await backend.check(AbortSignal.timeout(3000), { whole: true });
    expect(server.asked).toEqual(['GET /health', 'GET /v1/models', 'GET /props']);
  });

  it('F44 looks again at once when a person asks, who may have put the key right', async () => {
    const { server, backend, check } = await attach({ '/v1/models': [401, ''] });
    await check();
    server.replies['/v1/models'] = ok(models('a'));
    expect(await check()).toMatchObject({ condition: 'auth_required' });
    const asked = await backend.check(AbortSignal.timeout(3000), { whole: true });
    expect(asked).toMatchObject({ condition: 'ok' });
  });

  it('F43 is loading, and then another model perhaps', async () => {
    const { server, check, pass } = await attach();
    await check();
    server.replies['/health'] = loadingReply;
    expect(await check()).toMatchObject({
      condition: 'loading',
      models: [{ name: 'tiny.gguf', state: 'loading', numbers: null }],
    });
    server.replies['/health'] = ok({ status: 'ok' });
    server.replies['/v1/models'] = ok(models('other'));
    pass(30_000);
    expect((await check()).models).toMatchObject([{ name: 'other', state: 'ready' }]);
  });

  it('F44 asks again after half a minute when a key is wanted', async () => {
    const { server, check, pass } = await attach({
      '/v1/models': [401, '{"error":{"message":"secret words"}}'],
    });
    for (let i = 0; i < 5; i++) {
      const reading = await check();
      expect(reading).toMatchObject({ condition: 'auth_required', models: null, latencyMs: null });
      expect(reading.problem).not.toContain('secret');
    }
    expect(server.asked).toHaveLength(2);
    pass(30_000);
    await check();
    expect(server.asked).toHaveLength(4);
  });

  it.each<[string, Record<string, string>, number]>([
    ['9999999', {}, 60_000],
    ['7', {}, 7000],
    ['Wed, 21 Oct 2026 07:28:20 GMT', { date: 'Wed, 21 Oct 2026 07:28:00 GMT' }, 20_000],
    ['soon', {}, 30_000],
    ['-1', {}, 30_000],
    ['', {}, 30_000],
  ])('F45 after 429 with Retry-After `%s` waits', async (after, headers, waitMs) => {
    const limited: RecordedReply = [429, '', { 'retry-after': after, ...headers }];
    const { server, check, pass } = await attach({ '/health': limited });
    expect(await check()).toMatchObject({ condition: 'rate_limited' });
    pass(waitMs - 1);
    expect(await check()).toMatchObject({ condition: 'rate_limited' });
    expect(server.asked).toHaveLength(1);
    pass(1);
    await check();
    expect(server.asked).toHaveLength(2);
  });

  it('F41 stays ready without numbers while a page hangs', async () => {
    const { server, check } = await attach();
    await check();
    for (const page of ['/metrics', '/props']) {
      server.replies[page] = 'hang';
      expect(await check(300)).toMatchObject({
        condition: 'ok',
        models: [{ state: 'ready', numbers: null }],
      });
    }
  });

  it.each<[string, RecordedReply, string]>([
    ['F47 a redirect', [302, '', { location: 'http://169.254.169.254/latest/' }], 'redirect_refused'],
    ['F46 a login page', [200, '<!doctype html><title>Log in</title>'], 'unrecognised'],
    ['F35 a compressed answer', [200, 'x', { 'content-encoding': 'gzip' }], 'unexpected_encoding'],
    ['F33 a body without end', [200, 'x'.repeat(2 ** 20 + 1)], 'body_too_large'],
    ['500', [500, ''], 'server_error'],
    ['503 from a proxy', [503, 'no upstream', { server: 'nginx' }], 'server_error'],
    ['a cut connection', 'cut', 'reset'],
    ['silence', 'hang', 'timeout'],
  ])('calls %s on /health %s', async (_, reply, condition) => {
    const { server, check } = await attach({ '/health': reply });
    const reading = await check(300);
    expect(reading).toMatchObject({ condition, models: null, latencyMs: null });
    expect(reading.problem).toEqual(expect.any(String));
    expect(server.asked).toEqual(['GET /health']);
  });

  it('F28 says `local_resource` when this side has no file descriptor left', async () => {
    const connect = (origin: string) =>
      new Client(origin, {
        ...clientOptions,
        connect: (_options, callback) =>
          queueMicrotask(() => callback(Object.assign(new Error('connect'), { code: 'EMFILE' }), null)),
      });
    const location = { origin: 'http://127.0.0.1:9', basePath: '', apiKey: null };
    const backend = new AttachedLlamaServer(new ServerConnection(location, connect), { scrapeMetrics: true });
    dispose.push(() => backend.close());
    expect(await backend.check(AbortSignal.timeout(1000))).toMatchObject({
      condition: 'local_resource',
      models: null,
    });
  });

  it('puts the base path before every path, and sends its key', async () => {
    const { server } = await attach({
      '/llm/health': ok({ status: 'ok' }),
      '/llm/v1/models': ok(models('a')),
    });
    const backend = new AttachedLlamaServer(server.connection('/llm', 'sesame'), { scrapeMetrics: false });
    dispose.push(() => backend.close());
    expect(await backend.check(AbortSignal.timeout(3000))).toMatchObject({ condition: 'ok' });
    expect(server.asked.every((path) => path.startsWith('GET /llm/'))).toBe(true);
  });

  it.each([
    ['tiny', 'tiny'],
    ['ggml-org/gemma-3-4b-it-GGUF:Q4_K_M', 'ggml-org/gemma-3-4b-it-GGUF:Q4_K_M'],
    ['models/tiny.gguf', 'tiny.gguf'],
    ['C:\\Users\\me\\tiny.gguf', 'tiny.gguf'],
    ['/var/lib/blobs/sha256-1f', 'sha256-1f'],
    ['./somewhere/tiny', 'tiny'],
    ['a\u001b[2Jb\n', 'a\\u{1b}[2Jb\\u{a}'],
    ['x'.repeat(100_000), 'x'.repeat(256)],
  ])('shows the model %j as %j', async (id, name) => {
    const { check } = await attach({ '/v1/models': ok(models(id)) });
    expect((await check()).models?.[0]?.name).toBe(name);
  });

  it('survives every behaviour of a server one would rather not meet', async () => {
    const faultd = await startFaultd();
    dispose.push(() => faultd.close());
    const target = await faultd.open('ok');
    const location = { origin: target.url, basePath: '', apiKey: null };
    const connect = (origin: string) => new Client(origin, clientOptions);
    const backend = new AttachedLlamaServer(new ServerConnection(location, connect), { scrapeMetrics: true });
    dispose.push(() => backend.close());
    const seen: Record<string, string> = {};
    for (const behaviour of [
      ...(['hang', 'drip', 'huge', 'gzip', 'redirect', 'reset', 'wrong-type', 'loading'] as const),
      ...(['nan', 'reset-counter', 'ok'] as const),
    ]) {
      target.behave(behaviour);
      const { condition } = await backend.check(AbortSignal.timeout(400));
      seen[behaviour] = condition;
      // Whoever has seen the worst sees the best at once.
      target.behave('ok');
      expect(await backend.check(AbortSignal.timeout(2000))).toMatchObject({ condition: 'ok' });
    }
    expect(seen).toEqual({
      hang: 'timeout',
      drip: 'timeout',
      huge: 'body_too_large',
      gzip: 'unexpected_encoding',
      redirect: 'redirect_refused',
      reset: 'reset',
      'wrong-type': 'unrecognised',
      loading: 'loading',
      nan: 'ok',
      'reset-counter': 'ok',
      ok: 'ok',
    });
    expect([...target.requests.keys()].every((path) => safe.has(path))).toBe(true);
  });
});

const safe = new Set(['/health', '/v1/models', '/props', '/metrics', '/slots']);
