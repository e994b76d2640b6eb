import { describe, expect, it } from 'vitest';
import { splitWords } from './split-words.ts';

describe('splitWords', () => {
  it('keeps every letter and remembers spaces', () => {
    const text = 'The mare, "she" said. It did not.';
    expect(
      splitWords(text)
        .map((word) => (word.spaced ? ' ' : '') + word.text)
        .join(''),
    ).toBe(text);
  });

  it('keeps a closing quotation mark with the mark before it', () => {
    expect(splitWords('"Rain?" she said').map((word) => word.text)).toEqual([
      '"',
      'Rain',
      '?"',
      'she',
      'said',
    ]);
  });
});
