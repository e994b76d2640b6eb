import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import path from 'node:path';
import { LaunchFailure } from '@corral/core';
import { isErrno } from './process-group.js';

/**
 * The absolute path of a program: as given when it holds a slash, else found on PATH.
 * @throws LaunchFailure `spawn_enoent` when there is none, `spawn_eacces` when it may not be run
 */
export async function resolveCommand(
  command: string,
  searchPath: string = process.env['PATH'] ?? '',
): Promise<string> {
  const candidates =
    command.includes('/') || command.includes(path.sep)
      ? [path.resolve(command)]
      : searchPath
          .split(path.delimiter)
          .filter(Boolean)
          .map((folder) => path.join(folder, command));
  let found: string | undefined;
  for (const candidate of candidates) {
    try {
      if (!(await stat(candidate)).isFile()) continue;
      found = candidate;
      await access(candidate, constants.X_OK);
      return candidate;
    } catch (error) {
      if (isErrno(error, 'EACCES') || isErrno(error, 'EPERM')) found = candidate;
    }
  }
  if (found !== undefined)
    throw new LaunchFailure('spawn_eacces', `\`${path.basename(command)}\` may not be executed`);
  throw new LaunchFailure(
    'spawn_enoent',
    `\`${path.basename(command)}\` was not found. ${llamaHint(process.platform)}`,
  );
}

/** How to get llama.cpp on a platform, in a sentence. */
function llamaHint(platform: NodeJS.Platform): string {
  if (platform === 'darwin') return 'Install llama.cpp with `brew install llama.cpp`.';
  if (platform === 'win32') return 'Install llama.cpp with `winget install llama.cpp`.';
  return 'Install llama.cpp from your distribution or from the releases of ggml-org/llama.cpp, then pass --llama-server PATH.';
}
