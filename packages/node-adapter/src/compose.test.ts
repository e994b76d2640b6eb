import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { defaultModelSettings, type Hub, type ModelState } from '@corral/core';
import { type FakeLlamaFault, fakeLlamaCommand, writeSmallGguf } from '@corral/testkit';
import { describe, expect, it, vi } from 'vitest';
import type { CreateHubOptions } from './compose.js';
import { HubHouse, ready } from './hub-house.fixture.js';
import { createLogger } from './logger.js';
import { LlamaLauncher } from './process/llama-launcher.js';
import { RunRecords } from './stores/run-records.js';
import { ServerKeys } from './stores/server-keys.js';

const house = HubHouse.forEachTest();
const { graceMs, dispose } = house;

/** A hub with the states that its models go through. */
async function make(llamaServer?: CreateHubOptions['llamaServer'], more: CreateHubOptions = {}) {
  const { hub, id } = await house.make(llamaServer, more);
  const states: ModelState[] = [];
  hub.subscribe('model:state-changed', ({ model }) => states.push(model.state));
  return { hub, id, states };
}

const until = (hub: Hub, id: string, state: ModelState, timeout = 12_000): Promise<unknown> =>
  vi.waitFor(() => expect(hub.model(id)?.state).toBe(state), { timeout, interval: 20 });
describe('a server from start to stop', () => {
  it('becomes ready, has numbers, and leaves nothing when it is stopped', async () => {
    const { hub, id, states } = await make();
    const pid = await ready(hub, id);
    expect(await house.marked()).toEqual([pid]);
    await vi.waitFor(
      () => {
        const series = hub.snapshot().metrics[0];
        expect(series?.currentTokensPerSecond).toBeGreaterThan(0);
        expect(series?.currentLatencyMs).toBeGreaterThan(0);
        // A Node process stands in for the server.
        expect(series?.currentMemoryGb).toBeGreaterThan(0.01);
      },
      { timeout: 8000 },
    );
    expect(hub.model(id)).toMatchObject({
      isHealthy: true,
      requestCount: 0,
      errorMessage: null,
      port: house.ports.from,
    });
    await hub.stopModel(id);
    await hub.modelManager.whenStopped(id, AbortSignal.timeout(10_000));
    expect(await house.marked()).toEqual([]);
    expect(hub.model(id)).toMatchObject({ pid: null, startedAt: null, state: 'offline' });
    await vi.waitFor(async () => {
      expect(await readdir(path.join(house.folder, 'state', 'running'))).toEqual([]);
      expect(await readdir(path.join(house.folder, 'state', 'start-keys'))).toEqual([]);
    });
    expect(states).toEqual([...new Set(states)]);
    expect(states.slice(-3)).toEqual(['ready', 'stopping', 'offline']);
  });

  it('gets its keys in a file that only its owner reads, and none on its command line', async () => {
    const { hub, id } = await make();
    const pid = await ready(hub, id);
    const [name = ''] = await readdir(path.join(house.folder, 'state', 'start-keys'));
    const keyFile = path.join(house.folder, 'state', 'start-keys', name);
    expect((await stat(keyFile)).mode & 0o777).toBe(0o600);
    const { baseUrl, apiKey } = await hub.modelAccess(id);
    const keys = (await readFile(keyFile, 'utf8')).trim().split('\n');
    expect(keys).toHaveLength(2);
    expect(keys[1]).toBe(apiKey);
    const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8');
    for (const key of keys) expect(commandLine).not.toContain(key);
    expect(commandLine.split('\0')).toContain('127.0.0.1');
    const status = async (authorization: string) =>
      (await fetch(`${baseUrl}/props`, { headers: { authorization } })).status;
    expect(await status(`Bearer ${apiKey}`)).toBe(200);
    expect(await status('Bearer wrong')).toBe(401);
  });

  it('I50b sees nothing of our environment that it must not see', async () => {
    const forbidden = {
      LLAMA_ARG_TOOLS: 'all',
      LLAMA_ARG_HOST: '0.0.0.0',
      OPENAI_API_KEY: 'sk-x',
      HF_TOKEN: 'hf_x',
      CORRAL_TOKEN: 'x',
    };
    for (const [name, value] of Object.entries(forbidden)) vi.stubEnv(name, value);
    dispose.push(() => vi.unstubAllEnvs());
    const { hub, id } = await make();
    const pid = await ready(hub, id);
    const names = (await readFile(`/proc/${pid}/environ`, 'utf8'))
      .split('\0')
      .filter(Boolean)
      .map((entry) => entry.split('=')[0] ?? '');
    expect(names).toContain('PATH');
    const allowed =
      /^(PATH|HOME|LANG|LC_ALL|LC_CTYPE|TMPDIR|CORRAL_TEST_MARK|CORRAL_SERVER_NONCE|CORRAL_HUB_ID|CUDA_\w+|NVIDIA_\w+)$/;
    expect(names.filter((name) => !allowed.test(name))).toEqual([]);
  });
});

