import { utf8Bytes, wellFormed } from './plain-text.js';
import type { RequestProblems } from './request-problems.js';

/** Fields by their names in camelCase, whichever way they were written. */
export type RequestFields = ReadonlyMap<string, unknown>;

/** A range of numbers. */
export interface NumberRange {
  readonly above?: number;
  readonly least?: number;
  readonly most: number;
  readonly whole?: boolean;
}

/** Controls but tab and line breaks, halves of characters, and what turns the direction of the text around it. */
const unreadable = /[^\P{Cc}\t\n\r]|\p{Cs}|[\u202a-\u202e\u2066-\u2069]/u;

/** What a text of one line must not hold. */
const unfitForLine = /[\p{Cc}\p{Cs}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/u;

/** The fields of an object, `undefined` where it is none. Fields that nobody knows are problems. */
export function readFields(
  value: unknown,
  known: readonly string[],
  prefix: string,
  problems: RequestProblems,
): RequestFields | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    problems.add(prefix, 'invalid_job', 'Expected an object with fields');
    return undefined;
  }
  const names = new Map(known.flatMap((name) => [[name, name] as const, [snakeCase(name), name] as const]));
  const fields = new Map<string, unknown>();
  for (const [key, field] of Object.entries(value)) {
    const name = names.get(key);
    if (!name) problems.add(fieldName(prefix, shownKey(key)), 'invalid_job', 'There is no such field');
    else if (fields.has(name))
      problems.add(
        fieldName(prefix, name),
        'invalid_job',
        `Expected it once, not also as ${snakeCase(name)}`,
      );
    else if (field !== undefined) fields.set(name, field);
  }
  return fields;
}

/** The name of a field inside of another one. */
export function fieldName(prefix: string, name: string | number): string {
  return prefix === '' ? `${name}` : `${prefix}.${name}`;
}

/** A number in its range; `undefined` for one that is none. */
export function readNumber(
  field: string,
  value: unknown,
  range: NumberRange,
  problems: RequestProblems,
): number | undefined {
  const { above = -Infinity, least = -Infinity, most, whole = false } = range;
  const expected = `Expected a ${whole ? 'whole ' : ''}number ${
    above > -Infinity ? `above ${above} and at most ${most}` : `from ${least} to ${most}`
  }`;
  if (typeof value !== 'number') {
    problems.add(field, 'invalid_job', expected);
    return undefined;
  }
  const isInside = value > above && value >= least && value <= most && !Object.is(value, -0);
  if (isInside && (!whole || Number.isSafeInteger(value))) return value;
  problems.add(field, 'out_of_range', expected);
  return undefined;
}

/** A text of any number of lines, with something in it. */
export function readText(
  field: string,
  value: unknown,
  mostBytes: number,
  problems: RequestProblems,
): string | undefined {
  if (typeof value !== 'string' || value.trim() === '')
    problems.add(field, 'invalid_job', 'Expected a text that is not empty');
  else if (value.length > mostBytes || utf8Bytes(value) > mostBytes)
    problems.add(field, 'limit_exceeded', `Expected at most ${mostBytes} bytes`);
  else if (unreadable.test(value))
    problems.add(field, 'invalid_job', 'Expected a text without control characters and halves of characters');
  else return value;
  return undefined;
}

/** A text of one line. */
export function readLine(
  field: string,
  value: unknown,
  mostLength: number,
  problems: RequestProblems,
): string | undefined {
  if (typeof value !== 'string' || value.trim() === '')
    problems.add(field, 'invalid_job', 'Expected a text that is not empty');
  // Before anything that takes its time with a long one.
  else if (value.length > mostLength)
    problems.add(field, 'limit_exceeded', `Expected at most ${mostLength} characters`);
  else if (unfitForLine.test(value))
    problems.add(field, 'invalid_job', 'Expected one line of visible characters');
  else return value.normalize('NFC').trim();
  return undefined;
}

/** A list of at most so many entries. */
export function readList(
  field: string,
  value: unknown,
  most: number,
  problems: RequestProblems,
): readonly unknown[] | undefined {
  if (!Array.isArray(value)) problems.add(field, 'invalid_job', 'Expected a list');
  else if (value.length > most) problems.add(field, 'limit_exceeded', `Expected at most ${most} entries`);
  // Spread, as a hole in a list would be passed over otherwise.
  else return [...(value as readonly unknown[])];
  return undefined;
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/gu, (letter) => `_${letter.toLowerCase()}`);
}

/** A key of somebody else, fit to be shown. */
function shownKey(key: string): string {
  return wellFormed(key.slice(0, 64)).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\ufffd');
}
