import { afterEach, describe, expect, it } from 'vitest';
import { LlamaRouter } from './llama-router.js';
import { metricsText, ok, type RecordedReply, RecordingServer } from './recording-server.fixture.js';

const dispose: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of dispose.splice(0).reverse()) await end();
});

/** A row as llama.cpp 0.7.0 lists it. */
const row = (id: string, value: string, rest: Record<string, unknown> = {}, size?: number) => ({
  id,
  aliases: [],
  object: 'model',
  owned_by: 'llamacpp',
  status: { value, args: ['/usr/bin/llama-server', '--model', `/home/somebody/${id}.gguf`], ...rest },
  source: 'models_dir',
  ...(size !== undefined && { meta: { n_ctx: 8192, size } }),
});
const list = (...rows: unknown[]) => ok({ data: rows, object: 'list' });
const metricsOf = (id: string): string => `/metrics?model=${encodeURIComponent(id)}&autoload=false`;
const slotsOf = (id: string): string => `/slots?model=${encodeURIComponent(id)}&autoload=false`;

async function attach(replies: Record<string, RecordedReply>, scrapeMetrics = true) {
  const server = await RecordingServer.start(replies, { server: 'llama.cpp' });
  const backend = new LlamaRouter(server.connection(), { scrapeMetrics });
  dispose.push(() => server.close());
  dispose.push(() => backend.close());
  return { server, backend, check: (withinMs = 3000) => backend.check(AbortSignal.timeout(withinMs)) };
}

