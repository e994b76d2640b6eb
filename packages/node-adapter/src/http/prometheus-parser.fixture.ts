/** A sample as a scraper understands it. */
export interface ParsedSample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A family as a scraper understands it. */
export interface ParsedFamily {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly samples: ParsedSample[];
}

/**
 * Reads the Prometheus text format 0.0.4 letter by letter and knows nothing of how it is written here. Stricter than a
 * scraper: HELP, then TYPE, then samples, each family once and in one piece, no label twice, no series twice.
 * @throws Error at the first letter that is not as it should be
 */
export function parseExposition(text: string): ParsedFamily[] {
  if (text === '') return [];
  if (!text.endsWith('\n')) throw new Error('The last line has no end');
  const families = new Map<string, ParsedFamily>();
  const series = new Set<string>();
  const lines = text.slice(0, -1).split('\n');
  let family: ParsedFamily | undefined;
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i] as string;
    if (line.startsWith('# HELP ')) {
      const [name = '', help = ''] = splitOnce(line.slice('# HELP '.length));
      const [typed = '', type = ''] = splitOnce((lines[++i] ?? '').replace(/^# TYPE /, ''));
      if (typed !== name || !['counter', 'gauge'].includes(type)) throw new Error(`No type of ${name}`);
      if (!isMetricName(name) || families.has(name)) throw new Error(`A second or a wrong family ${name}`);
      family = { name, help: unescape(help, ['\\', 'n']), type, samples: [] };
      families.set(name, family);
    } else {
      const { name, ...sample } = parseSample(line);
      if (name !== family?.name) throw new Error(`A sample out of place: ${line}`);
      const key = `${name} ${JSON.stringify(Object.entries(sample.labels).sort())}`;
      if (series.has(key)) throw new Error(`A series twice: ${line}`);
      series.add(key);
      family.samples.push(sample);
    }
  }
  return [...families.values()];
}

function parseSample(line: string): ParsedSample & { readonly name: string } {
  const name = /^[a-zA-Z_:][a-zA-Z0-9_:]*/.exec(line)?.[0] ?? '';
  const labels: [string, string][] = [];
  let at = name.length;
  if (line[at] === '{') {
    do {
      const label = /^[a-zA-Z_][a-zA-Z0-9_]*="/.exec(line.slice(at + 1))?.[0];
      if (label === undefined) throw new Error(`No label at ${at + 1}: ${line}`);
      const start = at + 1 + label.length;
      let end = start;
      while (line[end] !== '"') {
        if (end >= line.length) throw new Error(`A label without an end: ${line}`);
        end += line[end] === '\\' ? 2 : 1;
      }
      labels.push([label.slice(0, -2), unescape(line.slice(start, end), ['\\', 'n', '"'])]);
      at = end + 1;
    } while (line[at] === ',');
    if (line[at] !== '}') throw new Error(`Labels without an end: ${line}`);
    at += 1;
  }
  if (new Set(labels.map(([label]) => label)).size !== labels.length)
    throw new Error(`A label twice: ${line}`);
  const number = /^ (-?\d+(?:\.\d+)?(?:e[+-]\d+)?)$/.exec(line.slice(at))?.[1];
  if (number === undefined || name === '') throw new Error(`No finite number: ${line}`);
  return { name, labels: Object.fromEntries(labels), value: Number(number) };
}

function unescape(text: string, known: readonly string[]): string {
  return text.replace(/\\(.?)/g, (_, letter: string) => {
    if (!known.includes(letter)) throw new Error(`An unknown escape: \\${letter}`);
    return letter === 'n' ? '\n' : letter;
  });
}

function splitOnce(text: string): [string, string] {
  const space = text.indexOf(' ');
  return [text.slice(0, space), text.slice(space + 1)];
}

function isMetricName(name: string): boolean {
  return /^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name);
}
