import { access, copyFile, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { downloadDebs } from './apt-private.ts';
import { readDebianMirror } from './apt-sources.ts';
import { installLayout, loaderPath, patchForHome, writeInstall } from './debian-install.ts';
import { arrangeInstall, unpackDebs } from './debian-unpack.ts';
import { findExecutable } from './find-executable.ts';
import { hasBackend, probeVersion } from './llama-probe.ts';
import { runChecked } from './run-command.ts';

/** The key that signs Debian's archives. */
export const DEBIAN_KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** The oldest Debian suite with llama.cpp; stable has none. */
const SUITE = 'forky';

/** llama.cpp and every library it needs, since this machine's own may be older. */
const PACKAGES =
  'llama.cpp-tools libllama0 libggml0 libgomp1 libstdc++6 libgcc-s1 libc6 libssl3t64 libzstd1 zlib1g'.split(
    ' ',
  );

/** What a Debian machine offers for fetching packages. */
export interface DebianMachine {
  readonly mirror: string;
  readonly architecture: string;
  /** Name of the suite this machine runs; its packages start with this machine's libraries. */
  readonly ownSuite: string;
}

/** Describes this machine, or `undefined` when it is no Debian or lacks apt, dpkg, a mirror or the archive's key. */
export async function readDebianMachine(): Promise<DebianMachine | undefined> {
  if (process.platform !== 'linux') return undefined;
  if (!(await findExecutable('apt-get')) || !(await findExecutable('dpkg'))) return undefined;
  const mirror = await readDebianMirror();
  const osRelease = await readFile('/etc/os-release', 'utf8').catch(() => '');
  const ownSuite = /^VERSION_CODENAME="?([\w-]+)/m.exec(osRelease)?.[1];
  const hasKey = await access(DEBIAN_KEYRING).then(
    () => true,
    () => false,
  );
  if (!mirror || !ownSuite || !hasKey) return undefined;
  const { stdout } = await runChecked('dpkg', ['--print-architecture']);
  return { mirror, ownSuite, architecture: stdout.trim() };
}

/**
 * Fetches llama.cpp from Debian into `home`, without touching the system: packages are downloaded, unpacked and
 * made to use the libraries that came along. `home` appears whole or not at all. The caller holds the lock.
 *
 * @returns the version that now runs.
 */
export async function installDebianLlama(
  machine: DebianMachine,
  home: string,
  onProgress: (message: string) => void,
): Promise<string> {
  const work = `${home}.work`;
  const staged = join(work, 'install');
  const layout = installLayout(staged);
  await rm(work, { recursive: true, force: true });
  await mkdir(layout.bin, { recursive: true });
  try {
    onProgress(`Downloading llama.cpp from Debian ${SUITE} (about 35 MB, once)`);
    const systemPatchelf = await findExecutable('patchelf');
    const debs = await downloadDebs({
      dir: work,
      mirror: machine.mirror,
      keyring: DEBIAN_KEYRING,
      architecture: machine.architecture,
      packages: packagesBySuite(machine.ownSuite, systemPatchelf === undefined),
    });
    onProgress('Unpacking llama.cpp');
    const isPatchelf = (deb: string) => /\/patchelf_[^/]*$/.test(deb);
    await unpackDebs(debs.filter(isPatchelf), join(work, 'tools'));
    await unpackDebs(
      debs.filter((deb) => !isPatchelf(deb)),
      join(work, 'root'),
    );
    // Kept with the install: it is needed again if the cache is moved.
    await copyFile(systemPatchelf ?? join(work, 'tools/usr/bin/patchelf'), layout.patchelf);
    const loader = await arrangeInstall(join(work, 'root'), staged, layout.patchelf);
    await patchForHome(staged, home, loader, layout.patchelf);
    await rm(home, { recursive: true, force: true });
    await rename(staged, home);

    const { server } = installLayout(home);
    const version = await probeVersion(server);
    if (!(await hasBackend(server, home))) throw new Error('ggml has no CPU backend for this processor');
    await writeInstall(home, { version, loader, patchedFor: loaderPath(home, loader) });
    return version;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

function packagesBySuite(ownSuite: string, withPatchelf: boolean): Record<string, string[]> {
  const packages: Record<string, string[]> = { [SUITE]: [...PACKAGES] };
  // patchelf runs with this machine's libraries, so it has to come from this machine's suite.
  if (withPatchelf) packages[ownSuite] = [...(packages[ownSuite] ?? []), 'patchelf'];
  return packages;
}
