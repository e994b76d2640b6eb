import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { AdapterError } from '../errors.js';
import { identify, isSameProcess, type ProcessIdentity } from '../process/process-identity.js';
import { readFileIfThere, removeFile, writePrivateFile } from './private-files.js';

/**
 * Takes the state directory for this process, so that two hubs never stop each other's servers.
 * A lock of a process that is gone is taken over.
 * @returns gives it back
 * @throws AdapterError `state_dir_locked`, `state_dir_unusable`
 */
export async function lockStateDir(stateDir: string): Promise<() => Promise<void>> {
  const file = path.join(stateDir, 'hub.lock');
  try {
    await mkdir(stateDir, { recursive: true, mode: 0o700 });
    const holder = parse(await readFileIfThere(file));
    if (holder && (await isSameProcess(holder))) {
      const who = holder.pid === process.pid ? 'this process' : `process ${holder.pid}`;
      throw new AdapterError(
        'state_dir_locked',
        `The state directory is in use by ${who}. Pass another one.`,
        {
          retryable: true,
        },
      );
    }
    await writePrivateFile(file, JSON.stringify(await identify(process.pid)));
  } catch (error) {
    if (error instanceof AdapterError) throw error;
    throw new AdapterError('state_dir_unusable', 'The state directory cannot be written', { cause: error });
  }
  return () => removeFile(file);
}

function parse(text: string | undefined): ProcessIdentity | undefined {
  try {
    const value = JSON.parse(text ?? '') as Partial<ProcessIdentity> | null;
    return typeof value?.pid === 'number' ? (value as ProcessIdentity) : undefined;
  } catch {
    return undefined;
  }
}
