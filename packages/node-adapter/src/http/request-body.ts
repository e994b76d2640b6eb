import { errorResponse } from './http-errors.js';
import { httpLimits } from './http-limits.js';

/**
 * What a command takes: nothing, or an empty JSON object. Anything else is refused, so that a form on another site, which
 * cannot send JSON without a preflight, can command nothing.
 * @returns the refusal, or nothing
 */
export async function refuseBody(request: Request): Promise<Response | undefined> {
  const type = request.headers.get('content-type');
  if (type !== null && !/^application\/json(;\s*charset=utf-8)?$/i.test(type)) {
    return errorResponse('unsupported_media_type');
  }
  let text: string | undefined;
  try {
    text = await readBounded(request);
  } catch {
    // The client left in the middle of its body: nobody is there to hear the answer.
    return errorResponse('bad_request');
  }
  if (text === undefined) return errorResponse('payload_too_large', { connection: 'close' });
  if (text === '') return undefined;
  if (type === null) return errorResponse('unsupported_media_type');
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return errorResponse('invalid_json');
  }
  const empty =
    typeof body === 'object' && body !== null && !Array.isArray(body) && Object.keys(body).length === 0;
  return empty ? undefined : errorResponse('unknown_field');
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
