import type { RequestTally } from '@corral/core';
import { trimmedMark } from './log-input.js';

/**
 * Counts requests from the log of llama-server at its default verbosity; no endpoint tells them.
 * The wording changes between builds, so the tally stays unknown until one known line was seen.
 */
export class LlamaLog {
  #seen = false;
  /** Whether lines were dropped before anyone could count them. */
  #incomplete = false;
  #requestCount = 0;
  #errorCount = 0;
  #totalResponseTimeMs = 0;
  #failure: LogFailure | undefined;

  /** The last line that explains a failure, with its code where a restart would not mend it. */
  get failure(): LogFailure | undefined {
    return this.#failure;
  }

  /** `null` until the log was recognised. */
  tally(): RequestTally | null {
    if (!this.#seen || this.#incomplete) return null;
    return {
      requestCount: this.#requestCount,
      errorCount: this.#errorCount,
      totalResponseTimeMs: this.#totalResponseTimeMs,
    };
  }

  /** Takes the next line. */
  read(line: string): void {
    if (line === trimmedMark) {
      this.#seen = true;
      this.#incomplete = true;
    } else if (/listening on (http|unix):\/\//.test(line)) {
      this.#seen = true;
      this.#failure = undefined;
    } else if (/launch_slot_.*processing task/.test(line)) this.#requestCount += 1;
    else if (/got exception:/.test(line)) this.#errorCount += 1;
    else this.#readTiming(line);
    // Once it listens, lines may quote what callers sent; a crash then is a crash.
    if (!this.#seen) this.#failure = failureOf(line) ?? this.#failure;
  }

  #readTiming(line: string): void {
    const total = /^.*?\btotal time =\s+([\d.]+) ms/.exec(line)?.[1];
    if (total !== undefined) this.#totalResponseTimeMs += Number(total);
  }
}

/** A failure that the log explains. */
export interface LogFailure {
  readonly code: 'model_unreadable' | 'out_of_memory' | 'port_in_use' | 'bad_args' | 'missing_library';
  /** The line that told. */
  readonly line: string;
}

/** Wording seen on llama-server 0.7.0; older wordings stay, they cost nothing. */
const failures: readonly [RegExp, LogFailure['code']][] = [
  [
    /failed to open GGUF file|invalid magic|failed to read magic|failed to read key-value pairs|failed to read header/,
    'model_unreadable',
  ],
  [
    /not within the file bounds|model is corrupted|illegal split file|failed to load GGUF split/,
    'model_unreadable',
  ],
  [/insufficient memory|failed to allocate|out of memory|cudaMalloc failed/i, 'out_of_memory'],
  [/couldn't bind/, 'port_in_use'],
  [/error while loading shared libraries|Library not loaded/, 'missing_library'],
  [/^error: invalid argument|^error while handling argument/, 'bad_args'],
];

function failureOf(line: string): LogFailure | undefined {
  const code = failures.find(([pattern]) => pattern.test(line))?.[1];
  return code && { code, line };
}
