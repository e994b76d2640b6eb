import { existsSync, readdirSync, truncateSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { writeSmallGguf } from '@corral/testkit';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createHub } from './compose.js';
import { AdapterError } from './errors.js';
import { createApi } from './http/api.js';
import { listen } from './http/listen.js';
import { createLogger } from './logger.js';
import { serve } from './serve.js';
import type { ServeOptions } from './serve-options.js';
import { runTokenCommand } from './tokens/token-commands.js';
import { parseTokenOptions } from './tokens/token-options.js';

/** How often a hub is made and disposed of; the long suite asks for 1,000. */
const rounds = Number(process.env['CORRAL_ROUNDS'] ?? 500);
const logger = createLogger({ write: () => {} });
let folder: string;
const dispose: (() => unknown)[] = [];

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'corral-serve-'));
  await mkdir(path.join(folder, 'models'));
});
afterEach(async () => {
  for (const end of dispose.splice(0).reverse()) await end();
  await rm(folder, { recursive: true, force: true });
});

const options = (more: Partial<ServeOptions> = {}): ServeOptions => ({
  host: '127.0.0.1',
  port: 0,
  modelsDirs: [path.join(folder, 'models')],
  stateDir: path.join(folder, 'state'),
  llamaServer: path.join(folder, 'nothing-here'),
  allowHosts: [],
  allowOrigins: [],
  token: undefined,
  onExit: 'stop',
  portRange: undefined,
  attach: [],
  allowPublic: false,
  discover: false,
  resume: 'auto',
  pricesFile: undefined,
  energyUsdPerKwh: undefined,
  maxOutputTokens: undefined,
  ...more,
});
const lockFile = (): string => path.join(folder, 'state', 'hub.lock');
const refusal = async (more: Partial<ServeOptions>): Promise<unknown> =>
  serve(options(more), logger).then(
    async (serving) => {
      await serving.close();
      return 'it was served';
    },
    (error: unknown) => error,
  );

describe('I33 a bind that others reach', () => {
  it.each(['0.0.0.0', '::', '192.168.1.20', 'gpu-box.lan', '127.0.0.1.evil.example', '128.0.0.1', ''])(
    'is refused for %j without a token, before anything else begins',
    async (host) => {
      const error = await refusal({ host });
      expect(error).toBeInstanceOf(AdapterError);
      expect(error).toMatchObject({ code: 'insecure_bind' });
      expect(existsSync(lockFile())).toBe(false);
    },
  );

  it('is allowed with a token, and then nothing under /api is answered without it', async () => {
    const serving = await serve(options({ host: '0.0.0.0', token: 'secret' }), logger);
    dispose.push(() => serving.close());
    const { port } = new URL(serving.url);
    const ask = (headers: Record<string, string>) =>
      fetch(`http://127.0.0.1:${port}/api/snapshot`, { headers });
    expect((await ask({})).status).toBe(401);
    expect((await ask({ authorization: 'Bearer secret' })).status).toBe(200);
  });

  const token = (...args: string[]): string => {
    let printed = '';
    runTokenCommand(parseTokenOptions([...args, '--state-dir', path.join(folder, 'state')], {}), {
      print: (text) => {
        printed += text.trim();
      },
      say: () => {},
      logger,
    });
    return printed;
  };

  it('is allowed with a stored token, and refused again when that was revoked', async () => {
    const secret = token('create', '--scope', 'view');
    const serving = await serve(options({ host: '0.0.0.0' }), logger);
    dispose.push(() => serving.close());
    const ask = (headers: Record<string, string>) =>
      fetch(`http://127.0.0.1:${new URL(serving.url).port}/api/snapshot`, { headers });
    expect((await ask({})).status).toBe(401);
    expect((await ask({ authorization: `Bearer ${secret}` })).status).toBe(200);
    await serving.close();
    token('revoke', secret.split('_')[1] ?? '');
    expect(await refusal({ host: '0.0.0.0' })).toMatchObject({ code: 'insecure_bind' });
  });

  it('lets nobody in when the store with the tokens was damaged in between', async () => {
    token('create', '--scope', 'view');
    // Sound at the first look, and not by the time that the hub opens it.
    const file = path.join(folder, 'state', 'corral.db');
    const starting = serve(options({ host: '0.0.0.0' }), logger);
    truncateSync(file, 5000);
    const serving = await starting;
    dispose.push(() => serving.close());
    expect(existsSync(file)).toBe(true);
    expect((await fetch(`http://127.0.0.1:${new URL(serving.url).port}/api/snapshot`)).status).toBe(401);
  });

  it('lets nobody in on loopback either, once there were tokens, when the store was lost', async () => {
    token('create', '--scope', 'view');
    const first = await serve(options(), logger);
    await first.close();
    truncateSync(path.join(folder, 'state', 'corral.db'), 5000);
    const serving = await serve(options(), logger);
    dispose.push(() => serving.close());
    expect((await fetch(`${serving.url}/api/snapshot`)).status).toBe(401);
  });

  it.each(['127.0.0.1', 'localhost', '127.0.0.2'])('is no matter for %s', async (host) => {
    const serving = await serve(options({ host }), logger);
    dispose.push(() => serving.close());
    expect((await fetch(`${serving.url}/healthz`)).status).toBe(200);
  });
});

