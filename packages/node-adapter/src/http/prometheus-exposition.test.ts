import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { labelText, type MetricFamily, renderExposition } from './prometheus-exposition.js';
import { parseExposition } from './prometheus-parser.fixture.js';

const gauge = (samples: MetricFamily['samples']): string =>
  renderExposition([{ name: 'a', type: 'gauge', help: 'Help.', samples }]);

describe('renderExposition', () => {
  it('writes help and type once, then the samples', () => {
    const samples = [
      { labels: labelText({ id: '1', none: null, name: 'x' }), value: 0.5 },
      { labels: labelText({ id: '2' }), value: 1e21 },
    ];
    expect(gauge(samples)).toBe('# HELP a Help.\n# TYPE a gauge\na{id="1",name="x"} 0.5\na{id="2"} 1e+21\n');
    expect(gauge([{ labels: '', value: -0 }])).toContain('\na 0\n');
  });

  it.each([null, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    'leaves out what is %s, and a family of which nothing is known',
    (value) => {
      expect(gauge([{ labels: '', value }])).toBe('');
      expect(
        gauge([
          { labels: 'x="1"', value },
          { labels: 'x="2"', value: 0 },
        ]),
      ).toMatch(/gauge\na\{x="2"\} 0\n$/);
    },
  );

  it('writes no series twice', () => {
    const samples = ['\ud800', '\udfff', '\ufffd'].map((name, value) => ({
      labels: labelText({ name }),
      value,
    }));
    expect(gauge(samples)).toMatch(/gauge\na\{name="\ufffd"\} 0\n$/);
  });
});

describe('P-5', () => {
  const name = fc.stringMatching(/^[a-z_][a-z0-9_]{0,20}$/);
  const hostile = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.string({ unit: 'binary' }),
    fc
      .array(fc.constantFrom('\\', '"', '\n', '\r', '\0', '{', '}', ',', '=', ' ', '#', 'n', '\u2028', 'é'))
      .map((all) => all.join('')),
    fc.constantFrom('__proto__', 'a"} 1\nb{c="', '\\', '\\n', '\\"'),
  );
  const value = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer());
  const samples = fc.uniqueArray(
    fc.tuple(fc.uniqueArray(fc.tuple(name, hostile), { selector: ([key]) => key }), value),
    {
      selector: ([labels]) => JSON.stringify([...labels].sort()),
      maxLength: 8,
    },
  );
  const family = fc.record({ name, type: fc.constantFrom('counter', 'gauge'), help: hostile, samples });

  it('is read back as what was rendered, whatever the names', () => {
    fc.assert(
      fc.property(fc.uniqueArray(family, { selector: (one) => one.name, maxLength: 6 }), (families) => {
        const known = families.filter((one) => one.samples.length > 0);
        const text = renderExposition(
          families.map(({ samples: list, ...rest }) => ({
            ...rest,
            samples: list.map(([labels, number]) => ({
              labels: labelText(Object.fromEntries(labels)),
              value: number,
            })),
          })),
        );
        expect(parseExposition(text)).toEqual(
          known.map(({ samples: list, ...rest }) => ({
            ...rest,
            samples: list.map(([labels, number]) => ({
              labels: Object.fromEntries(labels),
              value: number + 0,
            })),
          })),
        );
      }),
      { numRuns: 2000 },
    );
  });
});
