/** One event, serialised once and shared by every reader. */
export interface SseFrame {
  readonly id: string;
  readonly event: string;
  readonly bytes: Uint8Array;
  /** Must reach every reader that survives, however slow. */
  readonly critical: boolean;
}

const encoder = new TextEncoder();

/**
 * Serialises an event by the rules of the WHATWG text. `data` may hold any text: every line of it gets a field of its
 * own. Without a name it is a plain message. @throws RangeError when `id` or `event` holds a line break or NUL, which would forge other fields
 */
export function sseFrame(id: string, event: string, data: string, critical = false): SseFrame {
  for (const field of [id, event]) {
    if (/[\r\n\0]/.test(field)) throw new RangeError('Expected `id` and `event` without line breaks or NUL');
  }
  const lines = data.split(/\r\n|\r|\n/).map((line) => `data: ${line}\n`);
  return {
    id,
    event,
    critical,
    bytes: encoder.encode(`${field('id', id)}${field('event', event)}${lines.join('')}\n`),
  };
}

function field(name: string, value: string): string {
  return value === '' ? '' : `${name}: ${value}\n`;
}

/** A comment that keeps the connection open. */
export const heartbeat: Uint8Array = encoder.encode(':\n\n');

/** Tells the reader how long to wait before it comes back. */
export function retryField(ms: number): Uint8Array {
  return encoder.encode(`retry: ${Math.round(ms)}\n\n`);
}
