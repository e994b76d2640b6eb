import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { connect, type RemoteHub } from '@corral/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CorralProcess, root, startCorral } from './support/corral-process.js';
import { until } from './support/until.js';

const cli = path.join(root, 'packages/node-adapter/dist/cli.js');
let corral: CorralProcess;
const hubs: RemoteHub[] = [];

beforeAll(async () => {
  corral = await startCorral();
});
afterAll(async () => {
  for (const hub of hubs) hub.close();
  await corral.dispose();
});

/** Runs `corral token` on the state directory of the running hub. */
function token(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [cli, 'token', ...args, '--state-dir', corral.stateDir],
    { encoding: 'utf8', timeout: 20_000 },
  );
  return { status, stdout, stderr };
}

/** Makes a token and waits until the hub knows it. */
async function create(...args: string[]): Promise<string> {
  const { status, stdout, stderr } = token('create', ...args);
  expect([status, stdout.split('\n').length]).toEqual([0, 2]);
  const secret = stdout.trim();
  expect(stderr).not.toContain(secret);
  // Without one everybody is still let in until the hub has noticed the first.
  await until('the hub needs tokens', async () => (await ask('/api/registry')).status === 401, 5000);
  await until(
    'the hub knows the token',
    async () => (await ask('/api/registry', secret)).status !== 401,
    5000,
  );
  return secret;
}

const idOf = (secret: string): string => secret.split('_')[1] ?? '';
const ask = (target: string, secret?: string, method = 'GET'): Promise<Response> =>
  fetch(`${corral.url}${target}`, {
    method,
    ...(secret !== undefined && { headers: { authorization: `Bearer ${secret}` } }),
  });

// The tests follow one hub from its first token on, so their order counts.
describe('corral token beside a running hub', () => {
  it('needs none as long as there is none; from the first one on everybody needs one', async () => {
    expect((await ask('/api/snapshot')).headers.get('corral-scope')).toBe('admin');
    expect(token('list')).toMatchObject({ status: 0, stdout: '' });
    const secret = await create('--scope', 'admin', '--name', 'first');
    for (const target of ['/api/snapshot', '/metrics', '/api/events'])
      expect((await ask(target)).status).toBe(401);
    const answer = await ask('/api/snapshot', secret);
    expect([answer.status, answer.headers.get('corral-scope')]).toEqual([200, 'admin']);
  });

  it('a view token sees everything and starts nothing; an operate token does', async () => {
    const [viewer, operator] = [await create('--scope', 'view'), await create('--scope', 'operate')];
    const { models } = (await (await ask('/api/models/status', viewer)).json()) as {
      models: { modelId: string }[];
    };
    const { modelId } = models[0]!;
    const state = async (): Promise<string | undefined> => {
      const status = (await (await ask('/api/models/status', viewer)).json()) as {
        models: { modelId: string; state: string }[];
      };
      return status.models.find((model) => model.modelId === modelId)?.state;
    };
    const start = (secret: string) => ask(`/api/models/servers/start/${modelId}`, secret, 'POST');
    const refused = await start(viewer);
    expect([refused.status, await refused.json()]).toMatchObject([
      403,
      { error: { code: 'scope_too_small' } },
    ]);
    expect((await ask(`/api/models/${modelId}/access`, viewer)).status).toBe(403);
    expect(await state()).toBe('offline');
    expect((await start(operator)).status).toBe(202);
    await until('the model is ready', async () => (await state()) === 'ready');
    expect((await ask(`/api/models/${modelId}/access`, operator)).status).toBe(200);
    expect((await ask('/api/models/attach', operator, 'POST')).status).toBe(403);
  });

  it('F60 an agent reports its own host and nothing else', async () => {
    const agent = await create('--scope', 'agent', '--host-id', 'gpu-box');
    const report = (host: string) => ask(`/api/hosts/${host}/report`, agent, 'POST');
    expect((await report('gpu-box')).status).toBe(422);
    expect((await report('other-box')).status).toBe(403);
    expect((await ask('/api/snapshot', agent)).status).toBe(403);
  });

  it('F89 a revocation closes the streams of the token within a second, and its client stops for good', async () => {
    const [gone, stays] = [await create('--scope', 'view'), await create('--scope', 'view')];
    const [goneHub, staysHub] = [gone, stays].map((secret) => {
      const hub = connect(corral.url, { token: secret });
      hubs.push(hub);
      return hub;
    }) as [RemoteHub, RemoteHub];
    for (const hub of [goneHub, staysHub]) await until('the hub is live', () => hub.connection === 'live');
    expect(goneHub.scope).toBe('view');
    const raw = await ask('/api/events', gone);
    const ended = raw.text().then(
      () => performance.now(),
      () => performance.now(),
    );
    expect(token('revoke', idOf(gone))).toMatchObject({ status: 0, stdout: '' });
    const revokedAtMs = performance.now();
    expect((await ended) - revokedAtMs).toBeLessThan(1000);
    expect((await ask('/api/snapshot', gone)).status).toBe(401);
    await until('the client has stopped', () => goneHub.connection === 'closed');
    expect(goneHub.error).toMatchObject({ code: 'unauthorized', status: 401 });
    expect(staysHub.connection).toBe('live');
  });

  it('lists what there is, without a secret, and says when a token was used', async () => {
    const lines = (): string[] => token('list').stdout.trim().split('\n');
    const [head = '', first = ''] = lines();
    expect(head).toMatch(/^ID +SCOPE +HOST +STATE +CREATED +LAST USED +NAME$/);
    expect(first).toMatch(/^[0-9a-f]{8} +admin +- +usable +\S+ \S+ +\d{4}-\S+ \S+ +first$/);
    expect(lines().filter((line) => line.includes('revoked'))).toHaveLength(1);
    expect(lines().join()).not.toContain('corral_');
    expect(token('revoke', 'ffffffff')).toMatchObject({ status: 64 });
  });
});

// I33
describe('corral serve beyond loopback', () => {
  it('takes a stored token for the one that it needs', async () => {
    const beyond = await startCorral({ args: ['--host', '0.0.0.0'], stateDir: stateDirWithToken() });
    const { port } = new URL(beyond.url);
    const answer = await fetch(`http://127.0.0.1:${port}/api/snapshot`).finally(() => beyond.dispose());
    expect(answer.status).toBe(401);
  });
});

function stateDirWithToken(): string {
  const stateDir = path.join(corral.stateDir, 'beyond');
  const made = spawnSync(process.execPath, [
    cli,
    'token',
    'create',
    '--scope',
    'view',
    '--state-dir',
    stateDir,
  ]);
  expect(made.status).toBe(0);
  return stateDir;
}
