import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { installLayout, loaderPath, patchForHome, readInstall, writeInstall } from './debian-install.ts';
import { type DebianMachine, installDebianLlama, readDebianMachine } from './debian-llama.ts';
import { withDirectoryLock } from './directory-lock.ts';
import { findExecutable } from './find-executable.ts';
import { probeVersion } from './llama-probe.ts';
import { LlamaServerError, LlamaServerMissingError } from './llama-server-error.ts';

/** A llama-server that was seen to run. */
export interface LlamaServerInstall {
  /** Absolute path of the program. It runs alone, so router mode, which starts itself again, works. */
  readonly command: string;
  /** Arguments to put before all others, if the program needs any. */
  readonly args?: readonly string[];
  /** Variables to add to the environment of the program. */
  readonly env: Record<string, string>;
  /** As reported by the program, such as `0.7.0 (build 11669, commit Debian)`. */
  readonly version: string;
  readonly origin: 'explicit' | 'env' | 'path' | 'cache' | 'debian';
}

/** Settings of {@link findLlamaServer}. */
export interface FindLlamaServerOptions {
  /** Where a fetched llama.cpp is kept, in the sub-folder `llama.cpp`. */
  readonly cacheDir: string;
  /** A program the caller insists on: a path, or a name on PATH. */
  readonly explicit?: string;
  /** Told, in a short sentence, about anything that takes long. */
  readonly onProgress?: (message: string) => void;
}

/**
 * Finds a llama-server, or on Debian fetches one. Looks at `explicit`, the variable LLAMA_SERVER, PATH, the
 * cache, and at last downloads Debian's own packages into the cache without touching the system. Two processes
 * may call this at once. With a filled cache it takes a few milliseconds.
 *
 * @throws LlamaServerError with code `broken` when `explicit` or LLAMA_SERVER names something that does not run:
 *   what the user asked for is never silently replaced; `fetch_failed` when Debian's packages cannot be had.
 * @throws LlamaServerMissingError (code `missing`) where there is none and no way to fetch one.
 */
export async function findLlamaServer(options: FindLlamaServerOptions): Promise<LlamaServerInstall> {
  const { explicit, onProgress = () => undefined } = options;
  if (explicit) return named(explicit, 'explicit');
  if (process.env.LLAMA_SERVER) return named(process.env.LLAMA_SERVER, 'env');

  const onPath = await findExecutable('llama-server');
  if (onPath) {
    const version = await probeVersion(onPath).catch(() => undefined);
    if (version) return { command: onPath, env: {}, version, origin: 'path' };
    onProgress(`Ignoring ${onPath}, which does not run`);
  }

  const cacheDir = resolve(options.cacheDir);
  const home = join(cacheDir, 'llama.cpp');
  const cached = await fromCache(home, false);
  if (cached) return cached;

  const machine = await readDebianMachine();
  if (!machine && !(await readInstall(home))) throw new LlamaServerMissingError();
  await mkdir(cacheDir, { recursive: true });
  return withDirectoryLock(
    `${home}.lock`,
    async () => (await fromCache(home, true)) ?? (await fetchFromDebian(machine, home, onProgress)),
    { onWait: () => onProgress('Waiting for another process that prepares llama.cpp') },
  );
}

async function named(name: string, origin: 'explicit' | 'env'): Promise<LlamaServerInstall> {
  const given = origin === 'env' ? `LLAMA_SERVER=${name}` : name;
  const isPath = /[/\\]/.test(name);
  const command = isPath ? resolve(name) : await findExecutable(name);
  if (!command) throw new LlamaServerError('broken', `The llama-server asked for (${given}) is not on PATH.`);
  try {
    return { command, env: {}, version: await probeVersion(command), origin };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new LlamaServerError('broken', `The llama-server asked for (${given}) does not run: ${reason}`, {
      cause,
    });
  }
}

/** The install in `home`; one that was moved is mended if `mayPatch`, which needs the lock. */
async function fromCache(home: string, mayPatch: boolean): Promise<LlamaServerInstall | undefined> {
  const marker = await readInstall(home);
  if (!marker) return undefined;
  const { server, patchelf } = installLayout(home);
  const patchedFor = loaderPath(home, marker.loader);
  if (marker.patchedFor !== patchedFor) {
    if (!mayPatch) return undefined;
    await patchForHome(home, home, marker.loader, patchelf);
    await writeInstall(home, { ...marker, patchedFor });
  }
  return { command: server, env: {}, version: marker.version, origin: 'cache' };
}

async function fetchFromDebian(
  machine: DebianMachine | undefined,
  home: string,
  onProgress: (message: string) => void,
): Promise<LlamaServerInstall> {
  if (!machine) throw new LlamaServerMissingError();
  try {
    const version = await installDebianLlama(machine, home, onProgress);
    return { command: installLayout(home).server, env: {}, version, origin: 'debian' };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new LlamaServerError('fetch_failed', `Could not fetch llama.cpp from Debian: ${reason}`, { cause });
  }
}
