import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { installLayout, loaderPath, writeInstall } from './debian-install.ts';
import { findLlamaServer } from './llama-server.ts';
import { LlamaServerMissingError } from './llama-server-error.ts';

let cacheDir: string;
beforeEach(async () => {
  cacheDir = await mkdtemp(join(tmpdir(), 'server é-'));
  // Nothing on PATH: neither a llama-server nor apt, so no test reaches the network.
  vi.stubEnv('PATH', join(cacheDir, 'bin'));
  vi.stubEnv('LLAMA_SERVER', undefined);
  await mkdir(join(cacheDir, 'bin'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(cacheDir, { recursive: true });
});

async function program(path: string, script: string): Promise<string> {
  await writeFile(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return path;
}

const WORKS = 'echo "version: 1.2.3 (test)" >&2';

describe.skipIf(process.platform === 'win32')('findLlamaServer', () => {
  it('takes the explicit program before anything else', async () => {
    const explicit = await program(join(cacheDir, 'mine'), WORKS);
    await program(join(cacheDir, 'bin', 'llama-server'), WORKS);
    const found = await findLlamaServer({ cacheDir, explicit });
    expect(found).toEqual({ command: explicit, env: {}, version: '1.2.3 (test)', origin: 'explicit' });
  });

  it('takes the one LLAMA_SERVER names before PATH', async () => {
    vi.stubEnv('LLAMA_SERVER', await program(join(cacheDir, 'mine'), WORKS));
    await program(join(cacheDir, 'bin', 'llama-server'), WORKS);
    expect(await findLlamaServer({ cacheDir })).toMatchObject({ origin: 'env' });
  });

  it('never replaces what the user asked for, but says what is wrong with it', async () => {
    await program(join(cacheDir, 'bin', 'llama-server'), WORKS);
    const explicit = await program(join(cacheDir, 'mine'), 'echo "no such library" >&2; exit 127');
    await expect(findLlamaServer({ cacheDir, explicit })).rejects.toMatchObject({
      code: 'broken',
      message: expect.stringContaining('no such library'),
    });
    await expect(findLlamaServer({ cacheDir, explicit: 'unheard-of' })).rejects.toMatchObject({
      code: 'broken',
    });
  });

  it('passes over a broken program on PATH', async () => {
    await program(join(cacheDir, 'bin', 'llama-server'), 'exit 1');
    await fillCache();
    expect(await findLlamaServer({ cacheDir })).toMatchObject({ origin: 'cache', version: '9' });
  });

  it('trusts a complete install in the cache', async () => {
    const command = await fillCache();
    expect(await findLlamaServer({ cacheDir })).toEqual({ command, env: {}, version: '9', origin: 'cache' });
  });

  it('says how to get one where it cannot fetch one', async () => {
    await expect(findLlamaServer({ cacheDir })).rejects.toThrow(LlamaServerMissingError);
    expect(new LlamaServerMissingError('darwin').message).toContain('brew install llama.cpp');
    expect(new LlamaServerMissingError('win32').message).toContain('winget install llama.cpp');
    expect(new LlamaServerMissingError('linux').message).toContain('ggml-org/llama.cpp');
  });

  async function fillCache(): Promise<string> {
    const home = join(cacheDir, 'llama.cpp');
    const layout = installLayout(home);
    await mkdir(layout.bin, { recursive: true });
    await program(layout.server, WORKS);
    await writeInstall(home, { version: '9', loader: 'ld.so', patchedFor: loaderPath(home, 'ld.so') });
    return layout.server;
  }
});
