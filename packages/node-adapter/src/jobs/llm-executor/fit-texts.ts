import { wellFormed } from './clean-text.js';

const cutMark = '\n[…]\n';

/**
 * Cuts texts so that together they have at most about `roomChars` characters. Short ones stay whole and leave what they do
 * not need to the others; of a long one the beginning and the end stay.
 */
export function fitTexts(texts: readonly string[], roomChars: number): string[] {
  const lengths = texts.map(({ length }) => length).sort((a, b) => a - b);
  let room = Math.max(0, roomChars);
  let share = room;
  for (const [place, length] of lengths.entries()) {
    share = Math.floor(room / (lengths.length - place));
    if (length > share) break;
    room -= length;
    share = Number.POSITIVE_INFINITY;
  }
  return texts.map((text) => cut(text, share));
}

function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  const kept = Math.max(0, most - cutMark.length);
  const head = Math.ceil((kept * 2) / 3);
  const tail = kept - head;
  // A cut may fall into a pair of surrogates.
  return wellFormed(text.slice(0, head) + cutMark + (tail > 0 ? text.slice(-tail) : ''));
}
