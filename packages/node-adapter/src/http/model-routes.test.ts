import type { Hub } from '@corral/core';
import { endpointSchema, errorSchema, modelDetailsSchema, modelStatusSchema } from '@corral/core/wire';
import { afterEach, describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { twoModelHub } from './api.fixture.js';
import { createApi } from './api.js';

const dispose: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of dispose.splice(0).reverse()) await end();
});

async function make(): Promise<{
  readonly hub: Hub;
  readonly send: (method: string, target: string, body?: unknown) => Promise<Response>;
}> {
  const hub = await twoModelHub();
  const api = createApi(hub);
  dispose.push(
    () => hub.dispose(),
    () => api.dispose(),
  );
  const send = async (method: string, target: string, body?: unknown): Promise<Response> =>
    api.fetch(
      new Request(`http://localhost:7676${target}`, {
        method,
        ...(body !== undefined && {
          headers: { 'content-type': 'application/json' },
          body: typeof body === 'string' ? body : JSON.stringify(body),
        }),
      }),
    );
  return { hub, send };
}

const errorOf = async (response: Response): Promise<z.output<typeof errorSchema>['error']> =>
  z.parse(errorSchema, await response.json()).error;

describe('PATCH /api/models/:id', () => {
  it('keeps what was chosen and answers with the model as it is now', async () => {
    const { hub, send } = await make();
    const patch = {
      enabled: false,
      pinned: true,
      tierOverride: 'powerful',
      port: 8105,
      settings: { ctxSize: 4096, extraFlags: ['--flash-attn', 'on'] },
    };
    const answer = await send('PATCH', '/api/models/meadow', patch);
    expect(answer.status).toBe(200);
    const { model } = (await answer.json()) as { model: unknown };
    expect(z.parse(modelStatusSchema, model)).toMatchObject({
      enabled: false,
      pinned: true,
      tierOverride: 'powerful',
      fixedPort: 8105,
      port: 8105,
      overrides: patch.settings,
      settings: { ctxSize: 4096, batchSize: 512 },
    });
    await send('PATCH', '/api/models/meadow', {
      port: null,
      tierOverride: null,
      settings: { ctxSize: null },
    });
    expect(hub.model('meadow')).toMatchObject({
      fixedPort: null,
      tierOverride: null,
      overrides: { extraFlags: ['--flash-attn', 'on'] },
      enabled: false,
    });
  });

  it.each([
    [{ settings: { ctxSize: -1 } }, 422, 'invalid_settings', 'ctxSize'],
    [{ settings: { ctxSize: 1.5 } }, 422, 'invalid_settings', 'ctxSize'],
    ['{"settings":{"ctxSize":1e999}}', 422, 'invalid_settings', 'ctxSize'],
    ['{"settings":{"ctxSize":9007199254740993}}', 422, 'invalid_settings', 'ctxSize'],
    ['{"settings":{"nThreads":-0}}', 422, 'invalid_settings', 'nThreads'],
    [{ settings: { ctxSize: '5' } }, 422, 'invalid_settings', 'ctxSize'],
    [{ settings: { speed: 5 } }, 400, 'unknown_field', 'speed'],
    [{ settings: { extraFlags: ['--api-key', 'x'] } }, 422, 'invalid_settings', 'extraFlags'],
    [{ settings: { extraFlags: ['--host', '0.0.0.0'] } }, 422, 'invalid_settings', 'extraFlags'],
    [{ settings: { extraFlags: ['--reuse-port'] } }, 422, 'invalid_settings', 'extraFlags'],
    [{ settings: { extraFlags: [5] } }, 422, 'invalid_settings', 'extraFlags.0'],
    [{ port: 80 }, 422, 'invalid_settings', 'port'],
    [{ port: '8100' }, 422, 'invalid_settings', 'port'],
    [{ tierOverride: 'mighty' }, 422, 'invalid_settings', 'tierOverride'],
    [{ enabled: 'yes' }, 422, 'invalid_settings', 'enabled'],
    [{ modelId: 'other' }, 400, 'unknown_field', 'modelId'],
  ])('I47 refuses %j with %i and names the field', async (patch, status, code, field) => {
    const { hub, send } = await make();
    const before = hub.model('meadow');
    const answer = await send('PATCH', '/api/models/meadow', patch);
    expect(answer.status).toBe(status);
    const error = await errorOf(answer);
    expect(error.code).toBe(code);
    expect(Object.keys((error.details as { fields: object }).fields)).toEqual([field]);
    expect(hub.model('meadow')).toEqual(before);
  });

  it('refuses a port that another model has', async () => {
    const { send } = await make();
    expect((await send('PATCH', '/api/models/prairie', { port: 8110 })).status).toBe(200);
    const answer = await send('PATCH', '/api/models/meadow', { port: 8110 });
    expect(await errorOf(answer)).toMatchObject({ code: 'invalid_settings' });
  });

  it.each(['../../etc/passwd', 'C:\\x', '-m', '--host=0.0.0.0', 'x;rm -rf', '$(id)', '__proto__'])(
    'I49 knows no model %s',
    async (id) => {
      const { send } = await make();
      const answer = await send('PATCH', `/api/models/${encodeURIComponent(id)}`, { pinned: true });
      expect([400, 404]).toContain(answer.status);
    },
  );

  it.each([
    ['{"__proto__":{"enabled":false}}', 'forbidden_key'],
    ['{"settings":{"constructor":{"prototype":{"x":1}}}}', 'forbidden_key'],
    [`{"settings":${'['.repeat(33)}${']'.repeat(33)}}`, 'too_deep'],
    [`${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`, 'too_deep'],
    ['{"enabled":true', 'invalid_json'],
    ['{"enabled":NaN}', 'invalid_json'],
    ['\ufeff{"enabled":true,}', 'invalid_json'],
  ])('I44 I45 I46 refuses %.40s', async (body, code) => {
    const { send } = await make();
    const answer = await send('PATCH', '/api/models/meadow', body);
    expect([answer.status, (await errorOf(answer)).code]).toEqual([400, code]);
    expect(({} as Record<string, unknown>)['enabled']).toBeUndefined();
  });
});

