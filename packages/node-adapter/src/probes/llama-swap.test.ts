import { afterEach, describe, expect, it } from 'vitest';
import { LlamaSwap } from './llama-swap.js';
import { ok, type RecordedReply, RecordingServer } from './recording-server.fixture.js';

const dispose: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of dispose.splice(0).reverse()) await end();
});

/** Rows as llama-swap v250 lists them. */
const row = (id: string, type?: string) => ({
  id,
  object: 'model',
  created: 1_790_000_000,
  owned_by: 'llama-swap',
  status: { value: 'unloaded' },
  ...(type !== undefined && { meta: { llamaswap: { type } } }),
});
const running = (...models: [id: string, state: string][]) =>
  ok({
    running: models.map(([model, state]) => ({
      ...{ model, state, ttl: 300, name: '', description: '' },
      cmd: `llama-server --port 5801 --api-key secret -m /home/somebody/${model}.gguf`,
      proxy: 'http://127.0.0.1:5801',
    })),
  });

async function attach(overrides: Record<string, RecordedReply> = {}) {
  const server = await RecordingServer.start({
    '/running': running(),
    '/v1/models': ok({ object: 'list', data: [row('a', 'model'), row('org/b', 'model')] }),
    ...overrides,
  });
  let nowMs = 0;
  const backend = new LlamaSwap(server.connection(), { now: () => nowMs });
  dispose.push(() => server.close());
  dispose.push(() => backend.close());
  const check = () => backend.check(AbortSignal.timeout(3000));
  return { server, backend, check, pass: (ms: number) => (nowMs += ms) };
}
const states = async ({ check }: Awaited<ReturnType<typeof attach>>) =>
  Object.fromEntries(((await check()).models ?? []).map(({ name, state }) => [name, state]));

describe('LlamaSwap', () => {
  it('tells states, and neither commands nor keys of the machine of someone else', async () => {
    const { server, check } = await attach({
      '/running': running(['a', 'ready'], ['org/b', 'starting'], ['hidden', 'stopping']),
    });
    const reading = await check();
    expect(reading).toMatchObject({
      condition: 'ok',
      problem: null,
      models: [
        { name: 'a', state: 'ready', numbers: null, sizeBytes: null },
        { name: 'org/b', state: 'loading' },
        { name: 'hidden', state: 'stopping' },
      ],
    });
    expect(JSON.stringify(reading)).not.toMatch(/secret|somebody/);
    expect(server.connections).toBe(1);
  });

  it('asks for nothing that starts a model or counts as its use', async () => {
    const attached = await attach({ '/running': running(['a', 'ready']) });
    for (let i = 0; i < 10; i++) await attached.check();
    expect(attached.server.kinds).toEqual(['GET /running', 'GET /v1/models']);
  });

  it('reads the list twice a minute', async () => {
    const { server, backend, check, pass } = await attach();
    const lists = () => server.asked.filter((what) => what.endsWith('/v1/models')).length;
    for (let i = 0; i < 5; i++) await check();
    expect(lists()).toBe(1);
    pass(30_000);
    server.replies['/v1/models'] = ok({ object: 'list', data: [row('c')] });
    expect((await check()).models).toMatchObject([{ name: 'c', state: 'unloaded' }]);
    expect(lists()).toBe(2);
    await backend.check(AbortSignal.timeout(3000), { whole: true });
    expect(lists()).toBe(3);
  });

  it('leaves out what is no model of its own', async () => {
    const rows = [row('a', 'model'), row('alias', 'alias'), row('peer/x', 'peer'), row('s', 'selector')];
    const attached = await attach({
      '/v1/models': ok({ object: 'list', data: [...rows, row('p', 'profile')] }),
    });
    expect(await states(attached)).toEqual({ a: 'unloaded' });
  });

  it('loads by a request to the model, and unloads by name', async () => {
    const { server, backend, check } = await attach({
      '/upstream/org/b/health': ok({ status: 'ok' }),
      'POST /api/models/unload/org/b': ok('OK'),
    });
    await check();
    const signal = AbortSignal.timeout(3000);
    await backend.load('org/b', signal);
    await backend.unload('org/b', signal);
    expect(server.asked.slice(-2)).toEqual(['GET /upstream/org/b/health', 'POST /api/models/unload/org/b']);
  });

  it('does not wait for a load that takes long, goes on watching, and shows how it ended', async () => {
    const attached = await attach({ '/upstream/a/health': 'hang' });
    const { backend, server, check } = attached;
    await check();
    const startedMs = performance.now();
    await backend.load('a', AbortSignal.timeout(3000));
    expect(performance.now() - startedMs).toBeLessThan(2500);
    server.replies['/running'] = running(['a', 'starting']);
    expect(await states(attached)).toMatchObject({ a: 'loading' });
    server.replies['/running'] = running();
    server.replies['/upstream/a/health'] = [502, 'unable to start: secret words'];
    await expect(backend.load('a', AbortSignal.timeout(3000))).rejects.toMatchObject({
      condition: 'server_error',
      message: expect.not.stringContaining('secret'),
    });
    expect((await check()).models?.[0]).toMatchObject({ state: 'failed', problem: expect.any(String) });
    server.replies['/running'] = running(['a', 'ready']);
    await check();
    server.replies['/running'] = running();
    expect(await states(attached)).toMatchObject({ a: 'unloaded' });
  });

  it('lets nobody out of the path of a model', async () => {
    const ids = ['..', '../unload', 'a/../../unload', 'x?y#z', ''];
    const { server, backend, check } = await attach({
      '/v1/models': ok({ object: 'list', data: ids.map((id) => row(id)) }),
    });
    await check();
    const signal = AbortSignal.timeout(3000);
    for (const id of ids.slice(0, 3)) {
      await expect(backend.load(id, signal)).rejects.toMatchObject({ name: 'BackendFailure' });
      await expect(backend.unload(id, signal)).rejects.toMatchObject({ name: 'BackendFailure' });
    }
    await backend.load('x?y#z', signal);
    expect(server.asked.slice(2)).toEqual(['GET /upstream/x%3Fy%23z/health']);
    await expect(backend.load('nobody', signal)).rejects.toMatchObject({ condition: 'unrecognised' });
  });

  it('ends what is under way when it is closed', async () => {
    const { backend, check } = await attach({ '/upstream/a/health': 'hang' });
    await check();
    await backend.load('a', AbortSignal.timeout(50));
    const startedMs = performance.now();
    await backend.close();
    expect(performance.now() - startedMs).toBeLessThan(1000);
  });

  it.each<[RecordedReply, string]>([
    [[401, '', { 'www-authenticate': 'Basic realm="llama-swap"' }], 'auth_required'],
    [ok('<html>'), 'unrecognised'],
    [[307, '', { location: '/elsewhere' }], 'redirect_refused'],
    [[502, ''], 'server_error'],
  ])('says of `/running` that is answered %j: %s', async (reply, condition) => {
    const { check } = await attach({ '/running': reply });
    expect(await check()).toMatchObject({ condition, models: null });
  });
});
