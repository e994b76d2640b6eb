import type { BackendReading } from '@corral/core';
import { startFaultd } from '@corral/testkit';
import { Client } from 'undici';
import { afterEach, describe, expect, it } from 'vitest';
import type { EndpointProbe } from './endpoint-probe.js';
import { koboldCppProbe } from './koboldcpp.js';
import { lmStudioProbe } from './lm-studio.js';
import { localAiProbe } from './localai.js';
import { ollamaProbe } from './ollama.js';
import { openAiProbe } from './openai.js';
import { ProbedBackend } from './probed-backend.js';
import { ok, type RecordedReply, RecordingServer } from './recording-server.fixture.js';
import { clientOptions, ServerConnection } from './server-connection.js';
import { sglangProbe } from './sglang.js';
import { vllmProbe } from './vllm.js';

const dispose: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of dispose.splice(0).reverse()) await end();
});

const tags = (...names: string[]): RecordedReply =>
  ok({ models: names.map((name) => ({ name, model: name })) });

async function watch(probe: EndpointProbe, replies: Record<string, RecordedReply>) {
  const server = await RecordingServer.start(replies);
  let nowMs = 0;
  const backend = new ProbedBackend(server.connection(), probe, { now: () => nowMs });
  dispose.push(() => server.close());
  dispose.push(() => backend.close());
  const check = (withinMs = 3000, whole = false) => backend.check(AbortSignal.timeout(withinMs), { whole });
  return { server, backend, check, pass: (ms: number) => (nowMs += ms) };
}
const watchOllama = (replies: Record<string, RecordedReply> = {}) =>
  watch(ollamaProbe(), { '/api/ps': tags(), '/api/tags': tags('a', 'b'), ...replies });
const named = ({ models }: BackendReading): string[] => (models ?? []).map(({ name }) => name);

const kinds: [kind: string, probe: () => EndpointProbe][] = [
  ['ollama', ollamaProbe],
  ['lm-studio', lmStudioProbe],
  ['vllm', vllmProbe],
  ['sglang', sglangProbe],
  ['localai', localAiProbe],
  ['koboldcpp', koboldCppProbe],
  ['openai', openAiProbe],
];

describe('ProbedBackend', () => {
  it('reads what could be served twice a minute, over one connection, and at once for a person', async () => {
    const { server, check, pass } = await watchOllama();
    const lists = () => server.asked.filter((asked) => asked.endsWith('/api/tags')).length;
    for (let i = 0; i < 5; i++) expect(named(await check())).toEqual(['a', 'b']);
    expect([lists(), server.connections]).toEqual([1, 1]);
    server.replies['/api/tags'] = tags('c');
    pass(29_999);
    expect(named(await check())).toEqual(['a', 'b']);
    pass(1);
    expect(named(await check())).toEqual(['c']);
    server.replies['/api/tags'] = tags('d');
    expect(named(await check(3000, true))).toEqual(['d']);
    expect(lists()).toBe(3);
  });

  it('says the very same of models while nothing changes', async () => {
    const { server, check } = await watchOllama({ '/api/ps': tags('a') });
    const { models } = await check();
    expect((await check()).models).toBe(models);
    server.replies['/api/ps'] = tags('b');
    expect((await check()).models).not.toBe(models);
  });

  it('shows what is loaded and kept off the list', async () => {
    const { check } = await watchOllama({ '/api/ps': tags('b', 'hidden') });
    expect((await check()).models?.map(({ name, state }) => [name, state])).toEqual([
      ['a', 'unloaded'],
      ['b', 'ready'],
      ['hidden', 'ready'],
    ]);
  });

  it.each<[string, RecordedReply]>([
    ['hangs', 'hang'],
    ['breaks', [500, '']],
  ])('F41 works on with the last list while the list %s, and asks for it no sooner', async (_, reply) => {
    const { server, check, pass } = await watchOllama();
    await check();
    server.replies['/api/tags'] = reply;
    pass(30_000);
    for (let i = 0; i < 3; i++)
      expect(await check(200)).toMatchObject({ condition: 'ok', models: [{ name: 'a' }, { name: 'b' }] });
    expect(server.asked.filter((asked) => asked.endsWith('/api/tags'))).toHaveLength(2);
  });

  it('F44 is kept out when the list wants a key, though health is for everyone', async () => {
    const { server, check, pass } = await watch(vllmProbe(), {
      '/health': ok(''),
      '/v1/models': [401, '{"error":"secret words"}'],
    });
    for (let i = 0; i < 3; i++) {
      const reading = await check();
      expect(reading).toMatchObject({ condition: 'auth_required', models: null });
      expect(reading.problem).not.toContain('secret');
    }
    expect(server.asked).toHaveLength(3);
    // A person may have put it right.
    server.replies['/v1/models'] = ok({ object: 'list', data: [{ id: 'm' }] });
    expect(await check()).toMatchObject({ condition: 'auth_required' });
    expect(await check(3000, true)).toMatchObject({ condition: 'ok' });
    pass(30_000);
    expect(await check()).toMatchObject({ condition: 'ok' });
  });

  it('F45 leaves a server alone for as long as it asks, also when a person asks', async () => {
    const { server, check, pass } = await watchOllama({ '/api/ps': [429, '', { 'retry-after': '7' }] });
    for (let i = 0; i < 3; i++) expect(await check(3000, i > 0)).toMatchObject({ condition: 'rate_limited' });
    expect(server.asked).toHaveLength(1);
    server.replies['/api/ps'] = tags();
    pass(7000);
    expect(await check()).toMatchObject({ condition: 'ok' });
  });

  it('F42 asks one process once for a page that it does not have, and the next one again', async () => {
    const { server, check } = await watch(vllmProbe(), {
      '/health': ok(''),
      '/v1/models': ok({ object: 'list', data: [{ id: 'm' }] }),
      '/metrics': [501, ''],
    });
    const asked = () => server.asked.filter((each) => each.endsWith('/metrics')).length;
    for (let i = 0; i < 3; i++) await check();
    expect(asked()).toBe(1);
    server.replies['/health'] = 'cut';
    expect(await check()).toMatchObject({ condition: 'reset' });
    server.replies['/health'] = ok('');
    server.replies['/metrics'] = ok('vllm:num_requests_waiting{engine="0"} 5.0\n');
    server.replies['/v1/models'] = ok({ object: 'list', data: [{ id: 'other' }] });
    const reading = await check();
    expect([reading.queueDepth, named(reading), asked()]).toEqual([5, ['other'], 2]);
  });

  it('F41 knows no queue while the page that tells it hangs, and works', async () => {
    const { server, check } = await watch(vllmProbe(), {
      '/health': ok(''),
      '/v1/models': ok({ object: 'list', data: [{ id: 'm' }] }),
      '/metrics': ok('vllm:num_requests_waiting 5\n'),
    });
    expect(await check()).toMatchObject({ condition: 'ok', queueDepth: 5 });
    server.replies['/metrics'] = 'hang';
    expect(await check(200)).toMatchObject({ condition: 'ok', queueDepth: null, models: [{ name: 'm' }] });
  });

  it.each([
    ['/models/llama/Meta.gguf', 'Meta.gguf'],
    ['C:\\Users\\me\\m.gguf', 'm.gguf'],
    ['~/m', 'm'],
    [
      'hf.co/bartowski/Llama-3.2-1B-Instruct-GGUF:Q4_K_M',
      'hf.co/bartowski/Llama-3.2-1B-Instruct-GGUF:Q4_K_M',
    ],
    ['<b>\u001b[2J\n\u202e', '<b>\\u{1b}[2J\\u{a}\\u{202e}'],
    ['x'.repeat(900_000), 'x'.repeat(256)],
    ['__proto__', '__proto__'],
  ])('I62 shows the model %j as %j', async (id, name) => {
    const { check } = await watch(openAiProbe(), { '/v1/models': ok({ object: 'list', data: [{ id }] }) });
    expect(named(await check())).toEqual([name]);
  });

  it('finds the older list of LM Studio also where the newer one is a 404', async () => {
    const rows = { object: 'list', data: [{ id: 'm', state: 'loaded' }] };
    const { server, check } = await watch(lmStudioProbe(), { '/api/v0/models': ok(rows) });
    for (let i = 0; i < 3; i++) expect((await check()).models).toMatchObject([{ name: 'm', state: 'ready' }]);
    expect(server.asked.filter((asked) => asked === 'GET /api/v1/models')).toHaveLength(1);
  });

  it('shows no more than 1,000 models', async () => {
    const names = Array.from({ length: 3000 }, (_, index) => `m${index}`);
    const { check } = await watchOllama({ '/api/tags': tags(...names) });
    expect(named(await check())).toHaveLength(1000);
  });
});