describe('F7 a server that is killed', () => {
  it('is in backoff within 2 s, and comes back', async () => {
    const { hub, id, states } = await make();
    const pid = await ready(hub, id);
    process.kill(pid, 'SIGKILL');
    await until(hub, id, 'backoff', 2000);
    expect(hub.model(id)).toMatchObject({ pid: null, errorMessage: expect.stringContaining('SIGKILL') });
    await until(hub, id, 'ready');
    expect(hub.model(id)?.pid).not.toBe(pid);
    expect(states.slice(states.indexOf('backoff'))).toContain('starting');
  });

  it('F4 tells who waits for it why it died while loading', async () => {
    const { hub, id } = await make(house.fake('segv', 300, { FAKE_LLAMA_LOAD_MS: '5000' }));
    await hub.startModel(id);
    await expect(hub.modelManager.whenReady(id, AbortSignal.timeout(10_000))).rejects.toMatchObject({
      code: 'start_failed',
      retryable: true,
      message: expect.stringContaining('SIGSEGV'),
    });
    expect(hub.model(id)?.state).toBe('backoff');
  });
});

describe('a server that cannot run', () => {
  it.each<[string, FakeLlamaFault, string]>([
    ['F2', 'usage', 'bad_args'],
    ['F3', 'bad-model', 'model_unreadable'],
    ['F21', 'no-auth', 'port_hijacked'],
  ])('%s `%s` fails with `%s`, once and for all', async (_, fault, failureCode) => {
    const { hub, id, states } = await make(house.fake(fault));
    await hub.startModel(id);
    await until(hub, id, 'failed');
    expect(hub.model(id)).toMatchObject({ failureCode, pid: null, isHealthy: false });
    expect(await house.marked()).toEqual([]);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(states.filter((state) => state === 'starting')).toHaveLength(1);
  });

  it('F1 fails with the reason when there is no program, or none that may be run', async () => {
    const { hub, id } = await make('corral-no-such-program');
    await hub.startModel(id);
    await until(hub, id, 'failed');
    expect(hub.model(id)?.failureCode).toBe('spawn_enoent');
    await hub.dispose();
    await writeFile(path.join(house.folder, 'plain'), '');
    await chmod(path.join(house.folder, 'plain'), 0o644);
    const plain = await make(path.join(house.folder, 'plain'));
    await plain.hub.startModel(plain.id);
    await until(plain.hub, plain.id, 'failed');
    expect(plain.hub.model(plain.id)?.failureCode).toBe('spawn_eacces');
    expect(JSON.stringify(plain.hub.snapshot())).not.toContain(house.folder);
  });
});

