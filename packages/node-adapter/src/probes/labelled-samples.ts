/** A sample with labels in the Prometheus text format. */
export interface LabelledSample {
  /** As they stand between the braces; empty without labels. */
  readonly labels: string;
  readonly value: number;
}

/** What follows the name: labels, whose values may hold anything in quotes, and a value in the strict grammar. */
const restPattern =
  /^(?:\{((?:[^"}]|"(?:[^"\\]|\\.)*")*)\})?[ \t]+([+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)(?:[ \t]+-?\d+)?[ \t\r]*$/;

/** Series of one name that are read at most; a hostile page has more. */
const mostSamples = 1000;

/**
 * All samples of one name, whatever their labels. Other names are not even looked at: pages of engines that are written
 * in Python hold thousands of lines of histograms. Values that are no finite numbers are dropped. Never throws.
 */
export function labelledSamples(text: string, name: string): readonly LabelledSample[] {
  const samples: LabelledSample[] = [];
  for (let at = text.indexOf(name), seen = 0; at !== -1 && seen < mostSamples; seen++) {
    const newline = text.indexOf('\n', at);
    const end = newline === -1 ? text.length : newline;
    if ((at === 0 || text[at - 1] === '\n') && end - at <= 1024) {
      const match = restPattern.exec(text.slice(at + name.length, end));
      const value = Number(match?.[2]);
      if (match && Number.isFinite(value)) samples.push({ labels: match[1] ?? '', value });
    }
    at = text.indexOf(name, end);
  }
  return samples;
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
