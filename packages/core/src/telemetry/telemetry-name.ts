import { limits } from '../limits.js';

/** What becomes `\u{…}`, as in names of the registry: controls, line separators, and what turns the direction of text. */
const unshowable = /[\p{Cc}\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/**
 * The name of a model or of a provider, fit to be shown and to be a key: at most 256 characters, without any that a
 * terminal obeys, and never empty. Half a surrogate pair would not come back from a store as it was.
 */
export function telemetryName(name: unknown): string {
  const most = limits.telemetryNameLength;
  const cut = typeof name === 'string' ? name.slice(0, most).trim() : '';
  const escaped = cut.replace(unshowable, (found) => `\\u{${found.codePointAt(0)?.toString(16) ?? ''}}`);
  return escaped.slice(0, most).replace(/\p{Cs}/gu, '\ufffd') || 'unknown';
}
