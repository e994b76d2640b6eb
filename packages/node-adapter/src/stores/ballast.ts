import { randomBytes } from 'node:crypto';
import { rmSync, statfsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type Clock, systemClock } from '@corral/core';
import { sizeOf } from './sqlite-files.js';

/** How large a {@link Ballast} is, and when it is made. */
export interface BallastOptions {
  /** Default: 4 MiB. */
  readonly bytes?: number;
  /** Free bytes that the disk must have before any are taken from it. Default: 64 MiB. */
  readonly roomBytes?: number;
  readonly clock?: Clock;
}

/** Milliseconds between two looks at whether there is room again. */
const lookAgainMs = 10_000;

/**
 * A file whose only use is to be given up. On a full disk even a delete needs space, for the log of the store; without this
 * nobody could make room from within. Whatever goes wrong with it is kept quiet: it is a help, not a condition.
 */
export class Ballast {
  readonly #file: string;
  readonly #bytes: number;
  readonly #roomBytes: number;
  readonly #clock: Clock;
  #isThere = false;
  #nextLook = -Infinity;

  constructor(file: string, options: BallastOptions = {}) {
    const { bytes = 4 * 1024 ** 2, roomBytes = 64 * 1024 ** 2, clock = systemClock } = options;
    this.#file = file;
    this.#bytes = bytes;
    this.#roomBytes = roomBytes;
    this.#clock = clock;
  }

  /** Makes it where it is missing and there is room. Looks every ten seconds at most, so it may be called all the time. */
  keep(): void {
    if (this.#isThere || this.#clock.now() < this.#nextLook) return;
    this.#nextLook = this.#clock.now() + lookAgainMs;
    try {
      this.#isThere = sizeOf(this.#file) === this.#bytes || this.#make();
    } catch {
      // The disk filled up meanwhile, or does not say how full it is. What was written of it is in the way.
      this.#remove();
    }
  }

  /** Gives its space back to the disk. @returns whether there was any to give */
  free(): boolean {
    this.#isThere = false;
    this.#nextLook = this.#clock.now() + lookAgainMs;
    return sizeOf(this.#file) > 0 && this.#remove();
  }

  #make(): boolean {
    const { bavail, bsize } = statfsSync(path.dirname(this.#file));
    if (bavail * bsize < this.#roomBytes) return false;
    // Random, since some file systems give zeroes no space.
    writeFileSync(this.#file, randomBytes(this.#bytes), { mode: 0o600 });
    return true;
  }

  #remove(): boolean {
    try {
      rmSync(this.#file, { force: true });
      return true;
    } catch {
      return false;
    }
  }
}
