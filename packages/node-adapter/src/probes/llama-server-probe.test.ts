import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ServerProcess } from '@corral/core';
import { afterEach, describe, expect, it } from 'vitest';
import type { LogFields } from '../logger.js';
import { llamaServerProber } from './llama-server-probe.js';

const dispose: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of dispose.splice(0).reverse()) await end();
});

type Reply = readonly [status: number, body: string, headers?: Record<string, string>] | 'hang' | 'cut';

const metrics = (tokens: number | string, busy: number | string = 0): string =>
  `llamacpp:tokens_predicted_total ${tokens}\nllamacpp:requests_processing ${busy}\nllamacpp:requests_deferred 0\n`;
const slot = (id_task: number, n_decoded: number, is_processing = true) => ({
  id_task,
  is_processing,
  n_ctx: 4096,
  n_prompt_tokens: 100 + n_decoded,
  next_token: [{ n_decoded }],
});

/** A server that knows one key, with every answer in our hands. */
async function serve(overrides: Record<string, Reply> = {}, maySleep = false) {
  const asked: string[] = [];
  const replies: Record<string, Reply> = {
    '/health': [200, '{"status":"ok"}'],
    '/props': [200, '{"total_slots":4,"is_sleeping":false}'],
    '/metrics': [200, metrics(100)],
    '/slots': [200, '[]'],
    ...overrides,
  };
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const path = request.url ?? '';
    const known = request.headers.authorization === 'Bearer identity';
    asked.push(known ? `${path} with key` : path);
    const reply =
      path === '/health' || known || replies['open'] ? (replies[path] ?? [404, '']) : ([401, ''] as const);
    if (reply === 'hang') return;
    if (reply === 'cut') return void request.socket.destroy();
    response.writeHead(reply[0], reply[2]).end(reply[1]);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  dispose.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  const process_: ServerProcess = {
    pid: process.pid,
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    identityKey: 'identity',
    clientKey: 'client',
    exited: new Promise(() => {}),
    logTail: () => [],
    requestTally: () => null,
    stop: () => Promise.reject(new Error('unused')),
  };
  const warnings: (readonly [message: string, fields?: LogFields])[] = [];
  const nothing = (): void => {};
  const warn = (...warning: (typeof warnings)[number]): void => void warnings.push(warning);
  const logger = { warn, error: nothing, info: nothing, debug: nothing };
  const probe = llamaServerProber(undefined, logger).open(process_, { maySleep });
  dispose.push(() => probe.close());
  const check = (withinMs = 5000) => probe.check(AbortSignal.timeout(withinMs));
  return { asked, replies, server, warnings, origin: process_.baseUrl, check };
}