describe('PATCH /api/models/defaults', () => {
  it('changes what models without settings of their own follow', async () => {
    const { hub, send } = await make();
    await send('PATCH', '/api/models/prairie', { settings: { ctxSize: 1024 } });
    const answer = await send('PATCH', '/api/models/defaults', { settings: { ctxSize: 2048 } });
    expect(await answer.json()).toMatchObject({ defaults: { settings: { ctxSize: 2048 } } });
    expect(hub.models().map(({ settings }) => settings.ctxSize)).toEqual([2048, 1024]);
    await send('PATCH', '/api/models/defaults', { settings: { ctxSize: null } });
    expect(hub.defaults().settings).toEqual(hub.defaults().builtIn);
  });
});

describe('commands to many', () => {
  it('start and stop all, and answer how many it is about', async () => {
    const { hub, send } = await make();
    const started = await send('POST', '/api/models/servers/start-all');
    expect(started.status).toBe(202);
    expect(await started.json()).toEqual({ progress: { action: 'start', done: 0, total: 2, failed: 0 } });
    await expect.poll(() => hub.models().map(({ state }) => state)).toEqual(['failed', 'failed']);
    const stopped = await send('POST', '/api/models/servers/stop-all', {});
    expect(await stopped.json()).toEqual({ progress: { action: 'stop', done: 0, total: 0, failed: 0 } });
  });

  it.each(['servers/start-all', 'servers/stop-all', 'rescan'])('%s refuses arguments', async (route) => {
    const { send } = await make();
    expect((await send('POST', `/api/models/${route}`, { force: true })).status).toBe(400);
    expect((await send('GET', `/api/models/${route}`)).status).toBe(405);
  });

  it('rescan accepts at once', async () => {
    const { send } = await make();
    expect((await send('POST', '/api/models/rescan')).status).toBe(202);
  });
});

describe('attached servers', () => {
  it('are answered with what was found, without their key, and can be let go', async () => {
    const { hub, send } = await make();
    const answer = await send('POST', '/api/models/attach', { url: 'box.lan', apiKey: 'sk-secret-key' });
    expect(answer.status).toBe(201);
    const body = (await answer.json()) as { endpoint: unknown; models: unknown };
    const endpoint = z.parse(endpointSchema, body.endpoint);
    expect(endpoint).toMatchObject({ host: 'box.lan', status: 'unhealthy', condition: 'refused' });
    expect(body.models).toEqual([]);
    expect(JSON.stringify(hub.snapshot())).not.toContain('sk-secret-key');
    expect((await send('POST', '/api/models/attach', { url: 'box.lan' })).status).toBe(409);
    expect((await send('DELETE', `/api/registry/endpoints/${encodeURIComponent(endpoint.id)}`)).status).toBe(
      204,
    );
    expect(hub.registry().endpoints).toEqual([]);
    expect((await send('DELETE', '/api/registry/endpoints/none')).status).toBe(404);
  });

  it.each([
    [{}, 422],
    [{ url: 5 }, 422],
    [{ url: 'box.lan', socketPath: '/x' }, 400],
    [{ url: 'box.lan', name: 'a\u202eb' }, 422],
  ])('I16 I48 refuse %j', async (body, status) => {
    const { send } = await make();
    expect((await send('POST', '/api/models/attach', body)).status).toBe(status);
  });
});

describe('GET /api/models/:id/details', () => {
  it('answers every value with its source', async () => {
    const { send } = await make();
    const answer = await send('GET', '/api/models/meadow/details');
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const { values, logTail } = z.parse(modelDetailsSchema, await answer.json());
    expect(values.tokensPerSecond).toEqual({
      value: null,
      source: 'no server runs',
      ageMs: null,
      valid: false,
    });
    expect(logTail).toEqual([]);
    expect((await send('GET', '/api/models/nobody/details')).status).toBe(404);
  });
});
