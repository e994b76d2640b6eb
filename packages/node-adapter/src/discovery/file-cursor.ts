import { GgufRejection, implausible } from './gguf-rejection.js';

/** Most headers without a vocabulary fit in the first window; those with one take many more. */
const firstWindowBytes = 64 * 1024;
const windowBytes = 256 * 1024;

/** Eight times what the largest vocabularies take. What ends later was made to keep us busy. */
const maxHeaderBytes = 128 * 1024 * 1024;

/** What is needed of an open file. */
export interface ByteSource {
  /** Reads `length` bytes at `position` or fewer, 0 at the end. */
  read(buffer: Buffer, offset: number, length: number, position: number): Promise<{ bytesRead: number }>;
}

/**
 * Reads a header forwards, a window at a time. No length of the file is trusted: every step is checked against the
 * size of the file before it is taken.
 *
 * `need` comes before the reads of a fixed size; the reads themselves wait for nothing.
 */
export class FileCursor {
  /** Bytes of the whole file. */
  readonly size: number;
  readonly #source: ByteSource;
  #buffer: Buffer = Buffer.alloc(0);
  /** The part of the buffer that was filled. */
  #window: Buffer = this.#buffer;
  /** Where the window begins in the file. */
  #start = 0;
  /** Where the next read begins in the window; behind its end after a long skip. */
  #at = 0;

  constructor(source: ByteSource, size: number) {
    this.#source = source;
    this.size = size;
  }

  /** Where the next read begins in the file. */
  get position(): number {
    return this.#start + this.#at;
  }

  get remaining(): number {
    return this.size - this.position;
  }

  /**
   * Refuses a claim of `bytes` to come that the file has no room for.
   * @throws GgufRejection `incomplete` when the file ends before, `implausible` past the longest header
   */
  assertRoom(bytes: number): void {
    if (this.position + bytes > maxHeaderBytes)
      throw implausible('its header is longer than any model needs');
    if (bytes > this.remaining) throw endsEarly();
  }

  /**
   * Makes the next `bytes`, 64 KiB at most, ready to be read.
   * @throws GgufRejection as `assertRoom` does
   */
  async need(bytes: number): Promise<void> {
    if (this.#at + bytes <= this.#window.length) return;
    this.assertRoom(bytes);
    const start = this.position;
    const buffer = this.#bufferFor(start);
    let filled = 0;
    while (filled < bytes) {
      const length = Math.min(buffer.length, this.size - start) - filled;
      const { bytesRead } = await this.#source.read(buffer, filled, length, start + filled);
      // The file has become shorter since its size was asked.
      if (bytesRead === 0) throw endsEarly();
      filled += bytesRead;
    }
    this.#window = buffer.subarray(0, filled);
    this.#start = start;
    this.#at = 0;
  }

  /**
   * Moves on without reading.
   * @throws GgufRejection as `assertRoom` does
   */
  skip(bytes: number): void {
    this.assertRoom(bytes);
    this.#at += bytes;
  }

  /** Moves over strings until `count` are skipped or the window ends, and answers how many it were: one at least. */
  skipStrings(count: number): number {
    const window = this.#window;
    let at = this.#at;
    let skipped = 0;
    while (skipped < count && at + 8 <= window.length) {
      at += 8 + unsignedAt(window, at, 8);
      skipped += 1;
    }
    // Only the last string can leave the window, so one check of the file's end is enough for all.
    this.skip(at - this.#at);
    return skipped;
  }

  unsigned(bytes: number): number {
    const value = unsignedAt(this.#window, this.#at, bytes);
    this.#at += bytes;
    return value;
  }

  signed(bytes: number): number {
    const [window, at] = [this.#window, this.#at];
    this.#at += bytes;
    if (bytes < 8) return window.readIntLE(at, bytes);
    return window.readInt32LE(at + 4) * 2 ** 32 + window.readUInt32LE(at);
  }

  text(bytes: number): string {
    this.#at += bytes;
    return this.#window.toString('utf8', this.#at - bytes, this.#at);
  }

  #bufferFor(start: number): Buffer {
    const bytes = start === 0 ? firstWindowBytes : windowBytes;
    if (this.#buffer.length < bytes) this.#buffer = Buffer.allocUnsafe(bytes);
    return this.#buffer;
  }
}

/** Numbers of 8 bytes beyond 2⁵³ lose digits, and stay beyond it. */
function unsignedAt(window: Buffer, at: number, bytes: number): number {
  if (bytes < 8) return window.readUIntLE(at, bytes);
  return window.readUInt32LE(at + 4) * 2 ** 32 + window.readUInt32LE(at);
}

function endsEarly(): GgufRejection {
  return new GgufRejection('incomplete', 'This file is incomplete: it ends within its header');
}
