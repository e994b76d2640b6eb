import { access, copyFile, mkdir, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { downloadDebs } from './apt-private.ts';
import { DEBIAN_KEYRING, readDebianMachine } from './debian-llama.ts';
import { unpackDebs } from './debian-unpack.ts';
import { withDirectoryLock } from './directory-lock.ts';
import { findExecutable } from './find-executable.ts';
import { runChecked } from './run-command.ts';

/** A Prometheus that was seen to run, with its tool. */
export interface PrometheusInstall {
  /** Absolute path of the server. */
  readonly command: string;
  /** Absolute path of `promtool`. */
  readonly promtool: string;
  /** The first line that it says of itself. */
  readonly version: string;
}

/** Settings of {@link findPrometheus}. */
export interface FindPrometheusOptions {
  /** Where a fetched Prometheus is kept, in the sub-folder `prometheus`. */
  readonly cacheDir: string;
  /** Told, in a short sentence, about anything that takes long. */
  readonly onProgress?: (message: string) => void;
}

const PROGRAMS = ['prometheus', 'promtool'] as const;

/**
 * Finds a Prometheus on PATH or in the cache, or fetches Debian's package without touching the system. It needs nothing but
 * the machine's own C library, so the package alone is enough. Two processes may call this at once.
 *
 * @throws Error where there is none and this is no Debian to fetch it from, or what was found does not run.
 */
export async function findPrometheus({
  cacheDir,
  onProgress = () => undefined,
}: FindPrometheusOptions): Promise<PrometheusInstall> {
  const [command, promtool] = await Promise.all(PROGRAMS.map((name) => findExecutable(name)));
  if (command && promtool) return probed(command, promtool);
  const home = join(resolve(cacheDir), 'prometheus');
  if (!(await isComplete(home))) {
    await mkdir(resolve(cacheDir), { recursive: true });
    await withDirectoryLock(
      `${home}.lock`,
      async () => {
        if (!(await isComplete(home))) await fetchFromDebian(home, onProgress);
      },
      { onWait: () => onProgress('Waiting for another process that fetches Prometheus') },
    );
  }
  return probed(join(home, PROGRAMS[0]), join(home, PROGRAMS[1]));
}

/** `home` appears whole or not at all. The caller holds the lock. */
async function fetchFromDebian(home: string, onProgress: (message: string) => void): Promise<void> {
  const machine = await readDebianMachine();
  if (!machine) throw new Error('No prometheus was found: install it, with promtool, and put both on PATH.');
  const { mirror, architecture, ownSuite } = machine;
  const work = `${home}.work`;
  const staged = join(work, 'install');
  await rm(work, { recursive: true, force: true });
  await mkdir(staged, { recursive: true });
  try {
    onProgress(`Downloading Prometheus from Debian ${ownSuite} (about 20 MB, once)`);
    const packages = { [ownSuite]: ['prometheus'] };
    const debs = await downloadDebs({ dir: work, mirror, keyring: DEBIAN_KEYRING, architecture, packages });
    await unpackDebs(debs, join(work, 'root'));
    for (const name of PROGRAMS) await copyFile(join(work, 'root/usr/bin', name), join(staged, name));
    await copyFile(join(work, 'root/usr/share/doc/prometheus/copyright'), join(staged, 'copyright.txt'));
    await rm(home, { recursive: true, force: true });
    await rename(staged, home);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function isComplete(home: string): Promise<boolean> {
  const found = PROGRAMS.map((name) => access(join(home, name)));
  return (await Promise.allSettled(found)).every(({ status }) => status === 'fulfilled');
}

async function probed(command: string, promtool: string): Promise<PrometheusInstall> {
  const { stdout, stderr } = await runChecked(command, ['--version'], { timeoutMs: 60_000 });
  const version = (stdout.trim() || stderr.trim()).split('\n')[0] ?? '';
  return { command, promtool, version };
}
