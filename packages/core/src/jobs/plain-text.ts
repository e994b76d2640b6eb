/** A text without halves of characters, which no encoding and no JSON reader elsewhere takes. */
export function wellFormed(text: string): string {
  return text.replace(/\p{Cs}/gu, '\ufffd');
}

/** Bytes of a text in UTF-8. */
export function utf8Bytes(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    // Both halves of a pair make four bytes together.
    if (unit > 0x7f) bytes += unit > 0x7ff && (unit < 0xd800 || unit > 0xdfff) ? 2 : 1;
  }
  return bytes;
}

/** The beginning of a text, as much as fits into so many bytes of UTF-8. */
export function cutToBytes(text: string, most: number): string {
  if (text.length * 3 <= most || utf8Bytes(text) <= most) return text;
  let cut = text.slice(0, most);
  while (utf8Bytes(cut) > most) cut = cut.slice(0, Math.floor(cut.length * 0.9));
  return withoutHalf(cut);
}

/** A text that was cut, without the first half of a character at its end. */
export function withoutHalf(cut: string): string {
  return cut.replace(/[\ud800-\udbff]$/, '');
}