describe('ports', () => {
  const occupy = async (port: number): Promise<void> => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    dispose.push(() => new Promise((resolve) => server.close(resolve)));
  };

  it('F19 a taken port makes it take the next one', async () => {
    await occupy(house.ports.from);
    const { hub, id } = await make();
    await ready(hub, id);
    expect(hub.model(id)?.port).toBe(house.ports.from + 1);
    expect((await hub.modelAccess(id)).baseUrl).toBe(`http://127.0.0.1:${house.ports.from + 1}`);
  });

  it('F22 a range used up fails that model alone', async () => {
    await writeSmallGguf(path.join(house.folder, 'models', 'prairie.gguf'));
    const { hub, id } = await make(house.fake(), {
      portRange: { from: house.ports.from, to: house.ports.from },
    });
    const other = hub.models()[1]?.modelId ?? '';
    await ready(hub, id);
    await expect(hub.startModel(other)).rejects.toMatchObject({ code: 'no_port_available' });
    expect(hub.model(id)?.state).toBe('ready');
  });

  it('F19 a range with only taken ports fails with `port_in_use`', async () => {
    await occupy(house.ports.from);
    const { hub, id } = await make(house.fake(), {
      portRange: { from: house.ports.from, to: house.ports.from },
    });
    await hub.startModel(id);
    await until(hub, id, 'failed');
    expect(hub.model(id)?.failureCode).toBe('port_in_use');
  });
});

describe('a server that will not go', () => {
  const stopWithin = async (hub: Hub, id: string): Promise<number> => {
    const startedMs = performance.now();
    await hub.stopModel(id);
    await hub.modelManager.whenStopped(id, AbortSignal.timeout(15_000));
    return performance.now() - startedMs;
  };

  it('F12 that ignores SIGTERM is killed after the grace', async () => {
    const { hub, id } = await make(house.fake('ignore-term'));
    await ready(hub, id);
    const tookMs = await stopWithin(hub, id);
    expect(tookMs).toBeGreaterThanOrEqual(graceMs - 50);
    expect(tookMs).toBeLessThan(graceMs + 2000);
    expect(await house.marked()).toEqual([]);
  });

  it('F11 that is frozen is killed after the grace', async () => {
    const { hub, id } = await make();
    process.kill(await ready(hub, id), 'SIGSTOP');
    expect(await stopWithin(hub, id)).toBeLessThan(graceMs + 2000);
    expect(await house.marked()).toEqual([]);
  });

  it('F13 takes its grandchildren with it, although they hold its output', async () => {
    const { command, args } = fakeLlamaCommand();
    const { hub, id } = await make({
      command: 'sh',
      args: ['-c', 'sleep 300 & exec "$0" "$@"', command, ...args],
      env: { CORRAL_TEST_MARK: house.mark },
    });
    await ready(hub, id);
    expect(await house.marked()).toHaveLength(2);
    await stopWithin(hub, id);
    await vi.waitFor(async () => expect(await house.marked()).toEqual([]), { timeout: 3000 });
  });
});

describe('a server that misbehaves while it is ready', () => {
  it('F10 that hangs is unhealthy after three misses, and not restarted', async () => {
    const { hub, id, states } = await make(house.fake('hang', 1500));
    const pid = await ready(hub, id);
    await until(hub, id, 'unhealthy');
    expect(hub.model(id)).toMatchObject({ isHealthy: false, pid });
    expect(hub.model(id)?.consecutiveFailures).toBeGreaterThanOrEqual(3);
    expect(states).not.toContain('backoff');
  });

  it('F41 whose metrics hang stays ready with unknown numbers', async () => {
    const { hub, id, states } = await make(house.fake('metrics-hang'));
    await ready(hub, id);
    const tick = hub.modelManager.tick;
    await vi.waitFor(() => expect(hub.modelManager.tick).toBeGreaterThan(tick + 5), { timeout: 8000 });
    expect(hub.model(id)?.state).toBe('ready');
    expect(states.at(-1)).toBe('ready');
    expect(hub.snapshot().metrics[0]).toMatchObject({ currentTokensPerSecond: null });
    expect(hub.snapshot().metrics[0]?.currentMemoryGb).toBeGreaterThan(0);
  });

  it('F37 whose numbers are none has unknown numbers', async () => {
    const { hub, id } = await make(house.fake('nan'));
    await ready(hub, id);
    const tick = hub.modelManager.tick;
    await vi.waitFor(() => expect(hub.modelManager.tick).toBeGreaterThan(tick + 3), { timeout: 8000 });
    const series = hub.snapshot().metrics[0];
    expect(series?.currentTokensPerSecond).toBeNull();
    expect(series?.tokensPerSecond.every((value) => value === 0)).toBe(true);
    expect(series?.valid.tokensPerSecond).not.toContain(true);
  });

  it('F24 that floods its log is not blocked, and its log stays bounded', async () => {
    const { hub, id } = await make(house.fake('log-flood', 600));
    await ready(hub, id);
    await vi.waitFor(() => expect(hub.modelManager.details(id).logTail.join('')).toContain('flood'), {
      timeout: 10_000,
    });
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const lines = hub.modelManager.details(id).logTail;
    expect(lines.length).toBeLessThanOrEqual(2000);
    expect(lines.join('').length).toBeLessThanOrEqual(1024 * 1024);
    expect(lines.join('')).not.toContain('\u001b');
    expect(hub.model(id)?.pid).not.toBeNull();
  });
});

