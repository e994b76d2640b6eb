import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from './support/corral-process.js';

const cli = path.join(root, 'packages/node-adapter/dist/cli.js');

function corral(...args: string[]) {
  const stateDir = mkdtempSync(path.join(tmpdir(), 'corral-cli-'));
  const env = { ...process.env, CORRAL_STATE_DIR: stateDir };
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...args], {
    encoding: 'utf8',
    env,
    timeout: 20_000,
  });
  return { status, stdout, stderr, state: readdirSync(stateDir) };
}

describe('the corral command', () => {
  it('teaches with --help, and without arguments', () => {
    for (const args of [['--help'], []]) {
      const { status, stdout } = corral(...args);
      expect(status).toBe(0);
      expect(stdout).toContain('corral serve --models-dir');
    }
  });

  it('names its version', () => {
    expect(corral('--version').stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  // I33
  it('refuses to listen beyond loopback without a token, with exit code 78', () => {
    const { status, stderr, state } = corral('serve', '--host', '0.0.0.0', '--port', '0');
    expect(status).toBe(78);
    expect(stderr).toContain('without a token');
    expect(state).toEqual([]);
  });

  it.each([
    [['serve', '--port', '99999'], '--port'],
    [['serve', '--prot', '1'], '--prot'],
    [['sevre'], 'serve'],
    [['serve', '--allow-origin', 'https://dash.example/page'], '--allow-origin'],
  ])('says what is wrong with %j in one line, with exit code 64', (args, told) => {
    const { status, stderr } = corral(...args);
    expect(status).toBe(64);
    expect(stderr).toMatch(/^corral: .+\n$/);
    expect(stderr).toContain(told);
  });

  // F96
  it('ends with code 1 when its port is taken, before anything else has begun', async () => {
    const holder = createServer();
    const port = await new Promise<number>((resolve) => {
      holder.listen(0, '127.0.0.1', () => resolve((holder.address() as { port: number }).port));
    });
    const { status, stderr, state } = corral('serve', '--port', String(port));
    holder.close();
    expect(status).toBe(1);
    expect(stderr).toContain(`Port ${port} is in use`);
    expect(state).toEqual([]);
  });
});
