const secretPatterns: readonly [RegExp, string][] = [
  [/\b(authorization\\?["']?\s*[:=]\s*\\?["']?(?:bearer|basic)\s+)[^\s"',;\\]+/gi, '$1[redacted]'],
  [/\b(bearer\s+)[A-Za-z0-9._~+/=-]{8,}/gi, '$1[redacted]'],
  [/((?:x-)?api[-_]?key\\?["']?\s*[:=]\s*\\?["']?)[^\s"',;&\\]+/gi, '$1[redacted]'],
  [/((?<![a-z])token\\?["']?\s*[:=]\s*\\?["']?)[^\s"',;&\\]{8,}/gi, '$1[redacted]'],
  [/\b(hf_|sk-|ghp_|xox[abp]-)[A-Za-z0-9_-]{8,}/g, '$1[redacted]'],
];

/** Takes out what looks like a key or a token. */
export function redact(text: string): string {
  return secretPatterns.reduce((safe, [pattern, replacement]) => safe.replace(pattern, replacement), text);
}

/**
 * Makes text of unknown origin harmless on a terminal and in a log: control, bidi and line-separator characters
 * become `\u{…}`, so one line stays one line and no escape sequence survives.
 */
export function escapeControls(text: string): string {
  return text.replace(
    /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/g,
    (character) => `\\u{${character.codePointAt(0)?.toString(16) ?? ''}}`,
  );
}
