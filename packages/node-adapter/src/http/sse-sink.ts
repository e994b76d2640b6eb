import type { ServerResponse } from 'node:http';

/** Where the bytes of one stream go. */
export interface SseSink {
  /** Bytes written and not yet taken by the reader. */
  readonly bufferedBytes: number;
  write(bytes: Uint8Array): void;
  /** Calls back each time everything written was taken. */
  onDrain(callback: () => void): void;
  /** Calls back once when the stream is over, from either side. */
  onClose(callback: () => void): void;
  /** Ends the stream after what is written. */
  end(): void;
  /** Cuts the stream. */
  destroy(): void;
}

/** A Node response as sink: the shared bytes go to the socket without a copy per reader. */
export class NodeSseSink implements SseSink {
  readonly #response: ServerResponse;

  constructor(response: ServerResponse) {
    this.#response = response;
    // A reader that goes away in the middle of a write is no news.
    response.on('error', () => {});
  }

  get bufferedBytes(): number {
    return this.#response.writableLength;
  }

  write(bytes: Uint8Array): void {
    if (!this.#response.writableEnded && !this.#response.destroyed) this.#response.write(bytes);
  }

  onDrain(callback: () => void): void {
    this.#response.on('drain', callback);
  }

  onClose(callback: () => void): void {
    if (this.#response.destroyed) callback();
    else this.#response.once('close', callback);
  }

  end(): void {
    this.#response.end();
  }

  destroy(): void {
    this.#response.destroy();
  }
}

/** A web stream as sink, for every runtime that takes a `Response`. */
export class WebSseSink implements SseSink {
  readonly readable: ReadableStream<Uint8Array>;
  #controller!: ReadableStreamDefaultController<Uint8Array>;
  #onDrain: () => void = () => {};
  #onClose: () => void = () => {};
  #closed = false;
  readonly #highWaterMark = 1024 * 1024;

  constructor() {
    this.readable = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        pull: () => {
          if (this.bufferedBytes === 0) this.#onDrain();
        },
        cancel: () => this.#close(),
      },
      { highWaterMark: this.#highWaterMark, size: (chunk) => chunk.byteLength },
    );
  }

  get bufferedBytes(): number {
    return this.#highWaterMark - (this.#controller.desiredSize ?? this.#highWaterMark);
  }

  write(bytes: Uint8Array): void {
    if (!this.#closed) this.#controller.enqueue(bytes);
  }

  onDrain(callback: () => void): void {
    this.#onDrain = callback;
  }

  onClose(callback: () => void): void {
    if (this.#closed) callback();
    else this.#onClose = callback;
  }

  end(): void {
    if (!this.#closed) this.#controller.close();
    this.#close();
  }

  destroy(): void {
    if (!this.#closed) this.#controller.error(new Error('The stream was cut: its reader took nothing'));
    this.#close();
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#onClose();
  }
}
