import { describe, expect, it } from 'vitest';
import { CORPUS } from './corpus.ts';
import { makeTinyVocabulary, SPACE, SPECIAL, TOKEN_TYPE } from './tiny-vocabulary.ts';

describe('makeTinyVocabulary', () => {
  const vocabulary = makeTinyVocabulary(CORPUS, 768);
  const { tokens, idOf } = vocabulary;
  const contextOf = (text: string) => tokens[idOf(text) ?? -1]?.context;

  it('has exactly the asked size', () => {
    for (const size of [420, 768, 1200]) expect(makeTinyVocabulary(CORPUS, size).tokens).toHaveLength(size);
  });

  it('starts with the specials and all bytes', () => {
    expect(tokens.slice(0, 3).map((token) => token.text)).toEqual(['<unk>', '<s>', '</s>']);
    expect(tokens[3 + 0x0a]).toMatchObject({ text: '<0x0A>', type: TOKEN_TYPE.byte });
    expect(tokens.filter((token) => token.type === TOKEN_TYPE.byte)).toHaveLength(256);
  });

  it('has no text twice', () => {
    expect(new Set(tokens.map((token) => token.text)).size).toBe(tokens.length);
  });

  it('holds every word of the text at the default size', () => {
    const words = CORPUS.match(/[A-Za-z]+/g) ?? [];
    for (const word of words) expect(idOf(SPACE + word) ?? idOf(word), word).toBeDefined();
  });

  it('shares a context between bytes, and between a word with and without its space', () => {
    expect(contextOf('<0x0A>')).toBe(SPECIAL.unknown);
    expect(contextOf('<0xFF>')).toBe(SPECIAL.unknown);
    expect(contextOf('The')).toBe(contextOf(`${SPACE}The`));
    expect(contextOf(`${SPACE}river`)).not.toBe(contextOf(`${SPACE}barn`));
  });

  it('rejects a size without room for words', () => {
    expect(() => makeTinyVocabulary(CORPUS, 360)).toThrow('Expected vocabSize to be at least');
  });
});
