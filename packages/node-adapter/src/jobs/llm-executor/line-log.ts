import { limits } from '@corral/core';

/** Hands on text line by line while it comes; blank lines are left out, and very long ones come in parts. */
export class LineLog {
  readonly #log: (line: string) => void;
  #rest = '';

  constructor(log: (line: string) => void) {
    this.#log = log;
  }

  write(text: string): void {
    // Only what is new is looked through: a model that never ends a line would cost more with every word.
    const [end = '', ...more] = text.split(/\r\n|\n|\r/);
    this.#rest += end;
    for (const line of more) {
      this.#say(this.#rest);
      this.#rest = line;
    }
    for (; this.#rest.length > limits.jobLogLength; this.#rest = this.#rest.slice(limits.jobLogLength))
      this.#say(this.#rest.slice(0, limits.jobLogLength));
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
