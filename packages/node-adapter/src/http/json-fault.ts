/** What is wrong with a text that should be JSON, and where. */
export interface JsonFault {
  /** `duplicate_key` and `out_of_range`: JSON, of which parsing would silently drop or change something. */
  readonly kind: 'syntax' | 'duplicate_key' | 'out_of_range';
  /** Characters before it. */
  readonly offset: number;
  /** The field that it is about, such as `tasks.3.prompt`; empty for the whole. */
  readonly field: string;
}

/** What may come next in an object or array, or at the top. */
type Next = 'value' | 'first-value' | 'key' | 'first-key' | 'colon' | 'comma' | 'nothing';

interface Level {
  /** `undefined` for arrays. */
  readonly keys: Set<string> | undefined;
  /** The key or index that is being read. */
  at: string;
}

const token =
  /[\t\n\r ]*(?:([{}[\],:])|("[^"\\\x00-\x1f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*)*")|(-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)|true|false|null)/y;

/**
 * Reads JSON without making anything of it, and answers where it stops being JSON; `null` for no fault. Two things are faults
 * here that parsing lets pass: a key that is there twice, and a number that would become another one. The first of those
 * counts, in what is JSON.
 */
export function jsonFault(text: string): JsonFault | null {
  const levels: Level[] = [];
  let next: Next = 'value';
  let offset = 0;
  let doubtful: JsonFault | null = null;
  const fault = (kind: JsonFault['kind']): JsonFault => ({
    kind,
    offset: offset + blanks(text, offset),
    field: levels.map(({ at }) => at).join('.'),
  });
  for (;;) {
    token.lastIndex = offset;
    const match = token.exec(text);
    if (!match) {
      const isOver = next === 'nothing' && offset + blanks(text, offset) === text.length;
      return isOver ? doubtful : fault('syntax');
    }
    const [whole, mark, string, number] = match;
    const level = levels.at(-1);
    const takesValue: boolean = next === 'value' || next === 'first-value';
    if (mark === '{' || mark === '[') {
      if (!takesValue) return fault('syntax');
      levels.push({ keys: mark === '{' ? new Set() : undefined, at: mark === '{' ? '' : '0' });
      next = mark === '{' ? 'first-key' : 'first-value';
    } else if (mark === '}' || mark === ']') {
      const closes = level && (mark === '}') === (level.keys !== undefined);
      if (!closes || !['comma', mark === '}' ? 'first-key' : 'first-value'].includes(next))
        return fault('syntax');
      levels.pop();
      next = levels.length === 0 ? 'nothing' : 'comma';
    } else if (mark === ',') {
      if (next !== 'comma' || !level) return fault('syntax');
      if (!level.keys) level.at = `${Number(level.at) + 1}`;
      next = level.keys ? 'key' : 'value';
    } else if (mark === ':') {
      if (next !== 'colon') return fault('syntax');
      next = 'value';
    } else if (string !== undefined && (next === 'key' || next === 'first-key') && level?.keys) {
      level.at = JSON.parse(string) as string;
      if (level.keys.has(level.at)) doubtful ??= fault('duplicate_key');
      level.keys.add(level.at);
      next = 'colon';
    } else {
      if (!takesValue) return fault('syntax');
      if (number !== undefined && becomesAnother(number)) doubtful ??= fault('out_of_range');
      next = levels.length === 0 ? 'nothing' : 'comma';
    }
    offset += whole.length;
  }
}

/** Where a place in a text is, as people count: from 1. */
export function placeIn(text: string, offset: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, offset).split(/\r\n|\r|\n/);
  return { line: before.length, column: (before.at(-1) ?? '').length + 1 };
}

function blanks(text: string, offset: number): number {
  return /^[\t\n\r ]*/.exec(text.slice(offset))?.[0].length ?? 0;
}

/** Whether a number is infinite, a whole one that is not exact, a zero that was none, or minus zero. */
function becomesAnother(source: string): boolean {
  const value = Number(source);
  if (!Number.isFinite(value) || Object.is(value, -0)) return true;
  if (value === 0) return /^[^eE]*[1-9]/.test(source);
  return Number.isInteger(value) && !Number.isSafeInteger(value);
}