describe('LlamaRouter', () => {
  it('shows every model as the router says, and asks only the loaded ones, without loading', async () => {
    const { server, check } = await attach({
      '/models': list(
        row('a', 'unloaded'),
        row('b/c d', 'loaded', {}, 500),
        row('e', 'sleeping', {}, 600),
        row('f', 'unloaded', { failed: true, exit_code: 1 }),
        row('g', 'loading'),
        row('h', 'downloading'),
        row('i', 'something new'),
      ),
      [metricsOf('b/c d')]: ok(metricsText(70)),
    });
    const { condition, models } = await check();
    expect(condition).toBe('ok');
    expect(models?.map(({ name, state, sizeBytes }) => [name, state, sizeBytes])).toEqual([
      ['a', 'unloaded', null],
      ['b/c d', 'ready', 500],
      ['e', 'sleeping', 600],
      ['f', 'failed', null],
      ['g', 'loading', null],
      ['h', 'loading', null],
      ['i', 'unloaded', null],
    ]);
    expect(models?.[1]?.numbers?.generatedTokens?.total).toBe(70);
    expect(models?.filter(({ numbers }) => numbers)).toHaveLength(1);
    expect(models?.[3]?.problem).toBe('The last load or run ended badly, with exit code 1');
    expect(JSON.stringify(models)).not.toContain('somebody');
    for (let i = 0; i < 9; i++) await check();
    expect(server.kinds).toEqual(['GET /metrics?model=b%2Fc%20d&autoload=false', 'GET /models']);
  });

  it('asks for its list alone when its status is all that is wanted', async () => {
    const server = await RecordingServer.start({ '/models': list(row('a', 'loaded', {}, 500)) });
    const backend = new LlamaRouter(server.connection(), { scrapeMetrics: true, detail: 'status' });
    dispose.push(() => server.close());
    dispose.push(() => backend.close());
    for (let i = 0; i < 3; i++)
      expect((await backend.check(AbortSignal.timeout(3000))).models).toMatchObject([
        { name: 'a', state: 'ready', sizeBytes: 500, vramBytes: null, numbers: null },
      ]);
    expect(server.kinds).toEqual(['GET /models']);
  });

  it('asks for slots only of the model that is busy', async () => {
    const busy = [
      { id_task: 1, is_processing: true, n_ctx: 64, n_prompt_tokens: 9, next_token: [{ n_decoded: 4 }] },
    ];
    const { server, check } = await attach({
      '/models': list(row('a', 'loaded'), row('b', 'loaded')),
      [metricsOf('a')]: ok(metricsText(10)),
      [metricsOf('b')]: ok(metricsText(20, 1)),
      [slotsOf('b')]: ok(busy),
    });
    const { models } = await check();
    expect(models?.map(({ numbers }) => numbers?.generatedTokens?.total)).toEqual([10, 24]);
    expect(server.asked.filter((path) => path.includes('/slots'))).toEqual([`GET ${slotsOf('b')}`]);
  });

  it('begins anew with a model that was loaded anew, and remembers sizes', async () => {
    const { server, check } = await attach({
      '/models': list(row('a', 'loaded', {}, 500)),
      [metricsOf('a')]: [501, ''],
    });
    for (let i = 0; i < 3; i++) await check();
    expect(server.asked.filter((path) => path.includes('metrics'))).toHaveLength(1);
    server.replies['/models'] = list(row('a', 'unloaded'));
    expect((await check()).models).toMatchObject([{ state: 'unloaded', sizeBytes: 500 }]);
    server.replies['/models'] = list(row('a', 'loaded'));
    server.replies[metricsOf('a')] = ok(metricsText(3));
    expect((await check()).models).toMatchObject([{ numbers: { generatedTokens: { total: 3 } } }]);
  });

  it('lets a model that hangs hold up the others once', async () => {
    const { server, check } = await attach({
      '/models': list(row('a', 'loaded'), row('b', 'loaded')),
      [metricsOf('a')]: 'hang',
      [metricsOf('b')]: ok(metricsText(20)),
    });
    expect((await check(300)).models).toMatchObject([{ numbers: null }, { numbers: null }]);
    for (let i = 0; i < 2; i++) {
      expect((await check(300)).models).toMatchObject([
        { name: 'a', state: 'ready', numbers: null },
        { name: 'b', state: 'ready', numbers: { generatedTokens: { total: 20 } } },
      ]);
    }
    server.replies[metricsOf('a')] = ok(metricsText(5));
    await check();
    expect((await check()).models?.[0]?.numbers).not.toBeNull();
  });

  it('scrapes nothing where it may not', async () => {
    const { server, check } = await attach({ '/models': list(row('a', 'loaded')) }, false);
    expect((await check()).models).toMatchObject([{ state: 'ready', numbers: null }]);
    expect(server.kinds).toEqual(['GET /models']);
  });

  it('does not call failed what had to be ended because somebody unloaded it', async () => {
    const failed = row('a', 'unloaded', { failed: true, exit_code: 1 });
    const { server, backend, check } = await attach({
      '/models': list(row('a', 'loaded')),
      [metricsOf('a')]: ok(metricsText(70)),
      'POST /models/unload': ok('{"success":true}'),
    });
    const now = async (listed: ReturnType<typeof row>) => {
      server.replies['/models'] = list(listed);
      return (await check()).models?.[0];
    };
    await check();
    await backend.unload('a', AbortSignal.timeout(3000));
    expect(await now(row('a', 'loaded'))).toMatchObject({ state: 'ready' });
    expect(await now(failed)).toMatchObject({ state: 'unloaded', problem: null });
    expect(await now(row('a', 'loading'))).toMatchObject({ state: 'loading' });
    expect(await now(failed)).toMatchObject({ state: 'failed', problem: expect.any(String) });
  });

  it('loads and unloads by the name that the router knows', async () => {
    const long = 'x'.repeat(300);
    const { server, backend, check } = await attach({
      '/models': list(row('org/a', 'unloaded'), row(long, 'unloaded')),
      'POST /models/load': ok({ success: true }),
      'POST /models/unload': [400, '{"error":{"message":"model is not running"}}'],
    });
    const signal = AbortSignal.timeout(3000);
    await expect(backend.load('org/a', signal)).rejects.toMatchObject({ name: 'BackendFailure' });
    await check();
    await backend.load('org/a', signal);
    await backend.load('x'.repeat(256), signal);
    await backend.unload('org/a', signal);
    expect(server.bodies.map((body) => JSON.parse(body))).toEqual([
      { model: 'org/a' },
      { model: long },
      { model: 'org/a' },
    ]);
    await expect(backend.load('nobody', signal)).rejects.toMatchObject({ condition: 'unrecognised' });
    expect(server.asked.filter((what) => what.startsWith('POST'))).toHaveLength(3);
  });

  it.each<[RecordedReply, string]>([
    [[401, 'secret words'], 'auth_required'],
    [[404, 'secret words'], 'server_error'],
    [[500, 'secret words'], 'server_error'],
    [[302, '', { location: 'http://169.254.169.254/' }], 'redirect_refused'],
    ['cut', 'reset'],
  ])('a command that is answered %j fails with `%s`', async (reply, condition) => {
    const { backend, check } = await attach({
      '/models': list(row('a', 'unloaded')),
      'POST /models/load': reply,
    });
    await check();
    const failure: unknown = await backend
      .load('a', AbortSignal.timeout(3000))
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ name: 'BackendFailure', condition });
    expect((failure as Error).message).not.toContain('secret');
  });

  it.each<[RecordedReply, string]>([
    [[401, ''], 'auth_required'],
    [ok('<html>'), 'unrecognised'],
    [ok({ data: 'x' }), 'unrecognised'],
    [[301, '', { location: '/other' }], 'redirect_refused'],
  ])('says of a list that is answered %j: %s', async (reply, condition) => {
    const { check } = await attach({ '/models': reply });
    expect(await check()).toMatchObject({ condition, models: null });
  });

  it('F36 takes rows for nothing that are none', async () => {
    const { check } = await attach({
      '/models': list(null, 1, [], {}, { id: 5 }, row('', 'loaded'), { id: 'x' }),
    });
    expect(await check()).toMatchObject({ condition: 'ok', models: [] });
  });
});
