import { copyFile, rename } from 'node:fs/promises';
import { runChecked } from './run-command.ts';

/** What {@link patchProgram} writes into a program. */
export interface ProgramPatch {
  /** Absolute path of the dynamic loader: the kernel does not know `$ORIGIN`. */
  readonly interpreter: string;
  /** Where libraries lie, usually relative to `$ORIGIN`. */
  readonly rpath: string;
}

/**
 * Makes a program use its own loader and libraries instead of the system's.
 *
 * Writes DT_RPATH, not DT_RUNPATH: only the former also serves the libraries' own dependencies and plug-ins
 * opened later. The change is atomic, so a running copy is not disturbed.
 */
export async function patchProgram(patchelf: string, program: string, patch: ProgramPatch): Promise<void> {
  const copy = `${program}.patching`;
  await copyFile(program, copy);
  await runChecked(patchelf, [
    '--set-interpreter',
    patch.interpreter,
    '--force-rpath',
    '--set-rpath',
    patch.rpath,
    copy,
  ]);
  await rename(copy, program);
}

/**
 * Drops the search path baked into a library. A library with a path of its own ignores the program's and would
 * look into the system's folders.
 */
export async function dropLibraryPath(patchelf: string, library: string): Promise<void> {
  await runChecked(patchelf, ['--remove-rpath', library]);
}
