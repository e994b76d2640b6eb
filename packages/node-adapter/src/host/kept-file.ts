import { closeSync, openSync, readSync } from 'node:fs';

/**
 * A file of /proc, /sys or a cgroup that is read again and again through one descriptor: each reading from the start makes
 * the kernel write it anew, at a fifth of what opening it costs.
 *
 * Synchronous: the kernel answers from counters, and a trip through the thread pool costs more.
 */
export class KeptFile {
  readonly #buffer: Buffer;
  #descriptor: number | null;

  /**
   * Opens the file; one that is not there, or may not be read, reads as `null` from then on.
   * @param mostBytes what is read of it at most; a line that does not fit is left out
   */
  constructor(path: string, mostBytes = 4096) {
    this.#buffer = Buffer.allocUnsafe(mostBytes);
    try {
      this.#descriptor = openSync(path, 'r');
    } catch {
      this.#descriptor = null;
    }
  }

  /** What it says now; `null` when that is not to be had. */
  read(): string | null {
    if (this.#descriptor === null) return null;
    try {
      const length = readSync(this.#descriptor, this.#buffer, 0, this.#buffer.length, 0);
      const text = this.#buffer.toString('latin1', 0, length);
      return length < this.#buffer.length ? text : text.slice(0, text.lastIndexOf('\n') + 1);
    } catch {
      return null;
    }
  }

  /** Gives the descriptor back. Idempotent. */
  close(): void {
    if (this.#descriptor !== null) closeSync(this.#descriptor);
    this.#descriptor = null;
  }
}
