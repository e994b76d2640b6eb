import type { JobLogLevel } from '@corral/core';
import type { KeptLine, KeptLines } from './kept-lines.js';

/** Pixels from one line to the next; the styles say the same. */
export const rowHeight = 18;

/** Lines that are shown where lines may be of any height. */
export const wrappedCount = 500;

/** Lines that are drawn above and below of what can be seen: a quick hand must not see holes. */
const margin = 12;

/** Some lines, and how many of their level are before them. */
export interface Window {
  readonly from: number;
  readonly lines: readonly KeptLine[];
}

/**
 * The place in a log that someone reads. It is the end, which moves on with each line, or a line that stays where it is
 * whatever comes after it and whatever is dropped before it.
 */
export class LogPlace {
  readonly #lines: KeptLines;
  #topNumber = 0;
  #offset = 0;
  #leftAt = 0;

  constructor(lines: KeptLines) {
    this.#lines = lines;
  }

  /** Someone leaves the end: what comes from now on is new to them. */
  leaveEnd(): void {
    this.#leftAt = this.#lines.end;
  }

  /** Someone reads at so many pixels from the beginning. */
  moveTo(level: JobLogLevel, top: number): void {
    const place = Math.max(0, Math.floor(top / rowHeight));
    const [line] = this.#lines.slice(level, place, place + 1);
    this.#topNumber = line?.number ?? this.#lines.end;
    this.#offset = top - place * rowHeight;
  }

  /** How many pixels from the beginning the line is by now that someone reads. */
  topOf(level: JobLogLevel): number {
    const place = this.#lines.countBefore(level, this.#topNumber);
    return place === 0 && this.#topNumber < this.#lines.dropped ? 0 : place * rowHeight + this.#offset;
  }

  /** How many lines came since someone left the end. */
  newCount(level: JobLogLevel): number {
    return this.#lines.count(level) - this.#lines.countBefore(level, this.#leftAt);
  }

  /** The lines that can be seen in so many pixels of height. */
  seen(level: JobLogLevel, height: number, isAtEnd: boolean): Window {
    const visible = Math.ceil(height / rowHeight) + 1;
    const count = this.#lines.count(level);
    const first = isAtEnd ? count - visible : Math.floor(this.topOf(level) / rowHeight);
    const from = Math.max(0, Math.min(first, count - visible) - margin);
    return { from, lines: this.#lines.slice(level, from, Math.min(count, first + visible + margin)) };
  }

  /** The last lines of a level; while someone reads, those up to where they left the end. */
  wrapped(level: JobLogLevel, isAtEnd: boolean): Window {
    const end = isAtEnd ? this.#lines.count(level) : this.#lines.countBefore(level, this.#leftAt);
    const from = Math.max(0, end - wrappedCount);
    return { from, lines: this.#lines.slice(level, from, end) };
  }
}
