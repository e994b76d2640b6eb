import { type AccessScope, accessScopes } from '@corral/core';
import { SimulatedClock } from '@corral/core/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { createLogger } from '../logger.js';
import { FakeTokenBook } from '../tokens/token-book.fixture.js';
import { twoModelHub } from './api.fixture.js';
import { createApi } from './api.js';
import { EventStream } from './event-stream.js';
import { hubRoutes } from './hub-routes.js';
import { JobStreams } from './job-streams.js';
import { listedScope, RouteScopes } from './route-scopes.js';
import { SharedJson } from './status-body.js';

const dispose: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of dispose.splice(0).reverse()) await end();
});

/** Who may ask for what, written once more: the table must not be its own judge. */
const expected: readonly [scopes: readonly AccessScope[], routes: readonly string[]][] = [
  [
    ['view', 'operate', 'admin'],
    [
      'GET /metrics',
      'GET /api/events',
      'GET /api/jobs',
      'GET /api/jobs/:id',
      'GET /api/jobs/:id/stream',
      'GET /api/jobs/:id/tasks/:taskId',
      'GET /api/metrics',
      'GET /api/models',
      'GET /api/models/status',
      'GET /api/models/:id/details',
      'GET /api/registry',
      'GET /api/snapshot',
    ],
  ],
  [
    ['operate', 'admin'],
    [
      'GET /api/models/:id/access',
      'PATCH /api/models/:id',
      'POST /api/jobs',
      'POST /api/jobs/:id/cancel',
      'POST /api/jobs/:id/resume',
      'DELETE /api/jobs/:id',
      'POST /api/models/rescan',
      'POST /api/models/servers/start/:id',
      'POST /api/models/servers/stop/:id',
      'POST /api/models/servers/restart/:id',
      'POST /api/models/servers/start-all',
      'POST /api/models/servers/stop-all',
      'POST /api/registry/endpoints/:id/check',
    ],
  ],
  [
    ['admin'],
    [
      'POST /api/models/attach',
      'POST /api/registry/endpoints',
      'DELETE /api/registry/endpoints/:id',
      'PATCH /api/models/defaults',
    ],
  ],
  [['agent'], ['POST /api/hosts/:id/report']],
  [['view', 'operate', 'admin', 'agent'], ['GET /healthz']],
];
const cases = expected.flatMap(([scopes, routes]) => routes.map((route) => [route, scopes] as const));

async function make() {
  const hub = await twoModelHub();
  const tokens = new FakeTokenBook();
  const api = createApi(hub, { tokens });
  dispose.push(() => hub.dispose());
  dispose.push(() => api.dispose());
  const ask = (method: string, target: string, secret?: string): Promise<Response> => {
    const headers = secret === undefined ? {} : { authorization: `Bearer ${secret}` };
    return Promise.resolve(api.fetch(new Request(`http://localhost${target}`, { method, headers })));
  };
  return { hub, tokens, api, ask };
}

describe('what routes need', () => {
  it('is said for every route that there is, and for no other', async () => {
    const hub = await twoModelHub();
    const stream = new EventStream({ hub });
    dispose.push(() => hub.dispose());
    dispose.push(() => stream.dispose());
    const json = new SharedJson(stream, () => '{}');
    const clock = new SimulatedClock();
    const { routes } = hubRoutes(hub, {
      ...{ stream, status: json, snapshot: json, clock },
      jobStreams: new JobStreams({ jobs: hub.jobs, clock, logger: createLogger({ level: 'error' }) }),
    });
    for (const route of routes) expect(listedScope(route), `${route.method} ${route.path}`).toBeDefined();
    const keys = routes.map(({ method, path }) => `${method} ${path}`);
    expect(keys.toSorted()).toEqual(cases.map(([route]) => route).toSorted());
  });

  it('is admin for a route that nobody listed, open for pages, and view for nothing at all under /api', () => {
    const page = { method: 'GET', path: '/page.js' };
    const around = { method: 'ALL', path: '/*' };
    const scopes = new RouteScopes([around], [page]);
    const need = (method: string, path: string): string => scopes.neededFor([around, { method, path }], path);
    expect(need('GET', '/api/new')).toBe('admin');
    expect(need('GET', '/new')).toBe('admin');
    expect(need('ALL', '/api/*')).toBe('admin');
    expect(need('POST', '/page.js')).toBe('admin');
    expect(need('GET', '/page.js')).toBe('open');
    expect(scopes.neededFor([around], '/api/nope')).toBe('view');
    expect(scopes.neededFor([around], '/nope')).toBe('open');
  });

  it('is decided by the route that answers, which is the first that matches', () => {
    const scopes = new RouteScopes([], []);
    const [defaults, one] = ['defaults', ':id'].map((id) => ({ method: 'PATCH', path: `/api/models/${id}` }));
    expect(scopes.neededFor([defaults!, one!], '/api/models/defaults')).toBe('admin');
    expect(scopes.neededFor([one!], '/api/models/x')).toBe('operate');
  });
});

