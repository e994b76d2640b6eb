/** Values for {@link metricsText}. They are text, since some faults are not numbers. */
export interface CounterReading {
  readonly promptTokens: string;
  readonly predictedTokens: string;
  readonly busyRequests: string;
}

/** A `/metrics` body with llama-server's names. Ten tokens a second are pretended. */
export function metricsText({ promptTokens, predictedTokens, busyRequests }: CounterReading): string {
  const rows: ReadonlyArray<readonly [name: string, type: 'counter' | 'gauge', value: string]> = [
    ['prompt_tokens_total', 'counter', promptTokens],
    ['prompt_tokens_cached_total', 'counter', '0'],
    ['prompt_seconds_total', 'counter', tenth(promptTokens)],
    ['tokens_predicted_total', 'counter', predictedTokens],
    ['tokens_predicted_seconds_total', 'counter', tenth(predictedTokens)],
    ['n_decode_total', 'counter', predictedTokens],
    ['n_tokens_max', 'counter', '64'],
    ['prompt_tokens_seconds', 'gauge', '0'],
    ['predicted_tokens_seconds', 'gauge', '0'],
    ['requests_processing', 'gauge', busyRequests],
    ['requests_deferred', 'gauge', '0'],
    ['n_busy_slots_per_decode', 'gauge', '1'],
  ];
  return rows
    .map(
      ([name, type, value]) =>
        `# HELP llamacpp:${name} Pretended\n# TYPE llamacpp:${name} ${type}\nllamacpp:${name} ${value}\n`,
    )
    .join('');
}

/** Counters that grow by ten with every reading, from `start`. */
export function growingCounters(start: number): () => CounterReading {
  let tokens = start;
  return () => {
    tokens += 10;
    return { promptTokens: String(tokens), predictedTokens: String(tokens), busyRequests: '0' };
  };
}

/** Values which no counter or gauge may have. */
export const BAD_COUNTERS: CounterReading = {
  promptTokens: 'NaN',
  predictedTokens: '1e400',
  busyRequests: '-Inf',
};

function tenth(value: string): string {
  const number = Number(value);
  return Number.isFinite(number) ? String(number / 10) : '-5';
}
