/** Hands on text line by line while it comes; blank lines are left out. */
export class LineLog {
  readonly #log: (line: string) => void;
  #rest = '';

  constructor(log: (line: string) => void) {
    this.#log = log;
  }

  write(text: string): void {
    const lines = (this.#rest + text).split(/\r\n|\n|\r/);
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#say(line);
  }

  /** The last line need not have an end. */
  end(): void {
    this.#say(this.#rest);
    this.#rest = '';
  }

  #say(line: string): void {
    if (line.trim() !== '') this.#log(line);
  }
}
