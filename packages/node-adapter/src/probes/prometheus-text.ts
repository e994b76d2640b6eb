import type { MetricOddities } from './metric-oddities.js';

/** A sample line: name, optional labels, value, optional timestamp. */
const samplePattern =
  /^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{[^}]*\})?[ \t]+([+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)(?:[ \t]+-?\d+)?[ \t]*$/;

/** Lines read at most; a hostile page has more. */
const mostLines = 5000;

/**
 * Reads the samples without labels out of the Prometheus text format, by name. Values that are not finite numbers
 * in the strict grammar (`NaN`, `+Inf`, `0x10`, `1e400`) are dropped: unknown is better than wrong. Timestamps are
 * ignored. Of a name that comes twice the last counts, whatever types it is said to have. Never throws.
 * @param oddities hears of names that come twice, and of types
 */
export function parsePrometheusText(text: string, oddities?: MetricOddities): Map<string, number> {
  const samples = new Map<string, number>();
  let lines = 0;
  for (let start = 0; start < text.length && lines < mostLines; lines++) {
    const newline = text.indexOf('\n', start);
    const end = newline === -1 ? text.length : newline;
    if (end - start <= 1024) {
      if (text[start] !== '#') readSample(text.slice(start, end), samples, oddities);
      else oddities?.sawComment(text.slice(start, end));
    }
    start = end + 1;
  }
  return samples;
}

function readSample(line: string, samples: Map<string, number>, oddities?: MetricOddities): void {
  const match = samplePattern.exec(line.endsWith('\r') ? line.slice(0, -1) : line);
  const name = match?.[1];
  if (!match || name === undefined || match[2] !== undefined) return;
  const value = Number(match[3]);
  if (!Number.isFinite(value)) return;
  if (samples.has(name)) oddities?.sawTwice(name);
  samples.set(name, value);
}
