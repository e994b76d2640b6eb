import { escapeControls, redact } from './redact.js';

/** Limits of a {@link LogTail}. */
export const logTailLimits = { lines: 2000, length: 1024 * 1024, lineLength: 8192 } as const;

const cutMark = ' …[cut]';

/**
 * Keeps the newest lines of a process, within 2,000 lines and 1 Mi characters. Each of its pipes is a stream of its own,
 * so that half a line of one is never glued to half a line of the other.
 */
export class LogTail {
  readonly #onLine: (line: string) => void;
  #lines: string[] = [];
  #length = 0;

  /** @param onLine hears every line as it is complete, already made safe */
  constructor(onLine: (line: string) => void = () => {}) {
    this.#onLine = onLine;
  }

  /** The kept lines, oldest first. */
  lines(): readonly string[] {
    return [...this.#lines];
  }

  /** One more pipe whose lines are kept. */
  stream(): LogStream {
    return new LogStream((line) => this.#add(redact(escapeControls(line))));
  }

  #add(line: string): void {
    this.#lines.push(line);
    this.#length += line.length;
    if (this.#lines.length > logTailLimits.lines || this.#length > logTailLimits.length) this.#dropOldest();
    this.#onLine(line);
  }

  /** Drops a tenth at once, so that a flood of lines costs no shift per line. */
  #dropOldest(): void {
    const most = { lines: logTailLimits.lines * 0.9, length: logTailLimits.length * 0.9 };
    let dropped = 0;
    while (this.#lines.length - dropped > most.lines || this.#length > most.length) {
      this.#length -= this.#lines[dropped++]?.length ?? 0;
    }
    this.#lines = this.#lines.slice(dropped);
  }
}

/** Splits the bytes of one pipe into lines. Invalid UTF-8 is replaced; a line over 8 KiB is cut with a mark. */
export class LogStream {
  readonly #onLine: (line: string) => void;
  readonly #decoder = new TextDecoder();
  #partial = '';
  #overlong = false;

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  /** Takes the next bytes. */
  write(chunk: Uint8Array): void {
    const pieces = this.#decoder.decode(chunk, { stream: true }).split('\n');
    pieces.forEach((piece, i) => {
      this.#extend(piece);
      if (i < pieces.length - 1) this.#endLine();
    });
  }

  /** Takes the end: what is left becomes a line. */
  end(): void {
    this.#extend(this.#decoder.decode());
    if (this.#partial !== '') this.#endLine();
  }

  #extend(piece: string): void {
    if (this.#overlong) return;
    this.#partial += piece;
    if (this.#partial.length <= logTailLimits.lineLength) return;
    this.#partial = this.#partial.slice(0, logTailLimits.lineLength) + cutMark;
    this.#overlong = true;
  }

  #endLine(): void {
    const line = this.#partial.replace(/\r$/, '');
    this.#partial = '';
    this.#overlong = false;
    this.#onLine(line);
  }
}