const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;

describe.each(kinds)('%s', (_, makeProbe) => {
  it.each<[string, RecordedReply, string]>([
    ['F46 a login page', ok('<!doctype html><title>Log in</title>'), 'unrecognised'],
    ['F46 a page by its type', [200, 'Log in', { 'content-type': 'text/html' }], 'unrecognised'],
    ['F36 JSON 100 000 deep', ok(deep), 'unrecognised'],
    ['F36 rows 100 000 deep', ok(`{"models":${deep},"data":${deep},"x":${deep}}`), 'unrecognised'],
    ['F47 a redirect', [302, '', { location: 'http://169.254.169.254/' }], 'redirect_refused'],
    ['F35 a compressed answer', [200, 'x', { 'content-encoding': 'gzip' }], 'unexpected_encoding'],
    ['F33 a body without end', [200, 'x'.repeat(2 ** 20 + 1)], 'body_too_large'],
    ['F44 401', [401, ''], 'auth_required'],
    ['F45 429', [429, '', { 'retry-after': 'soon' }], 'rate_limited'],
    ['503', [503, ''], 'server_error'],
    ['404', [404, ''], 'unrecognised'],
    ['a cut connection', 'cut', 'reset'],
  ])('says of %s what it is', async (_what, reply, condition) => {
    const everything = new Proxy<Record<string, RecordedReply>>({}, { get: () => reply });
    const { check } = await watch(makeProbe(), everything);
    const reading = await check();
    expect(reading).toMatchObject({ condition, models: null, latencyMs: null });
    expect(reading.problem).toEqual(expect.any(String));
  });

  it('F32 F33 F35 F47 is not harmed by servers one would rather not meet', async () => {
    const faultd = await startFaultd();
    dispose.push(() => faultd.close());
    const target = await faultd.open('ok');
    const location = { origin: target.url, basePath: '', apiKey: null };
    const connection = new ServerConnection(location, (origin) => new Client(origin, clientOptions));
    const backend = new ProbedBackend(connection, makeProbe());
    dispose.push(() => backend.close());
    const seen: string[] = [];
    for (const behaviour of ['hang', 'drip', 'huge', 'gzip', 'redirect', 'reset', 'wrong-type'] as const) {
      target.behave(behaviour);
      seen.push((await backend.check(AbortSignal.timeout(150))).condition);
    }
    expect(seen).toEqual([
      ...['timeout', 'timeout', 'body_too_large', 'unexpected_encoding'],
      ...['redirect_refused', 'reset', 'unrecognised'],
    ]);
    expect(target.openSockets).toBeLessThanOrEqual(2);
  });
});
