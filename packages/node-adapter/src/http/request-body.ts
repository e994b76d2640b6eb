import { type BodyRules, isYaml } from './body-rules.js';
import { errorResponse, type HttpErrorCode } from './http-errors.js';
import { httpLimits } from './http-limits.js';
import { jsonFault, placeIn } from './json-fault.js';

/** A body as it was understood, or the refusal. YAML is read later, by the hub. */
export type ReadBody =
  | { readonly value: unknown }
  | { readonly yaml: string }
  | { readonly refusal: Response };

/**
 * Reads the JSON body of a request; no body at all reads as `undefined`. Anything that is not JSON is refused, so that a
 * form on another site, which cannot send JSON without a preflight, can command nothing. Where `rules` allow YAML, that
 * cannot be sent without one either.
 */
export async function readBody(request: Request, rules: BodyRules): Promise<ReadBody> {
  const type = request.headers.get('content-type');
  const yaml = type !== null && rules.yaml && isYaml(type);
  if (type !== null && !yaml && !/^application\/json(;\s*charset=utf-8)?$/i.test(type))
    return refused('unsupported_media_type');
  let bytes: Uint8Array | undefined;
  try {
    bytes = await readBounded(request, yaml ? httpLimits.yamlBytes : httpLimits.bodyBytes);
  } catch {
    // The client left in the middle of its body: nobody is there to hear the answer.
    return refused('bad_request');
  }
  if (bytes === undefined) {
    const code = yaml ? 'yaml_too_large' : 'payload_too_large';
    return { refusal: errorResponse(code, { connection: 'close' }) };
  }
  const text = textOf(bytes);
  if (yaml) return text === undefined ? refused('invalid_yaml', { problem: notUtf8 }) : { yaml: text };
  if (text === '') return { value: undefined };
  if (type === null) return refused('unsupported_media_type');
  return text === undefined ? refused('invalid_json', { problem: notUtf8 }) : readJson(text, rules);
}

/** Whether a body says nothing: what commands without arguments take. */
export function isEmptyBody(body: unknown): boolean {
  if (body === undefined) return true;
  return typeof body === 'object' && body !== null && !Array.isArray(body) && Object.keys(body).length === 0;
}

const notUtf8 = 'The text is not UTF-8';

function readJson(text: string, { exact }: BodyRules): ReadBody {
  let read: ReadBody;
  try {
    read = judged(JSON.parse(text));
  } catch {
    return invalidJson(text, jsonFault(text)?.offset ?? 0, 'This is not JSON');
  }
  if (!exact || 'refusal' in read) return read;
  const fault = jsonFault(text);
  if (fault?.kind === 'duplicate_key') return invalidJson(text, fault.offset, 'This key is there twice');
  if (fault?.kind !== 'out_of_range') return read;
  const fields = { [fault.field.slice(0, 64) || 'body']: 'Expected a number that can be kept exactly' };
  return refused('out_of_range', { fields, ...placeIn(text, fault.offset) });
}

function invalidJson(text: string, offset: number, problem: string): ReadBody {
  return refused('invalid_json', { ...placeIn(text, offset), problem });
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

function refused(code: HttpErrorCode, details?: Readonly<Record<string, unknown>>): ReadBody {
  return { refusal: errorResponse(code, {}, details) };
}

/** The text of these bytes with whatever it begins with; `undefined` when they are no UTF-8. */
function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** The body, counted by us whatever was announced; `undefined` when it is over the limit. */
async function readBounded(request: Request, most: number): Promise<Uint8Array | undefined> {
  if (!request.body) return new Uint8Array();
  const reader = (request.body as ReadableStream<Uint8Array>).getReader();
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return Buffer.concat(pieces);
    bytes += value.byteLength;
    if (bytes > most) {
      await reader.cancel();
      return undefined;
    }
    pieces.push(value);
  }
}
