/** A sample line: name, optional labels, value, optional timestamp. */
const samplePattern =
  /^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{[^}]*\})?[ \t]+([+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)(?:[ \t]+-?\d+)?[ \t]*$/;

/** Lines read at most; a hostile page has more. */
const mostLines = 5000;

/**
 * Reads the samples without labels out of the Prometheus text format, by name. Values that are not finite numbers
 * in the strict grammar (`NaN`, `+Inf`, `0x10`, `1e400`) are dropped: unknown is better than wrong. Timestamps are
 * ignored. Of a name that comes twice the last counts. Never throws.
 */
export function parsePrometheusText(text: string): Map<string, number> {
  const samples = new Map<string, number>();
  let lines = 0;
  for (let start = 0; start < text.length && lines < mostLines; lines++) {
    const newline = text.indexOf('\n', start);
    const end = newline === -1 ? text.length : newline;
    if (end - start <= 1024 && text[start] !== '#') readSample(text.slice(start, end), samples);
    start = end + 1;
  }
  return samples;
}

function readSample(line: string, samples: Map<string, number>): void {
  const match = samplePattern.exec(line.endsWith('\r') ? line.slice(0, -1) : line);
  const name = match?.[1];
  if (!match || name === undefined || match[2] !== undefined) return;
  const value = Number(match[3]);
  if (Number.isFinite(value)) samples.set(name, value);
}
