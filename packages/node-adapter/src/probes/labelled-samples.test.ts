import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countFrom, labelledSamples, labelOf } from './labelled-samples.js';

const read = (text: string) => labelledSamples(text, 'q').map(({ labels, value }) => [labels, value]);

describe('labelledSamples', () => {
  it.each([
    ['q 1', [['', 1]]],
    ['q{a="b"} 1.5e3', [['a="b"', 1500]]],
    ['q{a="}",b="\\"{"} 2', [['a="}",b="\\"{"', 2]]],
    ['q{} 3 1790000000000', [['', 3]]],
    [
      'q 4\r\n# q 5\nq_other 6\nqq 7\nx q 8\nq{a="1"} 9\n',
      [
        ['', 4],
        ['a="1"', 9],
      ],
    ],
    ['q_by_reason{reason="capacity"} 77', []],
  ])('reads %j', (text, expected) => {
    expect(read(text)).toEqual(expected);
  });

  it.each(['q NaN', 'q +Inf', 'q 0x10', 'q 1e400', 'q', 'q ', 'q{a="b 1', 'q{a="b"}1', 'q 1 2 3', 'q ""'])(
    'F37 drops %j',
    (line) => {
      expect(read(line)).toEqual([]);
    },
  );

  it.each([
    ['q 1\nq 2\nq{} 3', [['', 3]]],
    [
      'q{a="1",b="2"} 1\nq{a="1"} 2\nq{ b = "2" , a="1", } 3',
      [
        [' b = "2" , a="1", ', 3],
        ['a="1"', 2],
      ],
    ],
    [
      'q{a="1,2"} 1\nq{a="1",b="2"} 2',
      [
        ['a="1,2"', 1],
        ['a="1",b="2"', 2],
      ],
    ],
    ['q{a="\\",b=\\""} 1\nq{a="\\",b=\\""} 2', [['a="\\",b=\\""', 2]]],
    [
      'q{a} 1\nq{a} 2\nq{b} 3',
      [
        ['a', 2],
        ['b', 3],
      ],
    ],
    ['q 1\nq NaN', [['', 1]]],
  ])('F39 takes the last of a series in %j', (text, expected) => {
    expect(read(text)).toEqual(expected);
  });

  it('F34 stops after 1,000 samples, and passes a line of 1 MiB over', () => {
    const many = Array.from({ length: 10_000 }, (_, index) => `q{a="${index}"} 1\n`).join('');
    expect(read(many)).toHaveLength(1000);
    expect(read(`${'q 1\n'.repeat(1000)}q 2`)).toEqual([['', 1]]);
    expect(read(`q{a="${'x'.repeat(2 ** 20)}"} 1\nq 2`)).toEqual([['', 2]]);
  });

  it('F34 takes time by the length of the text, whatever it holds', () => {
    for (const text of [
      'q{'.repeat(500_000),
      'q{"'.repeat(300_000),
      `q{${'"\\'.repeat(400)}`.repeat(1000),
      `q{${'a'.repeat(1000)}} 1\n`.repeat(1000),
      `q{${'a="",'.repeat(190)}a} 1\n`.repeat(1000),
      `q{${' '.repeat(1000)}} 1\n`.repeat(1000),
      'q'.repeat(1e6),
    ]) {
      const startedMs = performance.now();
      labelledSamples(text, 'q');
      expect(performance.now() - startedMs).toBeLessThan(1000);
    }
  });

  it('P-5 never throws, and reads back what was written', () => {
    const labels = fc
      .string({ unit: 'grapheme-ascii', maxLength: 20 })
      .map((value) => value.replace(/["\\\n\r]/g, ''));
    const samples = fc.array(fc.tuple(labels, fc.integer({ min: 0, max: 1e6 })), { maxLength: 20 });
    fc.assert(
      fc.property(samples, fc.string({ unit: 'binary' }), (written, noise) => {
        const text = written.map(([value, number]) => `q{l="${value}"} ${number}\n`).join('');
        const found = labelledSamples(text, 'q').map((sample) => [labelOf(sample, 'l'), sample.value]);
        expect(found).toEqual([...new Map(written)]);
        labelledSamples(noise + text + noise, 'q');
      }),
      { numRuns: 1000 },
    );
  });
});

describe('countFrom', () => {
  it.each([
    [[], null],
    [[0], 0],
    [[1, 2], 3],
    [[-1], null],
    [[0.5], null],
  ])('makes of %j %j', (values, expected) => {
    expect(countFrom(values)).toBe(expected);
  });
});
