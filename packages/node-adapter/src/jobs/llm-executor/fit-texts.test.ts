import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fitTexts } from './fit-texts.js';

describe('fitTexts', () => {
  it('leaves short texts whole and gives what they leave to long ones', () => {
    const [short, long] = fitTexts(['abc', 'x'.repeat(1000)], 103);
    expect(short).toBe('abc');
    expect(long).toMatch(/^x{64}\n\[…\]\nx{31}$/);
  });

  it('keeps to the room, changes nothing that fits, and leaves no half characters', () => {
    const texts = fc.array(fc.string({ unit: 'grapheme', maxLength: 80 }), { maxLength: 8 });
    fc.assert(
      fc.property(texts, fc.nat(400), (given, room) => {
        const fitted = fitTexts(given, room);
        const length = (all: readonly string[]): number => all.reduce((sum, text) => sum + text.length, 0);
        if (length(given) <= room) expect(fitted).toEqual(given);
        // A text of no room still says that something was there.
        expect(length(fitted)).toBeLessThanOrEqual(room + given.length * 5);
        for (const [place, text] of fitted.entries())
          if (given[place] !== text) expect(text).not.toMatch(/\p{Surrogate}/u);
      }),
    );
  });
});
