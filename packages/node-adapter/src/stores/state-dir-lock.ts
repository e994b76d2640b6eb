import { randomBytes } from 'node:crypto';
import { link, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { AdapterError } from '../errors.js';
import { isErrno } from '../process/process-group.js';
import { identify, mayBeSameProcess, type ProcessIdentity } from '../process/process-identity.js';
import { readFileIfThere, removeFile } from './private-files.js';

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
    const ours = `${file}.${randomBytes(6).toString('hex')}.tmp`;
    await writeFile(ours, JSON.stringify(await identify(process.pid)), { mode: 0o600 });
    try {
      for (let attempt = 0; ; attempt++) {
        try {
          // Fails when there is one: of two that come at once only one gets through.
          await link(ours, file);
          break;
        } catch (error) {
          if (!isErrno(error, 'EEXIST') || attempt === 3) throw error;
          await clear(file);
        }
      }
    } finally {
      await rm(ours, { force: true });
    }
  } catch (error) {
    if (error instanceof AdapterError) throw error;
    throw new AdapterError('state_dir_unusable', 'The state directory cannot be written', { cause: error });
  }
  return () => removeFile(file);
}

/** Removes a lock whose holder is gone. @throws AdapterError `state_dir_locked` when the holder lives */
async function clear(file: string): Promise<void> {
  await refuseLiving(file);
  const aside = `${file}.${randomBytes(6).toString('hex')}.stale`;
  try {
    await rename(file, aside);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return;
    throw error;
  }
  try {
    // Someone may have cleared the old lock before us, and this one is theirs.
    await refuseLiving(aside);
  } catch (error) {
    await link(aside, file).catch(() => {});
    throw error;
  } finally {
    await rm(aside, { force: true });
  }
}

async function refuseLiving(file: string): Promise<void> {
  const holder = parse(await readFileIfThere(file));
  if (!holder || !(await mayBeSameProcess(holder))) return;
  const who = holder.pid === process.pid ? 'this process' : `process ${holder.pid}`;
  const message = `The state directory is in use by ${who}. Pass another one.`;
  throw new AdapterError('state_dir_locked', message, { retryable: true });
}

function parse(text: string | undefined): ProcessIdentity | undefined {
  try {
    const value = JSON.parse(text ?? '') as Partial<ProcessIdentity> | null;
    return typeof value?.pid === 'number' ? (value as ProcessIdentity) : undefined;
  } catch {
    return undefined;
  }
}
