/** Longer events are no deltas of a model; a server that never ends a line must not fill our memory. */
const maxEventLength = 4 * 1024 * 1024;

/**
 * Reads the data of server-sent events out of bytes as they come, cut anywhere: lines end with LF, CRLF or CR, several
 * `data:` lines make one event, comments and other fields are left out, and characters may be cut in two.
 *
 * Two habits of servers that are not in the standard are understood as well: `error: {…}` of older llama-servers, and a
 * line that is a JSON object without any field name. Each is an event of its own.
 */
export class SseDataReader {
  readonly #decoder = new TextDecoder();
  #line = '';
  #data: string | undefined;
  #endedWithCr = false;
  #tooLong = false;

  /** Whether an event was longer than anything a model says. Nothing more is read then. */
  get isTooLong(): boolean {
    return this.#tooLong;
  }

  /** The data of the events that these bytes complete. */
  push(bytes: Uint8Array): string[] {
    return this.#read(this.#decoder.decode(bytes, { stream: true }));
  }

  /** Nothing more comes: the data of a last event without its blank line. */
  end(): string[] {
    const events = this.#read(this.#decoder.decode());
    this.#takeLine(this.#line, events);
    this.#line = '';
    this.#finishEvent(events);
    return events;
  }

  #read(decoded: string): string[] {
    const events: string[] = [];
    if (this.#tooLong || decoded === '') return events;
    // The LF of a CRLF that was cut in two.
    const text = this.#endedWithCr && decoded.startsWith('\n') ? decoded.slice(1) : decoded;
    this.#endedWithCr = decoded.endsWith('\r');
    const lines = text.split(/\r\n|\n|\r/);
    const rest = lines.pop() ?? '';
    for (const line of lines) {
      this.#takeLine(this.#line + line, events);
      this.#line = '';
    }
    this.#line += rest;
    if (this.#line.length + (this.#data?.length ?? 0) > maxEventLength) {
      this.#tooLong = true;
      this.#line = '';
      this.#data = undefined;
    }
    return events;
  }

  #takeLine(line: string, events: string[]): void {
    if (line === '') this.#finishEvent(events);
    else if (line.startsWith('{')) events.push(line);
    else {
      const colon = line.indexOf(':');
      const name = colon < 0 ? line : line.slice(0, colon);
      const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
      if (name === 'data') this.#data = this.#data === undefined ? value : `${this.#data}\n${value}`;
      else if (name === 'error') events.push(`{"error":${value}}`);
    }
  }

  #finishEvent(events: string[]): void {
    if (this.#data !== undefined) events.push(this.#data);
    this.#data = undefined;
  }
}
