/** What may not stand in a text that is stored and shown: controls but line ends and tabs, and marks that turn text round. */
const harmful =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** A text in which halves of characters, which cannot be stored, are marked as such. */
export function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\ufffd');
}

/** A text of a model without harmful characters and blank ends, cut to a length; empty for what is no text. */
export function cleanText(value: unknown, maxLength: number): string {
  if (typeof value !== 'string') return '';
  return wellFormed(wellFormed(value).replace(harmful, '').trim().slice(0, maxLength)).trim();
}
