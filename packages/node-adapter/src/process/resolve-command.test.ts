import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { LaunchFailure } from '@corral/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { resolveCommand } from './resolve-command.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'corral-command-'));
  for (const [name, mode] of [
    ['a/tool', 0o644],
    ['b/tool', 0o755],
    ['b/plain', 0o644],
  ] as const) {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
    await writeFile(path.join(folder, name), '#!/bin/sh\n');
    await chmod(path.join(folder, name), mode);
  }
  await mkdir(path.join(folder, 'a', 'plain'));
});
afterEach(() => rm(folder, { recursive: true }));

const at = (name: string): string => path.join(folder, name);
const searchPath = (): string => ['/nowhere', '', at('a'), at('b')].join(path.delimiter);

describe('F1 resolveCommand', () => {
  it('finds the first program on PATH that may be run', async () => {
    expect(await resolveCommand('tool', searchPath())).toBe(at('b/tool'));
  });

  it('takes a path as it is, and does not look elsewhere', async () => {
    expect(await resolveCommand(at('b/tool'), '')).toBe(at('b/tool'));
    await expect(resolveCommand(at('c/tool'), searchPath())).rejects.toMatchObject({
      failureCode: 'spawn_enoent',
    });
  });

  it.each([
    ['nothing', 'spawn_enoent'],
    ['plain', 'spawn_eacces'],
  ])('says why `%s` cannot be run: %s', async (name, code) => {
    const error: unknown = await resolveCommand(name, searchPath()).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(LaunchFailure);
    expect(error).toMatchObject({ failureCode: code });
    // The message travels to browsers; paths do not.
    expect((error as Error).message).not.toContain(folder);
  });

  it('does not take a folder for a program', async () => {
    await expect(resolveCommand(at('a'), '')).rejects.toMatchObject({ failureCode: 'spawn_enoent' });
  });
});
