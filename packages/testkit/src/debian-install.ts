import { access, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { patchProgram } from './elf-patch.ts';

/** What is known about an unpacked llama.cpp; written last, so its presence means "complete". */
export interface InstallMarker {
  /** Reported by the program itself. */
  readonly version: string;
  /** File name of the dynamic loader in `lib/`. */
  readonly loader: string;
  /** The absolute loader path written into the program; differs from the real one after a move. */
  readonly patchedFor: string;
}

const LIBRARY_PATH = '$ORIGIN/../lib';

/** The files of an unpacked llama.cpp in `dir`. */
export function installLayout(dir: string) {
  return {
    dir,
    bin: join(dir, 'bin'),
    lib: join(dir, 'lib'),
    doc: join(dir, 'doc'),
    server: join(dir, 'bin', 'llama-server'),
    patchelf: join(dir, 'bin', 'patchelf'),
    marker: join(dir, 'install.json'),
  };
}

/** The marker of a complete install, or `undefined` when there is none or its program is gone. */
export async function readInstall(dir: string): Promise<InstallMarker | undefined> {
  const { marker, server } = installLayout(dir);
  try {
    await access(server);
    const value: unknown = JSON.parse(await readFile(marker, 'utf8'));
    return isMarker(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Writes the marker whole or not at all. */
export async function writeInstall(dir: string, marker: InstallMarker): Promise<void> {
  const path = installLayout(dir).marker;
  await mkdir(dir, { recursive: true });
  await writeFile(`${path}.new`, `${JSON.stringify(marker, null, 2)}\n`);
  await rename(`${path}.new`, path);
}

/** The loader path that the program must name when the install lies in `dir`. */
export function loaderPath(dir: string, loader: string): string {
  return join(installLayout(dir).lib, loader);
}

/** Makes the program in `dir` run from `home`, which is where `dir` will lie in the end. */
export async function patchForHome(
  dir: string,
  home: string,
  loader: string,
  patchelf: string,
): Promise<void> {
  const interpreter = loaderPath(home, loader);
  await patchProgram(patchelf, installLayout(dir).server, { interpreter, rpath: LIBRARY_PATH });
}

function isMarker(value: unknown): value is InstallMarker {
  const marker = value as Partial<InstallMarker> | null;
  return [marker?.version, marker?.loader, marker?.patchedFor].every((field) => typeof field === 'string');
}