describe('LlamaServerProbe', () => {
  it('F39 F47 takes the last of a series that comes twice, and warns of that and of redirects once', async () => {
    const text = `${metrics(100)}llamacpp:requests_deferred 3\n`;
    const { check, replies, warnings, origin: endpoint } = await serve({ '/metrics': [200, text] });
    for (let i = 0; i < 2; i++) expect(await check()).toMatchObject({ numbers: { load: { deferred: 3 } } });
    replies['/health'] = [302, '', { location: 'http://elsewhere.lan/hunter2' }];
    for (let i = 0; i < 2; i++) expect(await check()).toMatchObject({ condition: 'unreachable' });
    expect(warnings).toEqual([
      ['parse_warning', { endpoint, metric: 'llamacpp:requests_deferred', oddity: 'duplicate_series' }],
      ['redirect_refused', { endpoint, locationHost: 'elsewhere.lan' }],
    ]);
  });

  it('finds a server of ours ready, with its numbers', async () => {
    const { check } = await serve();
    const reading = await check();
    expect(reading).toMatchObject({
      condition: 'ready',
      problem: null,
      numbers: {
        generatedTokens: { total: 100 },
        load: { processing: 0, deferred: 0 },
        slots: 4,
        contextUsedTokens: null,
        source: 'llama-server /metrics',
      },
    });
    expect(reading.latencyMs).toBeGreaterThan(0);
    expect(reading.memory?.anonymousBytes).toBeGreaterThan(1e6);
  });

  it('asks /slots only while requests run', async () => {
    const { asked, replies, check } = await serve();
    await check();
    expect(asked).not.toContain('/slots with key');
    replies['/metrics'] = [200, metrics(100, 1)];
    replies['/slots'] = [200, JSON.stringify([slot(3, 20), slot(1, 7, false)])];
    expect((await check()).numbers).toMatchObject({
      generatedTokens: { total: 120 },
      contextUsedTokens: 120,
      contextSizeTokens: 4096,
      source: 'llama-server /metrics + /slots',
    });
    expect(asked.filter((path) => path.startsWith('/slots'))).toEqual(['/slots with key']);
  });

  it('proves identity once, and sends the key to nobody before that', async () => {
    const { asked, check } = await serve();
    await check();
    await check();
    expect(asked).toEqual([
      '/health',
      '/props',
      '/props with key',
      '/metrics with key',
      '/health',
      '/metrics with key',
    ]);
  });

  it.each<[string, Record<string, Reply>]>([
    ['asks for no key', { open: [200, ''] }],
    ['does not know our key', { '/props': [401, ''] }],
    ['has nothing there', { '/props': [404, ''] }],
  ])('F21 takes a server that %s for an impostor, and reads nothing from it', async (_, overrides) => {
    const { asked, check } = await serve(overrides);
    const reading = await check();
    expect(reading.condition).toBe('impostor');
    expect(reading.numbers).toBeNull();
    expect(asked.some((path) => path.startsWith('/metrics'))).toBe(false);
  });

  it('asks a server again that breaks before it has proved who it is', async () => {
    const { asked, check } = await serve({ '/props': [500, ''] });
    expect((await check()).condition).toBe('unreachable');
    expect(asked.some((path) => path.startsWith('/metrics'))).toBe(false);
  });

  it.each<[string, Reply, string]>([
    ['F43 503', [503, '{}'], 'loading'],
    ['500', [500, ''], 'unreachable'],
    ['F47 a redirect', [302, '', { location: 'http://169.254.169.254/' }], 'unreachable'],
    ['a cut connection', 'cut', 'unreachable'],
    ['F10 silence', 'hang', 'unreachable'],
    ['F35 a compressed answer', [200, 'x', { 'content-encoding': 'gzip' }], 'unreachable'],
  ])('calls %s on /health %s', async (_, reply, condition) => {
    const { asked, check } = await serve({ '/health': reply });
    const reading = await check(500);
    expect(reading).toMatchObject({ condition, latencyMs: null, numbers: null });
    expect(reading.memory?.anonymousBytes).toBeGreaterThan(0);
    expect(asked).toEqual(['/health']);
    if (condition === 'unreachable') expect(reading.problem).toEqual(expect.any(String));
  });

  it('F41 stays ready without numbers while /metrics hangs, and has them again at once', async () => {
    const { replies, check } = await serve();
    await check();
    replies['/metrics'] = 'hang';
    expect(await check(400)).toMatchObject({ condition: 'ready', numbers: null });
    replies['/metrics'] = [200, metrics(130)];
    expect(await check()).toMatchObject({ condition: 'ready', numbers: { generatedTokens: { total: 130 } } });
  });

  it.each(['/metrics', '/slots'])('F42 asks for %s once when this build refuses it', async (path) => {
    const { asked, check } = await serve({ '/metrics': [200, metrics(100, 1)], [path]: [501, ''] });
    for (let i = 0; i < 3; i++) expect(await check()).toMatchObject({ condition: 'ready' });
    expect(asked.filter((name) => name.startsWith(path))).toHaveLength(1);
  });

  it.each([
    ['values that are no numbers', metrics('1e400', 'NaN')],
    ['a negative counter', metrics(-5)],
    ['nothing', ''],
    ['HTML', '<!doctype html><title>Log in</title>'],
  ])('F37 F46 has no numbers from %s', async (_, text) => {
    const { check } = await serve({ '/metrics': [200, text] });
    const { condition, numbers } = await check();
    expect(condition).toBe('ready');
    expect(numbers?.generatedTokens ?? null).toBeNull();
  });

  it('F38 begins anew with a process that began anew', async () => {
    const started = (at: string, tokens: number): Reply => [
      200,
      metrics(tokens),
      { 'process-start-time-unix': at },
    ];
    const { replies, check } = await serve({ '/metrics': started('1000', 500) });
    expect((await check()).numbers?.generatedTokens).toMatchObject({ total: 500, epoch: '1000' });
    replies['/metrics'] = started('2000', 3);
    expect((await check()).numbers?.generatedTokens).toMatchObject({ total: 3, epoch: '2000' });
  });

  it('uses one connection for all of its checks', async () => {
    const { server, check } = await serve();
    let connections = 0;
    server.on('connection', () => (connections += 1));
    for (let i = 0; i < 5; i++) await check();
    expect(connections).toBe(1);
  });

  it('never asks a sleeping server for numbers, and shows its memory all the same', async () => {
    const sleeping: Reply = [200, '{"is_sleeping":true}'];
    const { asked, replies, check } = await serve({ '/props': sleeping }, true);
    for (let i = 0; i < 10; i++) {
      const reading = await check();
      expect(reading).toMatchObject({ condition: 'sleeping', numbers: null, problem: null });
      expect(reading.memory?.anonymousBytes).toBeGreaterThan(0);
    }
    expect(new Set(asked)).toEqual(new Set(['/health', '/props', '/props with key']));
    replies['/props'] = [200, '{"is_sleeping":false}'];
    expect(await check()).toMatchObject({ condition: 'ready', numbers: { generatedTokens: { total: 100 } } });
  });

  it('does not ask whether a server sleeps that has requests running', async () => {
    const { asked, replies, check } = await serve({ '/metrics': [200, metrics(100, 1)] }, true);
    for (let i = 0; i < 3; i++) await check();
    expect(asked.filter((path) => path.startsWith('/props'))).toHaveLength(2);
    replies['/metrics'] = [200, metrics(100)];
    for (let i = 0; i < 3; i++) await check();
    expect(asked.filter((path) => path.startsWith('/props'))).toHaveLength(4);
  });

  it('asks nothing that might wake a server that does not say whether it sleeps', async () => {
    const { asked, replies, check } = await serve({}, true);
    await check();
    for (const reply of ['hang', [500, '']] as const) {
      replies['/props'] = reply;
      expect(await check(300)).toMatchObject({ condition: 'ready', numbers: null });
    }
    expect(asked.filter((path) => path.startsWith('/metrics'))).toHaveLength(1);
  });

  it('asks nothing about sleep where it cannot be', async () => {
    const { asked, check } = await serve();
    for (let i = 0; i < 3; i++) await check();
    expect(asked.filter((path) => path.startsWith('/props'))).toHaveLength(2);
  });
});
