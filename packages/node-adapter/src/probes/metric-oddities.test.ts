import { describe, expect, it } from 'vitest';
import { labelledSamples } from './labelled-samples.js';
import { MetricOddities } from './metric-oddities.js';
import { parsePrometheusText } from './prometheus-text.js';

function notice(...metrics: string[]) {
  const seen: string[] = [];
  const log = {
    redirectRefused: () => {},
    parseWarning: (metric: string, oddity: string) => void seen.push(`${metric} ${oddity}`),
  };
  return { seen, oddities: new MetricOddities(metrics, log) };
}

const readers = [
  ['parsePrometheusText', (text: string, oddities: MetricOddities) => parsePrometheusText(text, oddities)],
  ['labelledSamples', (text: string, oddities: MetricOddities) => labelledSamples(text, 'a:b', oddities)],
] as const;

describe.each(readers)('MetricOddities of %s', (_, read) => {
  it.each([
    ['nothing to notice', '# HELP a:b words\n# TYPE a:b gauge\na:b 1\na:bc 2\na:bc 3\n', []],
    ['a series twice', 'a:b 1\na:b 2\n', ['a:b duplicate_series']],
    [
      'a series twice with other line ends',
      'a:b 1\r\nx 1\r\na:b 1 1700000000000\r\n',
      ['a:b duplicate_series'],
    ],
    ['another type further down', '# TYPE a:b gauge\na:b 1\n# TYPE a:b counter\n', ['a:b type_changed']],
    ['the same type further down', '# TYPE a:b gauge\r\na:b 1\n#  TYPE\ta:b  gauge \n', []],
    ['types that nobody knows', '# TYPE a:b hunter2\n# TYPE a:b hunter3\n', []],
    ['a type without a word', '# TYPE a:b gauge\n# TYPE a:b\n# TYPE a:b counter words\n', []],
    ['what the help says of types', '# TYPE a:b gauge\n# HELP a:b # TYPE a:b counter\n', []],
    ['the type of another', '# TYPE a:b gauge\n# TYPE a:bc counter\n# TYPE x counter\n', []],
    ['a line that is too long', `# TYPE a:b gauge\n# TYPE a:b${' '.repeat(1100)}counter\n`, []],
  ])('F39 notices of %s what is odd', (_, text, expected) => {
    const { seen, oddities } = notice('a:b');
    read(text, oddities);
    expect(seen).toEqual(expected);
  });

  it('F39 notices a type that changes from page to page, and nothing of metrics that are not read', () => {
    const { seen, oddities } = notice('a:b');
    for (const type of ['gauge', 'gauge', 'counter', 'counter', 'gauge', 'untyped', 'sausage'])
      read(`# TYPE a:b ${type}\na:b 1\n`, oddities);
    expect(seen).toEqual(Array(4).fill('a:b type_changed'));
    const other = notice('c');
    read('# TYPE a:b gauge\na:b 1\na:b 2\n# TYPE a:b counter\n', other.oddities);
    expect(other.seen).toEqual([]);
  });
});
