import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { Hub } from '@corral/core';
import { errorSchema, eventSchemas, modelsStatusSchema, snapshotSchema } from '@corral/core/wire';
import { createParser } from 'eventsource-parser';
import { afterEach, describe, expect, it, vi } from 'vitest';
import * as z from 'zod/mini';
import { createLogger } from '../logger.js';
import { twoModelHub } from './api.fixture.js';
import { type Api, type CreateApiOptions, createApi } from './api.js';
import { packageRoot } from './package-root.js';

const dispose: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of dispose.splice(0).reverse()) await end();
});

async function makeHub(): Promise<Hub> {
  const hub = await twoModelHub();
  dispose.push(() => hub.dispose());
  return hub;
}

async function make(options: CreateApiOptions = {}) {
  const hub = await makeHub();
  const api = createApi(hub, options);
  dispose.push(() => api.dispose());
  const ask = (target: string, init: RequestInit = {}): Promise<Response> =>
    Promise.resolve(api.fetch(new Request(`http://localhost:7676${target}`, init)));
  return { hub, api, ask };
}

/** The code of an answer that reports an error by the rules. */
async function codeOf(response: Response): Promise<string> {
  expect(response.headers.get('content-type')).toBe('application/json');
  return z.parse(errorSchema, await response.json()).error.code;
}

const json = { 'content-type': 'application/json' };

describe('createApi', () => {
  it('answers its routes with what the schemas say', async () => {
    const { ask } = await make();
    expect(await (await ask('/healthz')).json()).toEqual({ status: 'ok' });
    const status = z.parse(modelsStatusSchema, await (await ask('/api/models/status')).json());
    expect(status.models.map(({ modelId }) => modelId)).toEqual(['meadow', 'prairie']);
    expect(status.rejected).toEqual([
      { filename: 'text.gguf', code: 'not_gguf', reason: 'This is not a GGUF file' },
    ]);
    const snapshot = z.parse(snapshotSchema, await (await ask('/api/snapshot')).json());
    expect(snapshot.models).toEqual(status.models);
  });

  it('never tells the path of a model', async () => {
    const { ask } = await make();
    for (const route of ['/api/models/status', '/api/snapshot'])
      expect(await (await ask(route)).text()).not.toContain('/secret');
  });

  it('starts, stops and restarts a model', async () => {
    const { hub, ask } = await make();
    const response = await ask('/api/models/servers/start/meadow', { method: 'POST' });
    expect(response.status).toBe(202);
    expect(await response.json()).toMatchObject({ model: { modelId: 'meadow', enabled: true } });
    await vi.waitFor(() => expect(hub.model('meadow')?.failureCode).toBe('spawn_enoent'));
    expect(
      (await ask('/api/models/servers/restart/meadow', { method: 'POST', body: '{}', headers: json })).status,
    ).toBe(202);
    expect(
      (await ask('/api/models/servers/stop/meadow', { method: 'POST', body: ' {} ', headers: json })).status,
    ).toBe(202);
  });

  it('says 409 for the access to a model that is off', async () => {
    const { ask } = await make();
    const response = await ask('/api/models/meadow/access');
    expect(response.status).toBe(409);
    expect(await response.clone().json()).toMatchObject({ error: { retryable: true } });
    expect(await codeOf(response)).toBe('action_not_supported');
  });

  it.each([
    ['GET', '/nope', 404, 'not_found'],
    ['GET', '/api', 404, 'not_found'],
    ['GET', '/API/snapshot', 404, 'not_found'],
    ['GET', '/api//snapshot', 404, 'not_found'],
    ['GET', '/api/snapshot/', 404, 'not_found'],
    ['POST', '/api/nope', 404, 'not_found'],
    ['GET', '/api/models/servers/fly/meadow', 404, 'not_found'],
    ['POST', '/api/snapshot', 405, 'method_not_allowed'],
    ['DELETE', '/api/models/status', 405, 'method_not_allowed'],
    ['PUT', '/api/events', 405, 'method_not_allowed'],
    ['GET', '/api/models/servers/start/meadow', 405, 'method_not_allowed'],
    ['OPTIONS', '/api/snapshot', 405, 'method_not_allowed'],
  ])('answers %s %s with %d', async (method, target, status, code) => {
    const { ask } = await make();
    const response = await ask(target, { method });
    expect(response.status).toBe(status);
    expect(await codeOf(response)).toBe(code);
  });

  it('F86 forbids caches and other sites to keep what it says', async () => {
    const { ask } = await make();
    const { headers } = await ask('/api/snapshot');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
    expect(headers.get('vary')).toBe('Origin');
  });
});

