import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import path from 'node:path';

/** Where `nvidia-smi` is: the first on PATH; `null` where there is none. */
export async function findNvidiaSmi(): Promise<string | null> {
  for (const folder of (process.env['PATH'] ?? '').split(path.delimiter).filter(Boolean)) {
    const program = path.join(folder, process.platform === 'win32' ? 'nvidia-smi.exe' : 'nvidia-smi');
    const isThere = await access(program, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return program;
  }
  return null;
}
