import { setTimeout as sleep } from 'node:timers/promises';

/** Sends a signal to a whole process group; a group that is gone is fine. */
export function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if (!isErrno(error, 'ESRCH') && !isErrno(error, 'EPERM')) throw error;
  }
}

/** Resolves with true when `done` does within `ms`, else with false. Leaves no timer. */
export async function within(ms: number, done: Promise<unknown>): Promise<boolean> {
  const timeout = new AbortController();
  const late = sleep(ms, false, { signal: timeout.signal }).catch(() => false);
  const settled = await Promise.race([done.then(() => true), late]);
  timeout.abort();
  return settled;
}

/** Whether an error of a system call has this code. */
export function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
