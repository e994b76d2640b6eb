/** Hears what passes. */
export interface PassedBodyListener {
  onBytes(bytes: Uint8Array): void;
  /** Once: the source ended, failed with `error`, or the reader let go of it. */
  onEnd(how: 'ended' | 'failed' | 'cancelled', error?: unknown): void;
}

/**
 * A body whose bytes a listener sees before its reader does. Nothing is kept, and the source is read only when its reader
 * asks for more.
 */
export function passedBody(
  source: ReadableStream<Uint8Array>,
  listener: PassedBodyListener,
): ReadableStream<Uint8Array> {
  const reader = source.getReader();
  // A source that fails while nobody reads has failed all the same.
  reader.closed.catch((error: unknown) => listener.onEnd('failed', error));
  return new ReadableStream({
    type: 'bytes',
    async pull(controller) {
      const bytes = await nextBytes(reader);
      if (bytes) {
        listener.onBytes(bytes);
        controller.enqueue(transferable(bytes));
        return;
      }
      listener.onEnd('ended');
      controller.close();
      // A reader that brought its own buffer waits for it.
      controller.byobRequest?.respond(0);
    },
    cancel(reason) {
      listener.onEnd('cancelled');
      return reader.cancel(reason);
    },
  });
}

async function nextBytes(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<Uint8Array | undefined> {
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return undefined;
    // A stream of bytes refuses nothing, literally.
    if (value.byteLength > 0) return value;
  }
}

/** The stream takes the buffer away from everyone else; one that holds more than these bytes is not ours to give. */
function transferable(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer } = bytes;
  const isAll = buffer instanceof ArrayBuffer && buffer.byteLength === bytes.byteLength;
  return isAll ? new Uint8Array(buffer) : new Uint8Array(bytes);
}
