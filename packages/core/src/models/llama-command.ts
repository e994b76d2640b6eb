import { allowedFlag, checkFlags, type FlagField, type FlagProblem, fieldOf, isOurs } from './llama-flags.js';
import type { ModelSettings } from './model-settings.js';

const count = /^\d{1,9}$/;

/** What a pasted command line comes to. */
export interface ParsedCommand {
  readonly settings: Partial<ModelSettings>;
  /** What was left out, with the reason. */
  readonly leftOut: readonly FlagProblem[];
}

/**
 * Reads a command line of llama-server into settings. The program, the model and what the hub sets itself are left out
 * without a word; what is not allowed is named.
 */
export function parseLlamaCommand(text: string): ParsedCommand {
  const settings: { -readonly [Name in keyof ModelSettings]?: ModelSettings[Name] } = {};
  const extraFlags: string[] = [];
  const leftOut: FlagProblem[] = [];
  const given = wordsOf(text.slice(0, 16_384)).flatMap(splitAtEquals);
  for (let i = 0; i < given.length; i++) {
    const flag = given[i] as string;
    if (!flag.startsWith('-')) continue;
    const follows = given[i + 1];
    const field = fieldOf(flag);
    const known = allowedFlag(flag);
    if (field !== undefined) {
      const value = wholeNumber(field, follows);
      if (takesNext(follows)) i += 1;
      if (value === undefined) leftOut.push({ flag, reason: 'Expected a whole number after it' });
      else settings[field] = value;
    } else if (known) {
      const value = known.takesValue ? [takesNext(follows) ? (given[++i] ?? '') : ''] : [];
      const problem = checkFlags([flag, ...value])[0];
      if (problem) leftOut.push(problem);
      else extraFlags.push(known.name, ...value);
    } else if (!isOurs(flag)) leftOut.push(...checkFlags([flag]));
  }
  return { settings: extraFlags.length > 0 ? { ...settings, extraFlags } : settings, leftOut };
}

/** `-1` and `auto` and `all` are llama-server's own words for what these fields call 0 or "all". */
function wholeNumber(field: FlagField, word: string | undefined): number | undefined {
  if (field === 'nGpuLayers' && (word === 'auto' || word === 'all' || word === '-1')) return 99;
  if (word === '-1' && (field === 'parallel' || field === 'sleepIdleSeconds')) return 0;
  return word !== undefined && count.test(word) ? Number(word) : undefined;
}

/** Another flag is no value: what was a switch in an older llama-server must not swallow it. */
function takesNext(word: string | undefined): boolean {
  return word !== undefined && !/^-(?!\d)/.test(word);
}

function splitAtEquals(word: string): string[] {
  const at = word.startsWith('--') ? word.indexOf('=') : -1;
  return at === -1 ? [word] : [word.slice(0, at), word.slice(at + 1)];
}

/** Splits as a shell would for plain words: quotes hold words together, a backslash at a line's end joins lines. */
function wordsOf(text: string): string[] {
  const found = text.replace(/\\\r?\n/g, ' ').matchAll(/(?:[^\s"']|"[^"]*"?|'[^']*'?)+/g);
  return Array.from(found, ([word]) => word.replace(/["']/g, ''));
}
