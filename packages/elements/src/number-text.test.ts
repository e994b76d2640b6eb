import { expect } from '@open-wc/testing';
import { durationText, NumberText } from './number-text.js';
import { seededRandom } from './testing/hostile-texts.fixture.js';
import { keepConsoleQuiet } from './testing/quiet-console.fixture.js';

describe('NumberText', () => {
  keepConsoleQuiet();

  const intl = (decimals: number, locale?: string) =>
    new Intl.NumberFormat(locale, { minimumFractionDigits: decimals, maximumFractionDigits: decimals });

  for (const locale of [undefined, 'en', 'de', 'fr-CH', 'ar-EG', 'hi-u-nu-deva', 'bn']) {
    for (const decimals of [0, 1, 2, 3]) {
      it(`equals Intl with ${decimals} decimals in ${locale ?? 'the default locale'}`, () => {
        const random = seededRandom(decimals + 17);
        const text = new NumberText(decimals, locale);
        const reference = intl(decimals, locale);
        for (let i = 0; i < 2000; i++) {
          const size = 10 ** Math.floor(random() * 8 - 3);
          const value = (random() - (i % 10 === 0 ? 0.5 : 0)) * size;
          expect(text.format(value), `format(${value})`).to.equal(reference.format(value));
        }
      });
    }
  }

  it('equals Intl where rounding carries over, and at the ends of its short path', () => {
    for (const decimals of [0, 1, 2, 3]) {
      const text = new NumberText(decimals, 'en');
      for (const value of [
        0, 0.05, 0.5, 0.999, 0.9995, 1, 9.9999, 99.95, 999, 999.4, 999.9999, 1000, 1234.5, -1, -0.4, 1e15,
      ]) {
        expect(text.format(value), `format(${value}) with ${decimals}`).to.equal(
          intl(decimals, 'en').format(value),
        );
      }
    }
  });

  it('differs from Intl by one last digit at most, and only where the decimal digits end in a half', () => {
    const text = new NumberText(2, 'en');
    for (let i = 0; i < 100_000; i++) {
      const value = i / 1000;
      const [mine, theirs] = [text.format(value), intl(2, 'en').format(value)];
      if (mine === theirs) continue;
      expect(i % 10, `format(${value})`).to.equal(5);
      expect(Math.round(Math.abs(Number(mine) - Number(theirs)) * 100), `format(${value})`).to.equal(1);
    }
  });

  it('never writes a number in exponents or as a word, however large', () => {
    const text = new NumberText(1, 'en');
    expect(text.format(1e21)).to.equal(intl(1, 'en').format(1e21));
    expect(text.format(Number.MAX_VALUE)).not.to.match(/e|∞|NaN/);
  });
});

describe('durationText', () => {
  keepConsoleQuiet();

  for (const [seconds, text] of [
    [0, '0s'],
    [12.9, '12s'],
    [59, '59s'],
    [60, '1m 00s'],
    [308, '5m 08s'],
    [3599, '59m 59s'],
    [3600, '1h 0m'],
    [13_320, '3h 42m'],
    [86_399, '23h 59m'],
    [86_400, '1d 0h'],
    [1_000_000, '11d 13h'],
    [-5, '0s'],
  ] as const) {
    it(`writes ${seconds} s as ${text}`, () => {
      expect(durationText(seconds)).to.equal(text);
    });
  }
});
