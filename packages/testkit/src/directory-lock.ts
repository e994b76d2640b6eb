import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 100;
// Long enough for a slow disk between "directory made" and "owner written".
const UNOWNED_STALE_MS = 10_000;

/** Settings of {@link withDirectoryLock}. */
export interface DirectoryLockOptions {
  /** How long to wait for another living holder. Default: 15 minutes. */
  readonly timeoutMs?: number;
  /** Called once when somebody else holds the lock. */
  readonly onWait?: () => void;
}

/**
 * Runs `work` while holding a lock that other processes respect. The lock is a directory, because `mkdir` is
 * atomic everywhere; it names its holder, so one left by a dead process is taken over.
 *
 * @throws Error when a living holder keeps it beyond `timeoutMs`.
 */
export async function withDirectoryLock<T>(
  path: string,
  work: () => Promise<T>,
  options: DirectoryLockOptions = {},
): Promise<T> {
  const deadline = performance.now() + (options.timeoutMs ?? 900_000);
  let told = false;
  while (!(await tryMakeDir(path))) {
    if (await isAbandoned(path)) {
      await breakLock(path);
      continue;
    }
    if (!told) options.onWait?.();
    told = true;
    if (performance.now() > deadline) throw new Error(`Timed out waiting for the lock ${path}`);
    await sleep(POLL_MS);
  }
  try {
    await writeFile(join(path, 'owner'), `${process.pid} ${(await startTimeOf(process.pid)) ?? '-'}`);
    return await work();
  } finally {
    await rm(path, { recursive: true, force: true });
  }
}

async function tryMakeDir(path: string): Promise<boolean> {
  try {
    await mkdir(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Breakers take turns: without that, a slow one could remove the fresh lock which a faster one has taken since
 * both judged the old lock dead.
 */
async function breakLock(path: string): Promise<void> {
  const turn = `${path}.break`;
  if (!(await tryMakeDir(turn))) {
    if ((await ageMs(turn)) > UNOWNED_STALE_MS) await rm(turn, { recursive: true, force: true });
    await sleep(POLL_MS);
    return;
  }
  try {
    if (await isAbandoned(path)) await rm(path, { recursive: true, force: true });
  } finally {
    await rm(turn, { recursive: true, force: true });
  }
}

async function isAbandoned(path: string): Promise<boolean> {
  const owner = await readFile(join(path, 'owner'), 'utf8').catch(() => '');
  const [pidText = '', startTime = '-'] = owner.split(' ');
  const pid = Number.parseInt(pidText, 10);
  if (!Number.isInteger(pid)) return (await ageMs(path)) > UNOWNED_STALE_MS;
  if (!isAlive(pid)) return true;
  // The pid may meanwhile belong to somebody else: after a reboot, or in a cache moved to another machine.
  const now = await startTimeOf(pid);
  return startTime !== '-' && now !== undefined && now !== startTime;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Field 22 of Linux's `/proc/<pid>/stat`; unknown on other systems. */
async function startTimeOf(pid: number): Promise<string | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // The command name (field 2) may itself hold spaces and brackets: count from the last bracket.
  return text.slice(text.lastIndexOf(')') + 2).split(' ')[19];
}

async function ageMs(path: string): Promise<number> {
  const info = await stat(path).catch(() => undefined);
  return info ? Date.now() - info.mtimeMs : 0;
}
