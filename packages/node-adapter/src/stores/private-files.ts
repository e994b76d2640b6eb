import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** Writes a file that only its owner may read, whole or not at all. */
export async function writePrivateFile(file: string, text: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  const temporary = `${file}.${process.pid}.tmp`;
  await writeFile(temporary, text, { mode: 0o600 });
  await rename(temporary, file);
}

/** The text of a file; `undefined` when it is not there. */
export async function readFileIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Removes a file; one that is gone is fine. */
export async function removeFile(file: string): Promise<void> {
  await rm(file, { force: true });
}

/** The text of a file, made and kept at its first use. */
export async function keptText(file: string, make: () => string): Promise<string> {
  const kept = (await readFileIfThere(file))?.trim();
  if (kept) return kept;
  const text = make();
  await writePrivateFile(file, `${text}\n`);
  return text;
}
