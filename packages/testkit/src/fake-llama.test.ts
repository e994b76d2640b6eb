import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { fakeLlamaCommand } from './fake-llama-command.ts';
import { parseFault } from './fake-llama-fault.ts';

const running: ChildProcess[] = [];
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
});

function start(fault: string, ...extra: string[]) {
  const { command, args } = fakeLlamaCommand();
  const child = spawn(command, [...args, '--port', '0', '--metrics', '--no-webui', '-ngl', '0', ...extra], {
    env: { ...process.env, FAKE_LLAMA_FAULT: fault },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  running.push(child);
  let log = '';
  child.stderr.on('data', (text: Buffer) => (log += text.toString('latin1', 0, 2000)));
  const exit = once(child, 'close').then(([code, signal]: unknown[]) => ({ code, signal, log }));
  const ready = new Promise<string>((resolve) => {
    child.stderr.on('data', () => {
      const url = /srv {2}llama_server: listening on (\S+)/.exec(log)?.[1];
      if (url) resolve(url);
    });
  });
  return { child, exit, ready };
}

const status = async (url: string, headers = {}) => (await fetch(url, { headers })).status;
const isSilent = (url: string) =>
  fetch(url, { signal: AbortSignal.timeout(200) }).then(
    () => false,
    () => true,
  );

describe('fake llama-server', () => {
  it('is healthy without a fault and ends cleanly on SIGTERM', async () => {
    const { child, exit, ready } = start('');
    const url = await ready;
    const health = await fetch(`${url}/health`);
    expect(health.headers.get('server')).toBe('llama.cpp');
    expect(await health.json()).toEqual({ status: 'ok' });
    expect(await (await fetch(`${url}/metrics`)).text()).toContain(
      '\nllamacpp:tokens_predicted_total 1010\n',
    );
    child.kill('SIGTERM');
    expect(await exit).toMatchObject({ code: 0, log: expect.stringContaining('cleaning up before exit') });
  });

  it('asks for the key of its key file, except for health', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'key-'));
    const keyFile = join(dir, 'key');
    await writeFile(keyFile, 'sesame\n');
    const url = await start('', '--api-key-file', keyFile).ready;
    expect(await status(`${url}/health`)).toBe(200);
    for (const path of ['/props', '/v1/models', '/metrics', '/slots', '/nope']) {
      expect(await status(url + path), path).toBe(401);
    }
    expect(await status(`${url}/props`, { Authorization: 'Bearer sesame' })).toBe(200);
    expect(await status(`${await start('no-auth', '--api-key-file', keyFile).ready}/props`)).toBe(200);
    await rm(dir, { recursive: true });
  });

  it.each([
    ['usage', 1, null, 'error: invalid argument'],
    ['bad-model', 1, null, 'failed to load model'],
    ['port-in-use', 1, null, "couldn't bind HTTP server socket"],
    ['exit@20', 1, null, ''],
    ['segv', null, 'SIGSEGV', ''],
    ['kill@20', null, 'SIGKILL', ''],
  ])('dies as told: %s', async (fault, code, signal, text) => {
    expect(await start(fault).exit).toMatchObject({ code, signal, log: expect.stringContaining(text) });
  });

  it('hangs from the given moment on', async () => {
    const url = await start('hang@1500').ready;
    expect(await status(`${url}/health`)).toBe(200);
    await expect.poll(() => isSilent(`${url}/health`), { timeout: 5000 }).toBe(true);
  });

  it('hangs on metrics alone', async () => {
    const url = await start('metrics-hang').ready;
    expect(await isSilent(`${url}/metrics`)).toBe(true);
    expect(await status(`${url}/health`)).toBe(200);
  });

  it('switches endpoints off', async () => {
    expect(await status(`${await start('metrics-501').ready}/metrics`)).toBe(501);
    expect(await status(`${await start('slots-501').ready}/slots`)).toBe(501);
  });

  it('reports values that are no finite numbers', async () => {
    const text = await (await fetch(`${await start('nan').ready}/metrics`)).text();
    expect(text).toMatch(/tokens_predicted_total 1e400\n/);
    expect(text).toMatch(/prompt_tokens_total NaN\n/);
  });

  it('survives SIGTERM', async () => {
    const { child, ready } = start('ignore-term');
    const url = await ready;
    child.kill('SIGTERM');
    expect(await status(`${url}/health`)).toBe(200);
  });

  it('floods its log and still answers', async () => {
    const { child, ready } = start('log-flood@400');
    const url = await ready;
    let bytes = 0;
    child.stderr.on('data', (data: Buffer) => (bytes += data.length));
    await expect.poll(() => bytes, { timeout: 5000 }).toBeGreaterThan(20_000_000);
    expect(await status(`${url}/health`)).toBe(200);
  });
});

describe('parseFault', () => {
  it('reads a mode with and without a delay', () => {
    expect(parseFault('segv@500')).toEqual({ mode: 'segv', afterMs: 500 });
    expect(parseFault('nan')).toEqual({ mode: 'nan', afterMs: 0 });
    expect(parseFault('')).toBeUndefined();
  });

  it.each(['sgev', 'segv@soon', 'segv@'])('rejects %s', (text) => {
    expect(() => parseFault(text)).toThrow('Expected FAKE_LLAMA_FAULT');
  });
});
