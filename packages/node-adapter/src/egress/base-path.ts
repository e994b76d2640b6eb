import { refuseAddress } from './address-refusal.js';

const maxLength = 512;

/** What a URL parser leaves as it is, and escapes. */
const pathPattern = /^(?:[\w.~!$&'()*+,;=:@/-]|%[0-9a-f]{2})*$/i;

/** Escapes that a server may turn into `.`, `/`, `\`, `%`, a space or a control character after we judged the path. */
const trickyEscape = /%(?:2e|2f|5c|25|[01][0-9a-f]|20|7f)/i;

/**
 * Brings the path of an address into its one form: no slash at the end, empty for the root.
 * @throws CorralError `invalid_path`
 */
export function canonicalBasePath(path: string): string {
  if (path.length > maxLength) throw notAPath(`The path is longer than ${maxLength} characters`);
  if (/[?#]/.test(path)) throw notAPath('A path has no query and no fragment');
  if (path.includes('//')) throw notAPath('The path holds two slashes in a row');
  // `..` anywhere, since some servers take `/..;x/` for a step up; and a segment of one dot.
  if (path.includes('..') || /\/\.(?:[/;]|$)/.test(path))
    throw notAPath('The path must not step up or stand still');
  if (!pathPattern.test(path) || trickyEscape.test(path))
    throw notAPath('The path holds a character that it may not');
  return path.endsWith('/') ? path.slice(0, -1) : path;
}

function notAPath(words: string): Error {
  return refuseAddress('invalid_path', words);
}
