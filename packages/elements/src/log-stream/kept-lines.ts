import { type JobLogEvent, type JobLogLevel, jobLogLevels } from '@corral/core';
import { TailList } from './tail-list.js';

/** A line with its number: numbers grow by one from line to line, whether older ones are still kept or not. */
export interface KeptLine {
  readonly number: number;
  readonly line: JobLogEvent;
}

/**
 * The newest lines of a log, and for each level which of them are at least as loud. Taking in a line costs the same
 * however many there are, and so does a look at some of those of one level.
 */
export class KeptLines {
  readonly #lines = new TailList<JobLogEvent>();
  readonly #numbers: Readonly<Record<JobLogLevel, TailList<number>>> = {
    debug: new TailList(),
    info: new TailList(),
    warn: new TailList(),
    error: new TailList(),
  };
  #max: number;
  #first = 0;
  #longest = 0;

  /** @param max how many lines are kept */
  constructor(max: number) {
    this.#max = max;
  }

  /** How many lines were dropped since the last {@link clear}. */
  get dropped(): number {
    return this.#first;
  }

  /** The number that the next line will have. */
  get end(): number {
    return this.#first + this.#lines.length;
  }

  /** The length of the longest message since the last {@link clear}. */
  get longest(): number {
    return this.#longest;
  }

  /** How many lines are kept that are at least as loud. */
  count(level: JobLogLevel): number {
    return this.#numbers[level].length;
  }

  /** Keeps another number of lines from now on. */
  setMax(max: number): void {
    this.#max = max;
    this.#dropOldest();
  }

  append(lines: readonly JobLogEvent[]): void {
    for (const line of lines) {
      const number = this.end;
      this.#lines.push(line);
      if (line.msg.length > this.#longest) this.#longest = line.msg.length;
      for (const level of levelsUpTo(line.level)) this.#numbers[level].push(number);
    }
    this.#dropOldest();
  }

  clear(): void {
    this.#first = 0;
    this.#longest = 0;
    this.#lines.clear();
    for (const level of jobLogLevels) this.#numbers[level].clear();
  }

  /** Lines that are at least as loud, from one place among them up to another one, without that. */
  slice(level: JobLogLevel, from: number, to: number): KeptLine[] {
    return this.#numbers[level].slice(from, to).flatMap((number) => {
      const line = this.#lines.at(number - this.#first);
      return line ? [{ number, line }] : [];
    });
  }

  /** How many lines that are at least as loud are before the line with this number. */
  countBefore(level: JobLogLevel, number: number): number {
    const numbers = this.#numbers[level];
    let from = 0;
    let to = numbers.length;
    while (from < to) {
      const middle = (from + to) >> 1;
      if ((numbers.at(middle) as number) < number) from = middle + 1;
      else to = middle;
    }
    return from;
  }

  #dropOldest(): void {
    const count = this.#lines.length - this.#max;
    if (count <= 0) return;
    this.#lines.drop(count);
    this.#first += count;
    for (const level of jobLogLevels) this.#numbers[level].drop(this.countBefore(level, this.#first));
  }
}

const upTo = new Map(jobLogLevels.map((level, i) => [level, jobLogLevels.slice(0, i + 1)]));

/** A line is shown at its own level and at those below. One of a level that a newer hub has is shown among all. */
function levelsUpTo(level: JobLogLevel): readonly JobLogLevel[] {
  return upTo.get(level) ?? ['debug'];
}