describe('I70 names of prototypes as ids', () => {
  it.each([
    '__proto__',
    'toString',
    'hasOwnProperty',
    'constructor',
    '%5F%5Fproto__',
    'nope',
    '%F0%9F%90%8E',
  ])('knows no model %s', async (id) => {
    const { ask } = await make();
    for (const [method, target] of [
      ['POST', `/api/models/servers/start/${id}`],
      ['POST', `/api/models/servers/stop/${id}`],
      ['POST', `/api/models/servers/restart/${id}`],
      ['GET', `/api/models/${id}/access`],
    ] as const) {
      const response = await ask(target, { method });
      expect(response.status).toBe(404);
      expect(await codeOf(response)).toBe('unknown_model');
    }
  });

  it('has no route or command of such a name', async () => {
    const { ask } = await make();
    for (const name of ['__proto__', 'toString', 'constructor']) {
      expect((await ask(`/api/models/servers/${name}/meadow`, { method: 'POST' })).status).toBe(404);
      expect((await ask(`/${name}`)).status).toBe(404);
    }
  });
});

describe('I77 an error that carries a path, a key or HTML', () => {
  it('becomes `internal` without a word of it, and is logged with the secret taken out', async () => {
    const lines: string[] = [];
    const { hub, ask } = await make({ logger: createLogger({ write: (line) => lines.push(line) }) });
    vi.spyOn(hub, 'startModel').mockRejectedValue(
      Object.assign(new Error('<b>ENOENT /secret/folder api_key=topsecret123</b>'), { status: 418 }),
    );
    const response = await ask('/api/models/servers/start/meadow', { method: 'POST' });
    const text = await response.clone().text();
    expect(response.status).toBe(500);
    expect(await codeOf(response)).toBe('internal');
    for (const word of ['secret', '<b>', 'ENOENT', '.ts:']) expect(text).not.toContain(word);
    expect(lines).toHaveLength(1);
    expect(lines[0]).not.toContain('topsecret123');
  });
});

describe('writes', () => {
  const post = async (body: BodyInit | null, headers: Record<string, string> = {}) => {
    const { hub, ask } = await make();
    const started = vi.spyOn(hub, 'startModel');
    const response = await ask('/api/models/servers/start/meadow', { method: 'POST', body, headers });
    return {
      status: response.status,
      code: response.ok ? 'ok' : await codeOf(response),
      started: started.mock.calls.length,
    };
  };

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/jsonp',
    'text/plain; application/json',
    'application/json; charset=utf-16',
    '',
  ])('I31 refuses a body of type %j and starts nothing', async (type) => {
    expect(await post('{}', { 'content-type': type })).toEqual({
      status: 415,
      code: 'unsupported_media_type',
      started: 0,
    });
  });

  it('I31 refuses a body of no type, and a foreign type without a body', async () => {
    expect(await post(new Uint8Array([123, 125]))).toMatchObject({ status: 415, started: 0 });
    expect(await post(null, { 'content-type': 'text/plain' })).toMatchObject({ status: 415, started: 0 });
  });

  it.each([
    ['{', 400, 'invalid_json'],
    ['\ufeff{', 400, 'invalid_json'],
    ['NaN', 400, 'invalid_json'],
    ['[]', 400, 'unknown_field'],
    ['null', 400, 'unknown_field'],
    ['"x"', 400, 'unknown_field'],
    ['{"a":1}', 400, 'unknown_field'],
    ['{"__proto__":{"admin":true}}', 400, 'forbidden_key'],
    ['['.repeat(30_000), 400, 'invalid_json'],
    [`${'['.repeat(30_000)}${']'.repeat(30_000)}`, 400, 'too_deep'],
  ])('refuses the body %#', async (body, status, code) => {
    expect(await post(body, json)).toEqual({ status, code, started: 0 });
  });

  it('I40 takes a body of exactly 64 KiB and refuses one byte more, announced or not', async () => {
    const body = `{${' '.repeat(64 * 1024 - 2)}}`;
    expect(await post(body, json)).toMatchObject({ status: 202, started: 1 });
    expect(await post(`${body} `, json)).toEqual({ status: 413, code: 'payload_too_large', started: 0 });
  });
});

