import { escapeControls, redact } from './redact.js';

/** Limits of a {@link LogTail}. */
export const logTailLimits = { lines: 2000, bytes: 1024 * 1024, lineLength: 8192 } as const;

const cutMark = ' …[cut]';

/**
 * Splits a byte stream into lines and keeps the newest, within 2,000 lines and 1 MiB. Invalid UTF-8 is replaced,
 * a line over 8 KiB is cut with a mark, control characters are escaped and secrets taken out.
 */
export class LogTail {
  readonly #onLine: (line: string) => void;
  readonly #decoder = new TextDecoder();
  #lines: string[] = [];
  #bytes = 0;
  #partial = '';
  #overlong = false;

  /** @param onLine hears every line as it is complete, already made safe */
  constructor(onLine: (line: string) => void = () => {}) {
    this.#onLine = onLine;
  }

  /** The kept lines, oldest first. */
  lines(): readonly string[] {
    return [...this.#lines];
  }

  /** Takes the next bytes of the stream. */
  write(chunk: Uint8Array): void {
    const pieces = this.#decoder.decode(chunk, { stream: true }).split('\n');
    pieces.forEach((piece, i) => {
      this.#extend(piece);
      if (i < pieces.length - 1) this.#endLine();
    });
  }

  /** Takes the end of the stream: what is left becomes a line. */
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
    const line = redact(escapeControls(this.#partial.replace(/\r$/, '')));
    this.#partial = '';
    this.#overlong = false;
    this.#lines.push(line);
    this.#bytes += line.length;
    if (this.#lines.length > logTailLimits.lines || this.#bytes > logTailLimits.bytes) this.#dropOldest();
    this.#onLine(line);
  }

  /** Drops a tenth at once, so that a flood of lines costs no shift per line. */
  #dropOldest(): void {
    const most = { lines: logTailLimits.lines * 0.9, bytes: logTailLimits.bytes * 0.9 };
    let dropped = 0;
    while (this.#lines.length - dropped > most.lines || this.#bytes > most.bytes) {
      this.#bytes -= this.#lines[dropped++]?.length ?? 0;
    }
    this.#lines = this.#lines.slice(dropped);
  }
}
