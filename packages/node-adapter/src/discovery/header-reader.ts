import { type BigIntStats, constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { type GgufHeader, readGgufHeader } from './gguf-header.js';
import { GgufRejection } from './gguf-rejection.js';

/** What is known of one file after it was looked at. */
export interface HeaderReading {
  readonly sizeBytes: number;
  readonly header: GgufHeader | GgufRejection;
}

/** Readings by the version of the file: see {@link versionOf}. */
export type Readings = ReadonlyMap<string, HeaderReading>;

/**
 * Changes whenever the file does. Its time of change counts beside the time of modification: tools that copy set the
 * latter as they like, and rights change only the former.
 */
function versionOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join(':');
}

/** Reads the headers of one scan, and of the scan before knows what has not changed since. */
export class HeaderReader {
  readonly #before: Readings;
  readonly #readings = new Map<string, HeaderReading>();

  constructor(before: Readings) {
    this.#before = before;
  }

  /** What this scan has read, for the next one. Files that are gone are not in it. */
  get readings(): Readings {
    return this.#readings;
  }

  /** Never rejects: a file that cannot be read is a reading, too. */
  async read(path: string, stats: BigIntStats): Promise<HeaderReading> {
    const version = versionOf(stats);
    const known = this.#before.get(version) ?? this.#readings.get(version);
    if (known) {
      this.#readings.set(version, known);
      return known;
    }
    try {
      return await this.#readAnew(path);
    } catch (error) {
      const unreadable = new GgufRejection('unreadable', 'This file cannot be read');
      const header = error instanceof GgufRejection ? error : unreadable;
      return { sizeBytes: Number(stats.size), header };
    }
  }

  async #readAnew(path: string): Promise<HeaderReading> {
    // What was a file a moment ago may be a pipe by now, and opening that would wait for a writer.
    const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const stats = await handle.stat({ bigint: true });
      if (!stats.isFile()) throw new GgufRejection('unreadable', 'This is not a regular file');
      const sizeBytes = Number(stats.size);
      const header = await readGgufHeader(handle, sizeBytes).catch(asRejection);
      const reading = { sizeBytes, header };
      this.#readings.set(versionOf(stats), reading);
      return reading;
    } finally {
      await handle.close();
    }
  }
}

function asRejection(error: unknown): GgufRejection {
  if (error instanceof GgufRejection) return error;
  throw error;
}
