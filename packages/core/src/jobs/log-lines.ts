import { limits } from '../limits.js';
import { wellFormed, withoutHalf } from './plain-text.js';

/** Escape sequences of terminals: colours, links, cursor moves. */
const terminalSequences =
  /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[@-Z\\-_])|\u009b[0-?]*[ -/]*[@-~]/gu;

/** Controls but the tab, halves of characters, and what turns the direction of the text around it. */
const unshowable = /[^\P{Cc}\t]|[\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/** Characters of one message that are looked at, and lines that are made of it. */
const most = { characters: limits.jobMost.outputBytes, lines: 1000 } as const;

/**
 * Makes lines of a log out of a message: secrets taken out, without anything that a terminal or a reader of
 * bidirectional text would obey, none longer than `limits.jobLogLength`.
 */
export function logLines(message: string, redact: (text: string) => string): readonly string[] {
  const text = redacted(message.slice(0, most.characters), redact);
  const lines = text
    .split(/\r\n|[\n\r]/u)
    .map(shownLine)
    .filter((line, _index, { length }) => length === 1 || line.trim() !== '');
  if (lines.length <= most.lines) return lines;
  return [...lines.slice(0, most.lines), `${lines.length - most.lines} more lines were left out`];
}

function shownLine(line: string): string {
  const clean = wellFormed(line.replace(terminalSequences, '').replace(unshowable, ''));
  if (clean.length <= limits.jobLogLength) return clean;
  // The cut may fall into the middle of a character.
  return `${withoutHalf(clean.slice(0, limits.jobLogLength - 1))}…`;
}

/** A redaction that fails must not let the text pass, nor harm whoever has something to say. */
function redacted(text: string, redact: (text: string) => string): string {
  try {
    return redact(text);
  } catch {
    return 'A line was left out: its secrets could not be taken out';
  }
}
