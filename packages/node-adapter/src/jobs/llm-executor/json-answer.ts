import type { JobContext } from '@corral/core';
import { type JsonRecord, parseJson, recordOf } from '../../probes/json-values.js';
import type { HeldPlace, ModelAsk, ModelCaller } from './model-caller.js';

/** Something that is asked for as JSON. */
export interface JsonAsk<Value> {
  /** For the log: `plan`, `judgement`. */
  readonly what: string;
  /** @param isTight for the second try: the first answer did not fit, so the schema should leave less room */
  readonly ask: (isTight: boolean) => ModelAsk;
  /** `undefined` when it is not what was asked for. */
  readonly read: (answer: JsonRecord) => Value | undefined;
}

/** Asks twice at most; `undefined` when neither answer could be read. @throws as {@link ModelCaller.ask} */
export async function askForJson<Value>(
  caller: ModelCaller,
  held: HeldPlace,
  { what, ask, read }: JsonAsk<Value>,
  context: JobContext,
): Promise<Value | undefined> {
  for (const isTight of [false, true]) {
    const { text, finishReason } = await caller.ask(held, ask(isTight), context);
    const object = firstJsonObject(text);
    const value = object && read(object);
    if (value !== undefined) return value;
    const why =
      finishReason === 'length' ? 'it was cut off at its limit of tokens' : 'it is not the JSON asked for';
    context.log.warn(`The ${what} of ${held.place.model} cannot be used: ${why}`);
  }
  return undefined;
}

/** The first JSON object in a text, whatever stands around it; `undefined` when there is none. */
export function firstJsonObject(text: string): JsonRecord | undefined {
  const whole = parseJson(text.trim());
  if (whole !== undefined) return isObject(whole) ? recordOf(whole) : undefined;
  // A text full of braces must not take forever.
  let tries = 20;
  for (let from = text.indexOf('{'); from >= 0 && tries > 0; from = text.indexOf('{', from + 1), tries--) {
    const end = endOfObject(text, from);
    if (end === undefined) continue;
    const value = parseJson(text.slice(from, end));
    if (isObject(value)) return recordOf(value);
  }
  return undefined;
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Where the object ends that begins at `from`: braces in strings do not count. */
function endOfObject(text: string, from: number): number | undefined {
  let depth = 0;
  let isQuoted = false;
  for (let at = from; at < text.length; at++) {
    const character = text[at];
    if (isQuoted && character === '\\') at++;
    else if (character === '"') isQuoted = !isQuoted;
    else if (isQuoted) continue;
    else if (character === '{') depth++;
    else if (character === '}' && --depth === 0) return at + 1;
  }
  return undefined;
}
