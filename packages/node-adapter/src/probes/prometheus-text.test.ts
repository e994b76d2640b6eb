import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePrometheusText } from './prometheus-text.js';

const parse = (text: string): Record<string, number> => Object.fromEntries(parsePrometheusText(text));

describe('parsePrometheusText', () => {
  it('reads what llama-server prints', () => {
    const text = [
      '# HELP llamacpp:tokens_predicted_total Number of generation tokens processed.',
      '# TYPE llamacpp:tokens_predicted_total counter',
      'llamacpp:tokens_predicted_total 1.23457e+06',
      'llamacpp:requests_processing 1',
      '',
    ].join('\n');
    expect(parse(text)).toEqual({
      'llamacpp:tokens_predicted_total': 1_234_570,
      'llamacpp:requests_processing': 1,
    });
  });

  it.each([
    'NaN',
    '+Inf',
    '-Inf',
    'Infinity',
    '0x10',
    '1e400',
    '',
    '1_000',
    '１',
    '1,5',
    '--1',
    '1e',
    '.',
    'null',
    '1 x',
    '1 1.5',
  ])('F37 drops the value %j and reads on', (value) => {
    expect(parse(`a ${value}\nb 2\n`)).toEqual({ b: 2 });
  });

  it.each([
    ['-5', -5],
    ['+5', 5],
    ['.5', 0.5],
    ['5.', 5],
    ['1E3', 1000],
    ['1e-400', 0],
  ])('reads the value %s', (value, expected) => {
    expect(parse(`a ${value}`)).toEqual({ a: expected });
  });

  it('F39 F40 takes the last of a name, ignores timestamps, and leaves labelled samples out', () => {
    expect(parse('a 1\na 2 1700000000000\nb{c="d"} 3\nb{} 4\r\ne 5\r\n  f 6\n')).toEqual({ a: 2, e: 5 });
  });

  it('I70 takes names of prototypes for names', () => {
    const samples = parsePrometheusText('__proto__ 1\nconstructor 2\ntoString 3\n');
    expect([samples.get('__proto__'), samples.get('constructor'), samples.get('toString')]).toEqual([
      1, 2, 3,
    ]);
    expect(parsePrometheusText('').get('hasOwnProperty')).toBeUndefined();
  });

  it('F34 stops after 5,000 lines, and passes a line of 1 MiB over', () => {
    const lines = Array.from({ length: 6000 }, (_, i) => `a${i} ${i}`).join('\n');
    expect(parsePrometheusText(lines).size).toBe(5000);
    expect(parse(`a ${'1'.repeat(1024 * 1024)}\nb 2`)).toEqual({ b: 2 });
  });
});

describe('P-5', () => {
  const name = fc.stringMatching(/^[a-zA-Z_:][a-zA-Z0-9_:]{0,20}$/);
  const value = fc.double({ noNaN: true, noDefaultInfinity: true });

  it('gives back what was rendered', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(name, value), { selector: ([key]) => key, maxLength: 30 }),
        (samples) => {
          const text = samples.map(([key, number]) => `# TYPE ${key} gauge\n${key} ${number}\n`).join('');
          expect([...parsePrometheusText(text)]).toEqual(
            samples.map(([key, number]) => [key, Number(String(number))]),
          );
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('never throws and never answers anything that is not finite, whatever the bytes', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('a ', ' 1', '{', '}', '"', '#', '\n', '\r', 'e', '1e999', 'NaN'),
    );
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const samples = parsePrometheusText(pieces.join(''));
        for (const number of samples.values()) expect(Number.isFinite(number)).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });

  it.each([
    ['digits', `a ${'1'.repeat(1000)}x`],
    ['quotes', `a{${'"'.repeat(1000)}`],
    ['blanks', `a 1 1${' '.repeat(1000)}x`],
    ['letters', `${'a'.repeat(1000)} `],
  ])('is done quickly with a megabyte of %s made to slow it down', (_, line) => {
    const text = `${line}\n`.repeat(1000);
    const before = process.cpuUsage();
    parsePrometheusText(text);
    // Meant to be 50 ms; the rest is for a machine that is busy.
    expect(process.cpuUsage(before).user / 1000).toBeLessThan(400);
  });
});
