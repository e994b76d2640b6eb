import { access, copyFile, cp, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { downloadDebs } from './apt-private.ts';
import { DEBIAN_KEYRING, readDebianMachine } from './debian-llama.ts';
import { unpackDebs } from './debian-unpack.ts';
import { withDirectoryLock } from './directory-lock.ts';
import { findExecutable } from './find-executable.ts';
import { runChecked } from './run-command.ts';

/** A Redis that was seen to run. */
export interface RedisInstall {
  /** Absolute path of the server. */
  readonly command: string;
  /** What it needs in its environment. */
  readonly env: Readonly<Record<string, string>>;
  /** The line that it says of itself. */
  readonly version: string;
}

/** Settings of {@link findRedis}. */
export interface FindRedisOptions {
  /** Where a fetched Redis is kept, in the sub-folder `redis`. */
  readonly cacheDir: string;
  /** Told, in a short sentence, about anything that takes long. */
  readonly onProgress?: (message: string) => void;
}

const PROGRAM = 'redis-server';

/**
 * Finds a Redis on PATH or in the cache, or fetches Debian's package, with the libraries that a small machine lacks,
 * without touching the system. Two processes may call this at once.
 *
 * @throws Error where there is none and this is no Debian to fetch it from, or what was found does not run.
 */
export async function findRedis({
  cacheDir,
  onProgress = () => undefined,
}: FindRedisOptions): Promise<RedisInstall> {
  const command = await findExecutable(PROGRAM);
  if (command) return probed(command, {});
  const home = join(resolve(cacheDir), 'redis');
  if (!(await isComplete(home))) {
    await mkdir(resolve(cacheDir), { recursive: true });
    await withDirectoryLock(
      `${home}.lock`,
      async () => {
        if (!(await isComplete(home))) await fetchFromDebian(home, onProgress);
      },
      { onWait: () => onProgress('Waiting for another process that fetches Redis') },
    );
  }
  return probed(join(home, PROGRAM), { LD_LIBRARY_PATH: join(home, 'lib') });
}

/** `home` appears whole or not at all. The caller holds the lock. */
async function fetchFromDebian(home: string, onProgress: (message: string) => void): Promise<void> {
  const machine = await readDebianMachine();
  if (!machine) throw new Error('No redis-server was found: install it and put it on PATH.');
  const { mirror, architecture, ownSuite } = machine;
  const work = `${home}.work`;
  const staged = join(work, 'install');
  await rm(work, { recursive: true, force: true });
  await mkdir(join(staged, 'lib'), { recursive: true });
  try {
    onProgress(`Downloading Redis from Debian ${ownSuite} (about 4 MB, once)`);
    const source = { dir: work, mirror, keyring: DEBIAN_KEYRING, architecture };
    // The server is a link to a program of its tools.
    const programs = await downloadDebs({ ...source, packages: { [ownSuite]: [PROGRAM, 'redis-tools'] } });
    const libraries = (await Promise.all(programs.map(neededLibraries))).flat();
    const debs = await downloadDebs({ ...source, packages: { [ownSuite]: libraries } });
    const root = join(work, 'root');
    await unpackDebs(debs, root);
    await copyFile(join(root, 'usr/bin', PROGRAM), join(staged, PROGRAM));
    await copyFile(join(root, 'usr/share/doc', PROGRAM, 'copyright'), join(staged, 'copyright.txt'));
    for (const folder of ['lib', 'usr/lib']) await copyLibraries(join(root, folder), join(staged, 'lib'));
    await rm(home, { recursive: true, force: true });
    await rename(staged, home);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Libraries that a package names. The C library is this machine's own: the suite is, too. */
async function neededLibraries(deb: string): Promise<string[]> {
  const { stdout } = await runChecked('dpkg-deb', ['-f', deb, 'Depends']);
  const names = stdout.split(',').map((part) => part.trim().split(/[\s(:|]/)[0] ?? '');
  return names.filter((name) => name.startsWith('lib') && name !== 'libc6');
}

/** Copies the libraries that lie in folders named after a machine. */
async function copyLibraries(from: string, to: string): Promise<void> {
  const folders = await readdir(from).catch(() => []);
  for (const folder of folders.filter((name) => name.endsWith('-linux-gnu')))
    for (const name of await readdir(join(from, folder)))
      if (/\.so(\.\d+)*$/.test(name))
        await cp(join(from, folder, name), join(to, basename(name)), { verbatimSymlinks: true });
}

async function isComplete(home: string): Promise<boolean> {
  return access(join(home, PROGRAM)).then(
    () => true,
    () => false,
  );
}

async function probed(command: string, env: Readonly<Record<string, string>>): Promise<RedisInstall> {
  const { stdout } = await runChecked(command, ['--version'], { env, timeoutMs: 60_000 });
  return { command, env, version: stdout.trim().split('\n')[0] ?? '' };
}
