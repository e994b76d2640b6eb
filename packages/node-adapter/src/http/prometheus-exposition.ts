/** One line of a family. */
export interface MetricSample {
  /** As {@link labelText} writes them. */
  readonly labels: string;
  /** `null` is unknown: there is no line then. */
  readonly value: number | null;
}

/** All samples of one name, with what people read about it. */
export interface MetricFamily {
  readonly name: string;
  /** `counter` only for what never falls while its source lives. */
  readonly type: 'counter' | 'gauge';
  readonly help: string;
  readonly samples: readonly MetricSample[];
}

/** The content type of what {@link renderExposition} writes. */
export const expositionType = 'text/plain; version=0.0.4; charset=utf-8';

/** Labels as the format writes them, without the braces. What is `null` is left out. */
export function labelText(labels: Readonly<Record<string, string | null>>): string {
  const parts: string[] = [];
  for (const [name, value] of Object.entries(labels)) {
    if (value !== null) parts.push(`${name}="${escaped(value)}"`);
  }
  return parts.join(',');
}

/**
 * Writes families in the Prometheus text format 0.0.4. What is unknown or no finite number is left out, and so is a family
 * of which nothing is known: an absent sample says "unknown", 0 and NaN would say something else. Of two samples with the
 * same labels the first counts, since a scraper refuses or mixes up the second.
 */
export function renderExposition(families: readonly MetricFamily[]): string {
  let text = '';
  for (const { name, type, help, samples } of families) {
    const seen = new Set<string>();
    let lines = '';
    for (const { labels, value } of samples) {
      if (value === null || !Number.isFinite(value) || seen.has(labels)) continue;
      seen.add(labels);
      lines += labels === '' ? `${name} ${value}\n` : `${name}{${labels}} ${value}\n`;
    }
    if (lines !== '') text += `# HELP ${name} ${escapedHelp(help)}\n# TYPE ${name} ${type}\n${lines}`;
  }
  return text;
}

const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '"': '\\"', '\n': '\\n' };

/** Half a surrogate pair is no character of UTF-8; it becomes the one that stands for "unreadable". */
function escaped(value: string): string {
  return value.replace(/\p{Surrogate}/gu, '\ufffd').replace(/[\\"\n]/g, (found) => escapes[found] ?? found);
}

function escapedHelp(help: string): string {
  return help.replace(/[\\\n]/g, (found) => escapes[found] ?? found);
}
