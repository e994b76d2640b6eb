import { chmodSync, closeSync, existsSync, mkdirSync, openSync, renameSync, statSync } from 'node:fs';
import path from 'node:path';
import { isErrno } from '../process/process-group.js';

/** What SQLite may put beside a database. */
const companions = ['-wal', '-shm', '-journal'];

/**
 * Makes the file of a store where there is none, and sees to it that only its owner may read it: keys of other servers are
 * in it. The files that SQLite puts beside it get the same mode.
 */
export function makePrivateFile(file: string): void {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  try {
    closeSync(openSync(file, 'wx', 0o600));
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) throw error;
    // By its path: opening and closing it here would drop the locks that this process holds on it through SQLite.
    if ((statSync(file).mode & 0o077) !== 0) chmodSync(file, 0o600);
  }
}

/**
 * Moves a store and what is beside it out of the way.
 * @returns the path that it has now
 */
export function setAside(file: string, atWall: number): string {
  const stamp = new Date(atWall).toISOString().replaceAll(/[-:.]/g, '');
  let aside = `${file}.corrupt-${stamp}`;
  for (let n = 2; ['', ...companions].some((suffix) => existsSync(aside + suffix)); n++)
    aside = `${file}.corrupt-${stamp}-${n}`;
  for (const suffix of ['', ...companions])
    if (existsSync(file + suffix)) renameSync(file + suffix, aside + suffix);
  return aside;
}

/** The size of a file in bytes; 0 when there is none. */
export function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
