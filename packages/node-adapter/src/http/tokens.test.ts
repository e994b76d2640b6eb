import { request } from 'node:http';
import { SimulatedClock } from '@corral/core/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { FakeTokenBook } from '../tokens/token-book.fixture.js';
import { twoModelHub } from './api.fixture.js';
import { type CreateApiOptions, createApi } from './api.js';
import { listen } from './listen.js';

const dispose: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of dispose.splice(0).reverse()) await end();
});

/** A hub on a real socket. */
async function make(options: CreateApiOptions = {}) {
  const hub = await twoModelHub();
  const tokens = new FakeTokenBook();
  const clock = new SimulatedClock();
  const api = createApi(hub, { tokens, clock, ...options });
  const listening = await listen(api.nodeHandler, '127.0.0.1', 0);
  dispose.push(() => hub.dispose());
  dispose.push(() => listening.close());
  dispose.push(() => api.dispose());
  const ask = (target: string, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`${listening.url}${target}`, { headers });
  return { hub, tokens, clock, api, ask, url: listening.url };
}

const bearer = (secret: string) => ({ authorization: `Bearer ${secret}` });
/** Answered before a `Request` is made of it, and not. */
const paths = ['/api/snapshot', '/api/models/status', '/api/registry', '/metrics'];

describe('while there is no token', () => {
  it.each(paths)('answers %s to everyone, as admin', async (path) => {
    const { ask } = await make();
    for (const headers of [{}, bearer('whatever')]) {
      const response = await ask(path, headers);
      expect([response.status, response.headers.get('corral-scope')]).toEqual([200, 'admin']);
    }
  });

  it('needs one all the same where the address is open to others', async () => {
    const { ask } = await make({ tokenNeeded: true });
    for (const path of paths) expect((await ask(path)).status).toBe(401);
    expect((await ask('/healthz')).status).toBe(200);
  });
});

describe.each(paths)('with tokens, %s', (path) => {
  it('tells whoever bears one what it may do', async () => {
    const { tokens, ask } = await make({ token: 'owner', allowedOrigins: ['https://dash.example'] });
    const secrets = { view: tokens.make('v', 'view'), operate: tokens.make('o', 'operate'), admin: 'owner' };
    for (const [scope, secret] of Object.entries(secrets)) {
      const response = await ask(path, { ...bearer(secret), origin: 'https://dash.example' });
      expect([response.status, response.headers.get('corral-scope')]).toEqual([200, scope]);
      expect(response.headers.get('access-control-expose-headers')).toContain('Corral-Scope');
    }
    expect((await ask(path, bearer(tokens.make('a', 'agent', 'gpu-box')))).status).toBe(403);
  });

  it.each([
    {},
    bearer('wrong'),
    bearer("' OR 1=1--"),
    bearer('x'.repeat(10_240)),
    { authorization: 'bearer secret-v' },
    { authorization: 'Bearer  secret-v' },
    { authorization: 'Basic secret-v' },
    { authorization: 'secret-v' },
    { 'x-api-key': 'secret-v' },
    { 'api-key': 'secret-v' },
    { 'x-api-key': 'secret-v', ...bearer('wrong') },
    { 'proxy-authorization': 'Bearer secret-v' },
    { cookie: 'token=secret-v' },
  ])('I34 I35 I36 says 401 to %j', async (headers) => {
    const { tokens, ask } = await make();
    tokens.make('v', 'view');
    const response = await ask(path, headers);
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe('Bearer');
    expect(response.headers.get('corral-scope')).toBeNull();
    expect(await response.json()).toMatchObject({ error: { code: 'unauthorized', retryable: false } });
  });

  it('I35 reads Authorization alone, whatever other headers say', async () => {
    const { tokens, ask } = await make();
    const headers = { ...bearer(tokens.make('v', 'view')), 'x-api-key': 'wrong', 'api-key': 'wrong' };
    expect((await ask(path, headers)).status).toBe(200);
  });

  it('I34 refuses a token in the address', async () => {
    const { tokens, ask } = await make();
    const secret = tokens.make('v', 'view');
    expect((await ask(`${path}?token=${secret}`, bearer(secret))).status).toBe(400);
  });

  it('answers nobody by a token that was revoked, also when it was the last', async () => {
    const { tokens, ask } = await make();
    const secret = tokens.make('v', 'view');
    expect((await ask(path, bearer(secret))).status).toBe(200);
    tokens.revoke('v');
    expect((await ask(path, bearer(secret))).status).toBe(401);
    expect((await ask(path)).status).toBe(401);
  });
});