describe('ETag', () => {
  it.each(['/api/models/status', '/api/snapshot'])(
    'lets %s be asked for again for nothing',
    async (route) => {
      const { hub, ask } = await make();
      const first = await ask(route);
      const etag = first.headers.get('etag') ?? '';
      expect(etag).toMatch(/^"[0-9a-f]+-\d+"$/);
      const again = await ask(route, { headers: { 'if-none-match': etag } });
      expect(again.status).toBe(304);
      expect(await again.text()).toBe('');
      expect(again.headers.get('etag')).toBe(etag);
      hub.events.emit('models:sampled', { tick: 1, at: '2026-01-01T00:00:00.000Z', samples: [] });
      const changed = await ask(route, { headers: { 'if-none-match': etag } });
      expect(changed.status).toBe(200);
      expect(changed.headers.get('etag')).not.toBe(etag);
    },
  );

  it('serialises a body once for all who ask', async () => {
    const { hub, ask } = await make();
    const snapshots = vi.spyOn(hub, 'snapshot');
    await Promise.all(
      Array.from({ length: 50 }, () => ask('/api/snapshot').then((response) => response.text())),
    );
    expect(snapshots).toHaveBeenCalledTimes(1);
  });
});

describe('I34 with a token', () => {
  const token = 'S3cret-token';
  const withToken = async (authorization?: string, target = '/api/snapshot') => {
    const { ask } = await make({ token });
    return ask(target, authorization === undefined ? {} : { headers: { authorization } });
  };

  it('answers who bears it', async () => {
    expect((await withToken(`Bearer ${token}`)).status).toBe(200);
  });

  it.each([
    undefined,
    'Bearer wrong',
    'Bearer ',
    'Bearer',
    `bearer ${token}`,
    `BEARER ${token}`,
    `Bearer  ${token}`,
    `Bearer ${token.toLowerCase()}`,
    `Bearer ${token}x`,
    `Bearer ${token.slice(0, -1)}`,
    `Basic ${btoa(`x:${token}`)}`,
    token,
    "Bearer ' OR 1=1--",
    `Bearer ${'x'.repeat(10_240)}`,
  ])('says 401 and how to do better to `%s`', async (authorization) => {
    const response = await withToken(authorization);
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe('Bearer');
    expect(await codeOf(response)).toBe('unauthorized');
  });

  it('guards every route under /api, streams and unknown ones too, and nothing else', async () => {
    for (const target of ['/api/models/status', '/api/events', '/api/models/meadow/access', '/api/nope']) {
      expect((await withToken(undefined, target)).status, target).toBe(401);
    }
    expect((await withToken(undefined, '/healthz')).status).toBe(200);
  });

  it('starts nothing for a stranger', async () => {
    const { hub, ask } = await make({ token });
    expect((await ask('/api/models/servers/start/meadow', { method: 'POST' })).status).toBe(401);
    expect(hub.model('meadow')?.state).toBe('offline');
  });

  it('refuses a token in the address, even the right one beside a right header', async () => {
    const response = await withToken(`Bearer ${token}`, `/api/snapshot?token=${token}`);
    expect(response.status).toBe(400);
    expect(await codeOf(response)).toBe('token_in_query');
  });

  it('tells an allowed page of another origin what is wrong', async () => {
    const { ask } = await make({ token, allowedOrigins: ['https://dash.example'] });
    const response = await ask('/api/snapshot', { headers: { origin: 'https://dash.example' } });
    expect(response.status).toBe(401);
    expect(response.headers.get('access-control-allow-origin')).toBe('https://dash.example');
  });
});