describe('I23 the served hub', () => {
  it('answers its own names with its own port, and names that were added, and no other', async () => {
    const serving = await serve(options({ allowHosts: ['gpu-box.lan'] }), logger);
    dispose.push(() => serving.close());
    const port = Number(new URL(serving.url).port);
    const ask = (host: string): Promise<number> =>
      new Promise((resolve, reject) => {
        request(
          { port, host: '127.0.0.1', path: '/healthz', headers: { host }, agent: false },
          (response) => {
            response.resume();
            resolve(response.statusCode ?? 0);
          },
        )
          .on('error', reject)
          .end();
      });
    for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`, 'gpu-box.lan:1']) {
      expect(await ask(host), host).toBe(200);
    }
    for (const host of ['127.0.0.1', `localhost:${port + 1}`, 'evil.example', `evil.example:${port}`]) {
      expect(await ask(host), host).toBe(403);
    }
  });
});

describe('F96 the port of the API is taken', () => {
  it('rejects with `address_in_use`, with no child started and the state directory not locked', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    dispose.push(() => new Promise((resolve) => other.close(resolve)));
    const error = await refusal({ port: (other.address() as AddressInfo).port });
    expect(error).toBeInstanceOf(AdapterError);
    expect(error).toMatchObject({ code: 'address_in_use', retryable: true });
    expect(existsSync(path.join(folder, 'state'))).toBe(false);
    const hub = await createHub({
      stateDir: path.join(folder, 'state'),
      modelsDir: path.join(folder, 'models'),
    });
    await hub.dispose();
  });

  it('frees its port when the hub cannot be built', async () => {
    await writeFile(path.join(folder, 'state'), 'a file where a folder should be');
    const probe = createServer();
    await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
    const { port } = probe.address() as AddressInfo;
    await new Promise((resolve) => probe.close(resolve));
    expect(await refusal({ port })).toMatchObject({ code: 'state_dir_unusable' });
    const listening = await listen((_, outgoing) => outgoing.end(), '127.0.0.1', port);
    await listening.close();
  });
});

describe('createHub that fails', () => {
  it('does not keep the state directory locked', async () => {
    const hubOptions = {
      stateDir: path.join(folder, 'state'),
      modelsDirs: [path.join(folder, 'models')],
      logger,
    };
    await expect(createHub({ ...hubOptions, portRange: { from: 9, to: 1 } })).rejects.toMatchObject({
      code: 'invalid_argument',
    });
    const hub = await createHub(hubOptions);
    await hub.dispose();
    expect(existsSync(lockFile())).toBe(false);
  });

  it('refuses a second hub on its state directory, and lets the next one in after dispose', async () => {
    const hubOptions = {
      stateDir: path.join(folder, 'state'),
      modelsDirs: [path.join(folder, 'models')],
      logger,
    };
    const hub = await createHub(hubOptions);
    await expect(createHub(hubOptions)).rejects.toMatchObject({ code: 'state_dir_locked', retryable: true });
    await hub.dispose();
    await hub.dispose();
    await (await createHub(hubOptions)).dispose();
  });
});

describe('F99 P-17 create, use, dispose, again and again', () => {
  const descriptors = (): number => readdirSync('/proc/self/fd').length;
  const resources = (): Record<string, number> => {
    const counts: Record<string, number> = {};
    // The runner has timers and pipes of its own that come and go.
    for (const name of process.getActiveResourcesInfo()) counts[name] = (counts[name] ?? 0) + 1;
    return counts;
  };

  it('leaves no descriptor, socket, server, timer or child', { timeout: 60_000 + rounds * 360 }, async () => {
    await writeSmallGguf(path.join(folder, 'models', 'meadow.gguf'));
    const use = async (round: number): Promise<void> => {
      const hub = await createHub({
        stateDir: path.join(folder, 'state'),
        modelsDir: path.join(folder, 'models'),
        llamaServer: path.join(folder, 'nothing-here'),
        sampleIntervalMs: 20,
        logger,
      });
      const api = createApi(hub, { logger, heartbeatMs: 10 });
      const listening = await listen(api.nodeHandler, '127.0.0.1', 0);
      const stop = new AbortController();
      const stream = await fetch(`${listening.url}/api/events`, { signal: stop.signal });
      await stream.body?.getReader().read();
      const model = hub.models()[0];
      await hub.startModel(model?.modelId ?? '');
      await expect(hub.modelManager.whenReady(model?.modelId ?? '')).rejects.toMatchObject({
        code: 'start_failed',
      });
      if (round % 2 === 0) stop.abort();
      await hub.dispose();
      api.dispose();
      await listening.close();
      stop.abort();
    };
    for (let round = 0; round < 10; round++) await use(round);
    await sleep(100);
    const [before, descriptorsBefore] = [resources(), descriptors()];
    for (let round = 0; round < rounds; round++) await use(round);
    await vi.waitFor(
      () => {
        const after = resources();
        for (const name of ['TCPServerWrap', 'ProcessWrap', 'TCPSocketWrap', 'FSReqPromise', 'Timeout']) {
          expect(after[name] ?? 0, name).toBeLessThanOrEqual((before[name] ?? 0) + 2);
        }
        expect(descriptors()).toBeLessThanOrEqual(descriptorsBefore + 2);
      },
      { timeout: 10_000, interval: 100 },
    );
    expect(existsSync(lockFile())).toBe(false);
  });
});