describe('I37 wrong tokens', () => {
  /** As fetch, but from another address of this machine. */
  const from = (localAddress: string, url: string, secret: string) =>
    new Promise<{ status: number; retryAfter: string | undefined }>((resolve, reject) => {
      const sent = request(`${url}/api/snapshot`, { localAddress, agent: false, headers: bearer(secret) });
      sent.on('response', (response) => {
        response.resume();
        resolve({ status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'] });
      });
      sent.on('error', reject).end();
    });

  it('are answered with 429 from the 101st of a minute and address on; right ones always pass', async () => {
    const { tokens, clock, ask, url } = await make({ token: 'owner' });
    const right = tokens.make('v', 'view');
    for (let i = 0; i < 100; i++) expect((await ask('/api/snapshot', bearer(`wrong-${i}`))).status).toBe(401);
    const late = await ask('/api/registry', bearer('wrong'));
    expect([late.status, late.headers.get('retry-after')]).toEqual([429, '60']);
    expect(await late.json()).toMatchObject({ error: { code: 'too_many_attempts', retryable: true } });
    // I43: who is behind the connection is not believed.
    const forged = { ...bearer('wrong'), 'x-forwarded-for': '192.0.2.9', 'x-real-ip': '192.0.2.9' };
    expect((await ask('/api/snapshot', forged)).status).toBe(429);
    for (const secret of [right, 'owner']) {
      expect((await ask('/api/snapshot', bearer(secret))).status).toBe(200);
      expect((await ask('/api/registry', bearer(secret))).status).toBe(200);
    }
    // Who sends none is not guessing.
    expect((await ask('/api/snapshot')).status).toBe(401);
    expect((await from('127.0.0.2', url, 'wrong')).status).toBe(401);
    expect(await from('127.0.0.1', url, 'wrong')).toEqual({ status: 429, retryAfter: '60' });
    await clock.advance(60_000);
    expect((await ask('/api/snapshot', bearer('wrong'))).status).toBe(401);
  });

  it('are not counted while nobody needs one', async () => {
    const { tokens, ask } = await make();
    for (let i = 0; i < 101; i++) await ask('/api/registry', bearer('wrong'));
    tokens.make('v', 'view');
    expect((await ask('/api/registry', bearer('wrong'))).status).toBe(401);
  });
});

describe('F89 a revocation', () => {
  const opened = async (hubUrl: string, headers: Record<string, string>) => {
    const response = await fetch(`${hubUrl}/api/events`, { headers });
    const ended = response.text().then(
      () => 'ended',
      () => 'cut',
    );
    return { status: response.status, scope: response.headers.get('corral-scope'), ended };
  };
  const open = Promise.resolve('open');

  it('ends the streams of that token and no other, and lets nobody back in by it', async () => {
    const { tokens, api, url } = await make({ token: 'owner' });
    const [one, two] = [tokens.make('one', 'view'), tokens.make('two', 'operate')];
    const streams = [await opened(url, bearer(one)), await opened(url, bearer(one))];
    const others = [await opened(url, bearer(two)), await opened(url, bearer('owner'))];
    expect([...streams, ...others].map(({ scope }) => scope)).toEqual(['view', 'view', 'operate', 'admin']);
    expect(api.streamCount).toBe(4);
    tokens.revoke('one');
    expect(await Promise.all(streams.map(({ ended }) => ended))).toEqual(['ended', 'ended']);
    expect(await Promise.all(others.map(({ ended }) => Promise.race([ended, open])))).toEqual([
      'open',
      'open',
    ]);
    expect(api.streamCount).toBe(2);
    expect((await opened(url, bearer(one))).status).toBe(401);
  });

  it('of nobody, the first token, ends the streams of those who came without one', async () => {
    const { tokens, url } = await make();
    const stream = await opened(url, {});
    expect(stream.scope).toBe('admin');
    tokens.make('v', 'view');
    expect(await stream.ended).toBe('ended');
    expect((await opened(url, {})).status).toBe(401);
  });

  it('cuts a stream with all that lies unread, where a runtime takes a Response too', async () => {
    const { tokens, api } = await make();
    const headers = bearer(tokens.make('v', 'view'));
    const response = await api.fetch(new Request('http://localhost/api/events', { headers }));
    const reader = response.body!.getReader();
    await reader.read();
    tokens.revoke('v');
    expect(api.streamCount).toBe(0);
    await expect(reader.read()).rejects.toThrow('cut');
  });

  it('is listened for no longer than the API lives', async () => {
    const { tokens, api } = await make();
    expect(tokens.listenerCount).toBe(1);
    api.dispose();
    expect(tokens.listenerCount).toBe(0);
  });
});
