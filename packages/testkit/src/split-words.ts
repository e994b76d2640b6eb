/** A word or a mark of a text. */
export interface Word {
  readonly text: string;
  /** Whether a space stands before it. */
  readonly spaced: boolean;
}

/**
 * Cuts a paragraph into words and punctuation marks; joined again with their spaces they give the paragraph.
 * A closing quotation mark stays with the mark before it, which tells it from an opening one.
 */
export function splitWords(paragraph: string): Word[] {
  const words: Word[] = [];
  for (const match of paragraph.matchAll(/(\s*)([A-Za-z]+|[.,?!]"|[^\sA-Za-z])/g)) {
    words.push({ text: match[2] ?? '', spaced: (match[1] ?? '') !== '' });
  }
  return words;
}
