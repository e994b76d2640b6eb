import type { MetricOddities } from './metric-oddities.js';

/** A sample with labels in the Prometheus text format. */
export interface LabelledSample {
  /** As they stand between the braces; empty without labels. */
  readonly labels: string;
  readonly value: number;
}

/** What follows the name: labels, whose values may hold anything in quotes, and a value in the strict grammar. */
const restPattern =
  /^(?:\{((?:[^"}]|"(?:[^"\\]|\\.)*")*)\})?[ \t]+([+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)(?:[ \t]+-?\d+)?[ \t\r]*$/;

/** One label with its value in quotes, and the comma after it. */
const labelPattern = /[ \t]*([a-zA-Z_][a-zA-Z0-9_]*)[ \t]*=[ \t]*("(?:[^"\\]|\\.)*")[ \t]*(?:,[ \t]*|$)/y;

/** Series of one name that are read at most; a hostile page has more. */
const mostSamples = 1000;

/**
 * All samples of one name, whatever their labels. Other names are not even looked at: pages of engines that are written
 * in Python hold thousands of lines of histograms. Values that are no finite numbers are dropped. Of a series that comes
 * twice the last counts, or two would be taken for two engines. Never throws.
 * @param oddities hears of series that come twice, and of types
 */
export function labelledSamples(
  text: string,
  name: string,
  oddities?: MetricOddities,
): readonly LabelledSample[] {
  const samples = new Map<string, LabelledSample>();
  for (let at = text.indexOf(name), seen = 0; at !== -1 && seen < mostSamples; seen++) {
    const newline = text.indexOf('\n', at);
    const end = newline === -1 ? text.length : newline;
    const start = at === 0 ? 0 : text.lastIndexOf('\n', at - 1) + 1;
    if (end - start <= 1024) {
      const sample = start === at ? sampleFrom(text.slice(at + name.length, end)) : null;
      if (sample) {
        const series = seriesOf(sample);
        if (samples.has(series)) oddities?.sawTwice(name);
        samples.set(series, sample);
      } else if (text[start] === '#') oddities?.sawComment(text.slice(start, end));
    }
    at = text.indexOf(name, end);
  }
  return [...samples.values()];
}

/** The value of one label; empty when it is not there. */
export function labelOf({ labels }: LabelledSample, name: string): string {
  return new RegExp(`(?:^|,)\\s*${name}="([^"]*)"`).exec(labels)?.[1] ?? '';
}

/** A count out of a gauge; `null` for none and for what is no count. */
export function countFrom(values: readonly number[]): number | null {
  const sum = values.reduce((all, value) => all + value, 0);
  return values.length > 0 && Number.isSafeInteger(sum) && sum >= 0 ? sum : null;
}

function sampleFrom(rest: string): LabelledSample | null {
  const match = restPattern.exec(rest);
  const value = Number(match?.[2]);
  return match && Number.isFinite(value) ? { labels: match[1] ?? '', value } : null;
}

/** What tells a series from the others of its name: labels have no order, and blanks between them mean nothing. */
function seriesOf({ labels }: LabelledSample): string {
  const pairs: string[] = [];
  labelPattern.lastIndex = 0;
  for (let at = 0; at < labels.length; at = labelPattern.lastIndex) {
    const match = labelPattern.exec(labels);
    // Not in the grammar: then only the very same text is the same series.
    if (!match) return labels;
    pairs.push(`${match[1]}=${match[2]}`);
  }
  return pairs.sort().join();
}