describe('I32 CORS', () => {
  const options = { allowedOrigins: ['https://dash.example'] };
  const preflight = (origin: string): RequestInit => ({
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization',
    },
  });
  const corsHeaders = (response: Response): string[] =>
    [...response.headers.keys()].filter((name) => name.startsWith('access-control-'));

  it('answers the preflight of an allowed origin, also where a token is needed', async () => {
    for (const token of [undefined, 'secret']) {
      const { ask } = await make({ ...options, ...(token && { token }) });
      const response = await ask('/api/models/servers/start/meadow', preflight('https://dash.example'));
      expect(response.status).toBe(204);
      expect(response.headers.get('access-control-allow-origin')).toBe('https://dash.example');
      expect(response.headers.get('access-control-allow-headers')).toContain('authorization');
      expect(response.headers.get('access-control-allow-methods')).toContain('POST');
      expect(response.headers.get('access-control-allow-credentials')).toBeNull();
      expect(response.headers.get('vary')).toContain('Origin');
    }
  });

  it.each(['https://evil.example', 'null', 'https://dash.example.evil', 'http://dash.example'])(
    'refuses the preflight and every call of %s without a CORS header',
    async (origin) => {
      const { ask } = await make(options);
      for (const response of [
        await ask('/api/snapshot', preflight(origin)),
        await ask('/api/snapshot', { headers: { origin } }),
        await ask('/api/events', { headers: { origin } }),
        await ask('/healthz', { headers: { origin } }),
        await ask('/nope', { headers: { origin } }),
      ]) {
        expect(response.status).toBe(403);
        expect(corsHeaders(response)).toEqual([]);
        expect(await codeOf(response)).toBe('origin_not_allowed');
      }
    },
  );

  it('names the allowed origin on answers, errors and streams', async () => {
    const { ask } = await make(options);
    for (const target of ['/api/snapshot', '/nope', '/api/models/nope/access', '/api/events']) {
      const response = await ask(target, { headers: { origin: 'https://dash.example' } });
      expect(response.headers.get('access-control-allow-origin'), target).toBe('https://dash.example');
      expect(response.headers.get('cross-origin-resource-policy'), target).toBe('cross-origin');
      await response.body?.cancel();
    }
  });
});

describe('I30 Sec-Fetch-Site', () => {
  it('keeps pages of other sites from commands and streams', async () => {
    const { hub, ask } = await make();
    for (const site of ['cross-site', 'same-site']) {
      const headers = { 'sec-fetch-site': site };
      expect((await ask('/api/models/servers/start/meadow', { method: 'POST', headers })).status).toBe(403);
      // The second is the same route to a router that decodes.
      for (const path of ['/api/events', '/api/%65vents'])
        expect((await ask(path, { headers })).status, path).toBe(403);
    }
    expect(hub.model('meadow')?.state).toBe('offline');
  });
});