describe('F27 dispose', () => {
  it.each<[ModelState, CreateHubOptions['llamaServer'] | FakeLlamaFault]>([
    ['starting', undefined],
    ['loading', 'loading'],
    ['ready', undefined],
    ['backoff', 'exit'],
    ['failed', 'bad-model'],
    ['stopping', 'ignore-term'],
  ])('in `%s` leaves no process, record, key file or lock', async (state, fault) => {
    const { hub, id } = await make(house.fake(fault as FakeLlamaFault | undefined));
    await hub.startModel(id);
    if (state === 'stopping') {
      await until(hub, id, 'ready');
      await hub.stopModel(id);
    } else await until(hub, id, state);
    const startedMs = performance.now();
    await hub.dispose();
    expect(performance.now() - startedMs).toBeLessThan(graceMs + 3000);
    expect(await house.marked()).toEqual([]);
    const left = async (name: string) => readdir(path.join(house.folder, 'state', name)).catch(() => []);
    await vi.waitFor(async () => expect([await left('running'), await left('start-keys')]).toEqual([[], []]));
    expect(await left('.')).not.toContain('hub.lock');
  });
});

describe('a hub after one that was killed', () => {
  it('ends the server that was left behind, says so, and starts its own', async () => {
    const launcher = new LlamaLauncher({
      llama: house.fake(),
      keys: new ServerKeys(path.join(house.folder, 'state')),
      records: new RunRecords(path.join(house.folder, 'state')),
      onExit: 'stop',
    });
    const file = {
      modelId: 'meadow',
      filename: 'meadow.gguf',
      path: path.join(house.folder, 'models', 'meadow.gguf'),
      sizeBytes: 1,
      gguf: null,
    };
    const settings = { ...defaultModelSettings, nGpuLayers: 0, ctxSize: 512 };
    const orphan = await launcher.launch(
      { file, port: house.ports.from, settings },
      new AbortController().signal,
    );
    // A moment later: `setpriv` is still becoming the program.
    await vi.waitFor(async () => expect(await house.marked()).toEqual([orphan.pid]));
    const lines: string[] = [];
    const { hub, id } = await make(house.fake(), {
      logger: createLogger({ write: (line) => lines.push(line) }),
    });
    expect((await orphan.exited).signal ?? (await orphan.exited).exitCode).not.toBeNull();
    expect(lines.join()).toContain('left behind');
    expect(await ready(hub, id)).not.toBe(orphan.pid);
    expect(hub.model(id)?.port).toBe(house.ports.from);
  });
});

describe('a launch that fails after the process exists', () => {
  it('leaves no process', async () => {
    await mkdir(path.join(house.folder, 'state'));
    await writeFile(path.join(house.folder, 'state', 'running'), 'a file where a folder should be');
    const { hub, id } = await make({
      command: 'sh',
      args: ['-c', 'sleep 300'],
      env: { CORRAL_TEST_MARK: house.mark },
    });
    await hub.startModel(id);
    await until(hub, id, 'failed');
    await vi.waitFor(async () => expect(await house.marked()).toEqual([]), { timeout: 3000 });
  });
});