describe.each(cases)('%s', (route, allowed) => {
  const [method = '', pattern = ''] = route.split(' ');
  const target = pattern.replace('hosts/:id', 'hosts/gpu-box').replace(':id', 'nope');

  it(`is for ${allowed.join(', ')} alone`, async () => {
    const { tokens, ask } = await make();
    for (const scope of accessScopes) {
      const response = await ask(
        method,
        target,
        tokens.make(scope, scope, scope === 'agent' ? 'gpu-box' : null),
      );
      const body = response.headers.get('content-type')?.startsWith('application/json')
        ? ((await response.json()) as { error?: { code: string } })
        : (await response.body?.cancel(), {});
      if (allowed.includes(scope)) {
        expect([401, 403], scope).not.toContain(response.status);
        expect(response.headers.get('corral-scope')).toBe(route === 'GET /healthz' ? null : scope);
      } else {
        expect([response.status, body.error?.code], scope).toEqual([403, 'scope_too_small']);
        expect(response.headers.get('corral-scope')).toBeNull();
      }
    }
    for (const asked of [method, 'HEAD'])
      expect((await ask(asked, target)).status === 401, asked).toBe(route !== 'GET /healthz');
  });
});

describe('a small token', () => {
  it('starts no model, whatever the method is called', async () => {
    const { hub, tokens, ask } = await make();
    const secret = tokens.make('v', 'view');
    for (const target of ['start/meadow', 'start-all', 'restart/meadow'])
      expect((await ask('POST', `/api/models/servers/${target}`, secret)).status).toBe(403);
    expect(hub.model('meadow')?.state).toBe('offline');
  });

  it('learns nothing of what is not there, without a token, and 404 or 405 with one', async () => {
    const { tokens, ask } = await make();
    const [viewer, agent] = [tokens.make('v', 'view'), tokens.make('a', 'agent', 'gpu-box')];
    expect((await ask('GET', '/api/nope')).status).toBe(401);
    expect((await ask('DELETE', '/api/snapshot')).status).toBe(401);
    expect((await ask('GET', '/api/nope', viewer)).status).toBe(404);
    expect((await ask('DELETE', '/api/snapshot', viewer)).status).toBe(405);
    expect((await ask('GET', '/api/hosts/gpu-box', agent)).status).toBe(403);
  });

  it('reads the pages without one', async () => {
    const { tokens, ask } = await make();
    tokens.make('v', 'view');
    expect([401, 403]).not.toContain((await ask('GET', '/')).status);
    expect([401, 403]).not.toContain((await ask('GET', '/favicon.svg')).status);
  });
});

describe('F60 an agent', () => {
  it.each([
    'other-box',
    'gpu-box2',
    'gpu-bo',
    'GPU-BOX',
    '%67pu-box2',
    'gpu-box%00',
    'gpu-box%2f',
    '__proto__',
  ])('cannot report the host %s', async (host) => {
    const { tokens, ask } = await make();
    const response = await ask('POST', `/api/hosts/${host}/report`, tokens.make('a', 'agent', 'gpu-box'));
    const refused = [400, 403].includes(response.status);
    expect(refused, `${response.status}`).toBe(true);
    if (response.status === 403)
      expect(await response.json()).toMatchObject({ error: { code: 'host_not_yours' } });
  });

  it('gets as far as its own body is good, by any spelling of its own host', async () => {
    const { tokens, ask } = await make();
    const secret = tokens.make('a', 'agent', 'gpu-box');
    for (const host of ['gpu-box', '%67pu-box'])
      expect((await ask('POST', `/api/hosts/${host}/report`, secret)).status).toBe(422);
  });

  it('may report without a token where nobody needs one', async () => {
    const { ask } = await make();
    const response = await ask('POST', '/api/hosts/gpu-box/report');
    expect(response.status).toBe(422);
    expect(response.headers.get('corral-scope')).toBe('admin');
  });
});
