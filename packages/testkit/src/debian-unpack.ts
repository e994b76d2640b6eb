import { copyFile, cp, mkdir, readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { installLayout } from './debian-install.ts';
import { dropLibraryPath } from './elf-patch.ts';
import { runChecked } from './run-command.ts';

const SHARED_LIBRARY = /\.so(\.\d+)*$/;

/** Unpacks packages into a folder of their own; nothing of them runs or is registered. */
export async function unpackDebs(debs: readonly string[], root: string): Promise<void> {
  await mkdir(root, { recursive: true });
  for (const deb of debs) await runChecked('dpkg-deb', ['-x', deb, root]);
}

/**
 * Arranges an unpacked Debian tree as `bin/`, `lib/` and `doc/` (the licences) in `dir`.
 *
 * The CPU backends go beside the program: ggml looks there and picks the best one for the processor by itself,
 * so neither an environment variable nor a guess from `/proc/cpuinfo` is needed, and router children agree.
 *
 * @returns the file name of the dynamic loader in `lib/`.
 */
export async function arrangeInstall(root: string, dir: string, patchelf: string): Promise<string> {
  const { bin, lib, doc, server } = installLayout(dir);
  for (const folder of [bin, lib, doc]) await mkdir(folder, { recursive: true });
  await copyFile(join(root, 'usr/bin/llama-server'), server);

  const source = await librarySource(root);
  await copyLibraries(source, lib);
  await copyLibraries(join(source, 'llama'), lib, /^libllama-server/);
  for (const folder of (await readdir(join(source, 'ggml'))).filter((name) => name.startsWith('backends'))) {
    await copyLibraries(join(source, 'ggml', folder), bin, /^libggml-cpu/);
  }
  for (const library of await realFiles(lib, /^lib(llama|mtmd)/))
    await dropLibraryPath(patchelf, join(lib, library));
  for (const name of await readdir(join(root, 'usr/share/doc'))) {
    await copyFile(join(root, 'usr/share/doc', name, 'copyright'), join(doc, `${name}.txt`)).catch(
      () => undefined,
    );
  }
  const loader = (await readdir(lib)).find((name) => name.startsWith('ld-linux'));
  if (!loader) throw new Error('The unpacked libc6 has no dynamic loader');
  return loader;
}

/** `usr/lib/<triplet>`, the only folder there that is named after a machine. */
async function librarySource(root: string): Promise<string> {
  const base = join(root, 'usr/lib');
  const triplet = (await readdir(base)).find((name) => name.endsWith('-linux-gnu'));
  if (!triplet) throw new Error('The unpacked packages have no library folder');
  return join(base, triplet);
}

async function copyLibraries(from: string, to: string, only = /^/): Promise<void> {
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const wanted = !entry.isDirectory() && SHARED_LIBRARY.test(entry.name) && only.test(entry.name);
    if (wanted) await cp(join(from, entry.name), join(to, basename(entry.name)), { verbatimSymlinks: true });
  }
}

async function realFiles(dir: string, only: RegExp): Promise<string[]> {
  const entries = await readdir(dir, { withFileTypes: true });
  return entries.filter((entry) => entry.isFile() && only.test(entry.name)).map((entry) => entry.name);
}
