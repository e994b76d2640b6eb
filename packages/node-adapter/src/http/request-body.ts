import { errorResponse, type HttpErrorCode } from './http-errors.js';
import { httpLimits } from './http-limits.js';

/** A body as it was understood, or the refusal. */
export type ReadBody = { readonly value: unknown } | { readonly refusal: Response };

/**
 * Reads the JSON body of a request; no body at all reads as `undefined`. Anything that is not JSON is refused, so that a
 * form on another site, which cannot send JSON without a preflight, can command nothing.
 */
export async function readBody(request: Request): Promise<ReadBody> {
  const type = request.headers.get('content-type');
  if (type !== null && !/^application\/json(;\s*charset=utf-8)?$/i.test(type))
    return refused('unsupported_media_type');
  let text: string | undefined;
  try {
    text = await readBounded(request);
  } catch {
    // The client left in the middle of its body: nobody is there to hear the answer.
    return refused('bad_request');
  }
  if (text === undefined) return { refusal: errorResponse('payload_too_large', { connection: 'close' }) };
  if (text === '') return { value: undefined };
  if (type === null) return refused('unsupported_media_type');
  try {
    return judged(JSON.parse(text));
  } catch {
    return refused('invalid_json');
  }
}

/** Whether a body says nothing: what commands without arguments take. */
export function isEmptyBody(body: unknown): boolean {
  if (body === undefined) return true;
  return typeof body === 'object' && body !== null && !Array.isArray(body) && Object.keys(body).length === 0;
}

/** Refuses what is nested too deeply to be copied safely, and keys that reach into prototypes. */
function judged(value: unknown): ReadBody {
  let level: unknown[] = [value];
  for (let depth = 1; level.length > 0; depth++) {
    const objects = level.filter((entry): entry is object => typeof entry === 'object' && entry !== null);
    if (objects.length > 0 && depth > httpLimits.bodyDepth) return refused('too_deep');
    if (objects.some((entry) => forbiddenKeys.some((key) => Object.hasOwn(entry, key))))
      return refused('forbidden_key');
    level = objects.flatMap((entry): unknown[] => Object.values(entry));
  }
  return { value };
}

const forbiddenKeys = ['__proto__', 'constructor', 'prototype'] as const;

function refused(code: HttpErrorCode): ReadBody {
  return { refusal: errorResponse(code) };
}

/** The body as text, counted by us whatever was announced; `undefined` when it is over the limit. */
async function readBounded(request: Request): Promise<string | undefined> {
  if (!request.body) return '';
  const decoder = new TextDecoder();
  const reader = (request.body as ReadableStream<Uint8Array>).getReader();
  let text = '';
  let bytes = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    bytes += value.byteLength;
    if (bytes > httpLimits.bodyBytes) {
      await reader.cancel();
      return undefined;
    }
    text += decoder.decode(value, { stream: true });
  }
}
