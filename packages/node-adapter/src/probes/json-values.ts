/** An object of unknown origin. */
export type JsonRecord = Readonly<Record<string, unknown>>;

/** Parses text of unknown origin; `undefined` when it is not JSON. Its size is capped by whoever read it. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The value as an object; an empty one when it is none. */
export function recordOf(value: unknown): JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonRecord) : {};
}

/** The value as a list of objects; `null` when it is no list. Members that are no objects become empty ones. */
export function recordsOf(value: unknown): readonly JsonRecord[] | null {
  return Array.isArray(value) ? value.map(recordOf) : null;
}

/** The value as a whole number from 0 up; `null` when it is none. */
export function countOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;
}

/** The value as text with something in it; `null` when it is none. */
export function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