describe('the fetch handler alone', () => {
  it('streams without anything of Node', async () => {
    const { hub, ask } = await make({ heartbeatMs: 20 });
    const response = await ask('/api/events');
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(response.headers.get('cache-control')).toBe('no-store, no-transform');
    expect(response.headers.get('x-accel-buffering')).toBe('no');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    const events: string[] = [];
    let comments = 0;
    const parser = createParser({
      onEvent: ({ event = '', data }) => {
        events.push(event);
        if (event === 'models:sampled') z.parse(eventSchemas['models:sampled'], JSON.parse(data));
        if (event === 'snapshot') z.parse(snapshotSchema, JSON.parse(data));
      },
      onComment: () => (comments += 1),
    });
    hub.events.emit('models:sampled', { tick: 1, at: '2026-01-01T00:00:00.000Z', samples: [] });
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    const decoder = new TextDecoder();
    while (comments < 2) {
      const { done, value } = await reader.read();
      if (done) break;
      parser.feed(decoder.decode(value, { stream: true }));
    }
    expect(events).toEqual(['snapshot', 'models:sampled']);
    await reader.cancel();
  });

  it('lags and catches up over a web stream', async () => {
    const { hub, ask } = await make();
    const response = await ask('/api/events');
    for (let tick = 1; tick <= 10; tick++) {
      hub.events.emit('models:sampled', {
        tick,
        at: '2026-01-01T00:00:00.000Z'.padEnd(100_000),
        samples: [],
      });
    }
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    const events: string[] = [];
    const parser = createParser({ onEvent: ({ event = '' }) => events.push(event) });
    const decoder = new TextDecoder();
    while (events.filter((event) => event === 'snapshot').length < 2) {
      const { value } = await reader.read();
      parser.feed(decoder.decode(value, { stream: true }));
    }
    expect(events.slice(-2)).toEqual(['lagged', 'snapshot']);
    expect(events.length).toBeLessThan(8);
    await reader.cancel();
  });

  it('ends its streams when it is disposed, and answers on', async () => {
    const { api, ask } = await make();
    const response = await ask('/api/events');
    api.dispose();
    const text = await response.text();
    expect(text).toContain('event: snapshot');
    expect((await ask('/healthz')).status).toBe(200);
  });

  it('I23 judges the host of the address when there is no Host header', async () => {
    const { api } = await make();
    expect((await api.fetch(new Request('http://evil.example/healthz'))).status).toBe(403);
    expect((await api.fetch(new Request('http://[::1]:9/healthz'))).status).toBe(200);
  });
});

describe('mounting', () => {
  const serve = async (api: Api): Promise<string> => {
    const server = createServer(api.nodeHandler);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    dispose.push(() => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };

  it('works in a bare node:http server, streams and commands included', async () => {
    const { hub, api } = await make();
    const url = await serve(api);
    const snapshot = z.parse(snapshotSchema, await (await fetch(`${url}/api/snapshot`)).json());
    expect(snapshot.models).toHaveLength(2);
    const started = await fetch(`${url}/api/models/servers/start/meadow`, {
      method: 'POST',
      body: '{}',
      headers: json,
    });
    expect(started.status).toBe(202);
    await started.text();
    await vi.waitFor(() => expect(hub.model('meadow')?.state).toBe('failed'));

    const stop = new AbortController();
    const stream = await fetch(`${url}/api/events`, { signal: stop.signal });
    const names: string[] = [];
    const parser = createParser({ onEvent: ({ event = '' }) => names.push(event) });
    hub.events.emit('models:sampled', { tick: 1, at: '2026-01-01T00:00:00.000Z', samples: [] });
    for await (const chunk of stream.body as ReadableStream<Uint8Array>) {
      parser.feed(new TextDecoder().decode(chunk));
      if (names.includes('models:sampled')) break;
    }
    stop.abort();
    expect(names[0]).toBe('snapshot');
  });

  it.runIf(existsSync(path.join(packageRoot(), 'dist', 'dashboard', 'index.html')))(
    'serves the dashboard with a policy that lets it load only its own files, unless told not to',
    async () => {
      const { ask } = await make();
      const page = await ask('/');
      expect(page.status).toBe(200);
      expect(page.headers.get('content-security-policy')).toMatch(
        /default-src 'none'.*frame-ancestors 'none'.*require-trusted-types-for/,
      );
      expect((await (await make({ dashboard: false })).ask('/')).status).toBe(404);
    },
  );
});
