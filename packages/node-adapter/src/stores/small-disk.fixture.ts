import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import path from 'node:path';

/** Only root may mount one. */
export const canMount = process.platform === 'linux' && process.geteuid?.() === 0;

/** A disk in memory that is soon full. */
export class SmallDisk {
  readonly path: string;
  readonly #filler: string;

  constructor(folder: string, mebibytes: number) {
    this.path = path.join(folder, 'disk');
    this.#filler = path.join(this.path, 'filler');
    mkdirSync(this.path);
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'tmpfs', this.path]);
  }

  /** Takes all space that is left. */
  fill(): void {
    const file = openSync(this.#filler, 'a');
    const block = Buffer.alloc(65_536, 1);
    try {
      for (;;) writeSync(file, block);
    } catch {
      // It is full.
    } finally {
      closeSync(file);
    }
  }

  /** Gives all of it back. */
  clear(): void {
    rmSync(this.#filler, { force: true });
  }

  dispose(): void {
    execFileSync('umount', [this.path]);
  }
}
