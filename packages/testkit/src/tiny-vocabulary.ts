import { splitWords, type Word } from './split-words.ts';

/** SentencePiece writes a space as this letter. */
export const SPACE = '\u2581';

/** llama.cpp's numbers for the kinds of vocabulary entries. */
export const TOKEN_TYPE = { normal: 1, unknown: 2, control: 3, unused: 5, byte: 6 } as const;

/** Ids of the three special tokens, in the order every SentencePiece vocabulary has them. */
export const SPECIAL = { unknown: 0, begin: 1, end: 2 } as const;

/** One entry of the vocabulary. */
export interface TinyToken {
  readonly text: string;
  readonly type: (typeof TOKEN_TYPE)[keyof typeof TOKEN_TYPE];
  /** Which component of the embedding stands for this token when it is the last one read. */
  readonly context: number;
}

/** A vocabulary and the text it was made from, as ids. */
export interface TinyVocabulary {
  readonly tokens: readonly TinyToken[];
  /** How many components an embedding needs. */
  readonly contexts: number;
  /** The paragraphs of the text; words without an entry are left out. */
  readonly paragraphs: readonly (readonly number[])[];
  readonly idOf: (text: string) => number | undefined;
}

/**
 * Makes a SentencePiece-style vocabulary of exactly `size` entries: specials, all bytes, printable ASCII and the
 * most frequent words of `text`; entries left over are marked unused.
 *
 * Tokens that say the same about what follows share a context: all bytes, and a word with and without its space.
 *
 * @throws RangeError when `size` leaves no room for words.
 */
export function makeTinyVocabulary(text: string, size: number): TinyVocabulary {
  const tokens: TinyToken[] = [];
  const ids = new Map<string, number>();
  let contexts = 0;
  const add = (tokenText: string, type: TinyToken['type'], context = contexts++) => {
    ids.set(tokenText, tokens.length);
    tokens.push({ text: tokenText, type, context });
  };

  add('<unk>', TOKEN_TYPE.unknown);
  add('<s>', TOKEN_TYPE.control);
  add('</s>', TOKEN_TYPE.control);
  for (let byte = 0; byte < 256; byte += 1) add(byteToken(byte), TOKEN_TYPE.byte, SPECIAL.unknown);
  add(SPACE, TOKEN_TYPE.normal);
  for (let code = 0x21; code < 0x7f; code += 1) add(String.fromCharCode(code), TOKEN_TYPE.normal);
  if (tokens.length + 32 > size)
    throw new RangeError(`Expected vocabSize to be at least ${tokens.length + 32}, got ${size}`);

  const paragraphs = text.split(/\n\s*\n/).map(splitWords);
  for (const form of frequentForms(paragraphs.flat())) {
    if (tokens.length === size) break;
    if (!ids.has(form)) add(form, TOKEN_TYPE.normal, contextOfTwin(form, ids, tokens));
  }
  while (tokens.length < size) add(`<unused_${tokens.length}>`, TOKEN_TYPE.unused, SPECIAL.unknown);

  const idOf = (form: string) => ids.get(form);
  const idsOf = (words: Word[]) => words.map((word) => idOf(formOf(word))).filter((id) => id !== undefined);
  return { tokens, contexts, paragraphs: paragraphs.map(idsOf), idOf };
}

/** The entry for a single byte, such as `<0x0A>`. */
function byteToken(byte: number): string {
  return `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`;
}

function formOf(word: Word): string {
  // An opening quotation mark keeps its space even at the start of a paragraph, so that speech is always one token.
  return word.spaced || word.text === '"' ? SPACE + word.text : word.text;
}

function frequentForms(words: readonly Word[]): string[] {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(formOf(word), (counts.get(formOf(word)) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1]).map(([form]) => form);
}

/** The context of the same word with or without its space, if that is already there. */
function contextOfTwin(form: string, ids: ReadonlyMap<string, number>, tokens: readonly TinyToken[]) {
  const bare = form.startsWith(SPACE) ? form.slice(1) : form;
  const twin = ids.get(form === bare ? SPACE + bare : bare);
  return twin === undefined ? undefined : tokens[twin]?.context;
}
