import type { ServerReading } from './ports.js';

/** The values that a card can explain, in the order in which it lists them. */
export const modelValueNames = [
  'tokensPerSecond',
  'promptTokensPerSecond',
  'requestsProcessing',
  'requestsDeferred',
  'slots',
  'contextUsedTokens',
  'contextSizeTokens',
  'requestCount',
  'errorCount',
  'totalResponseTimeMs',
  'memoryAnonymousBytes',
  'memoryMappedBytes',
  'memoryVramBytes',
  'latencyMs',
  'uptimeSeconds',
] as const;

/** One of {@link modelValueNames}. */
export type ModelValueName = (typeof modelValueNames)[number];

/** A number together with where it comes from. */
export interface MeasuredValue {
  /** The newest value that was known; `null` when it never was. */
  readonly value: number | null;
  /** What it was read from, or why it is unknown, for people. */
  readonly source: string;
  /** Milliseconds since it was read; `null` when it never was. */
  readonly ageMs: number | null;
  /** Whether it still stands: the newest reading had it. */
  readonly valid: boolean;
}

/** What is asked for when someone looks at one model closely. */
export interface ModelDetails {
  readonly modelId: string;
  readonly values: Readonly<Record<ModelValueName, MeasuredValue>>;
  /** The newest lines of the server's log, oldest first; empty where the hub does not see it. */
  readonly logTail: readonly string[];
}

interface Known {
  readonly value: number;
  readonly source: string;
  readonly atMs: number;
  readonly valid: boolean;
}

/** The newest known values of one server, each with its source and time. Unknown leaves the last one, as stale. */
export class MeasuredValues {
  readonly #known = new Map<ModelValueName, Known>();
  readonly #reasons = new Map<ModelValueName, string>();
  readonly #reason: string;

  /** @param reason why values are unknown of which nothing was said; default: not known yet */
  constructor(reason = 'not known yet') {
    this.#reason = reason;
  }

  /** Takes a value in; `null` makes the one before stale, and `source` then says why it is unknown. */
  set(name: ModelValueName, value: number | null, source: string, atMs: number): void {
    const before = this.#known.get(name);
    if (value !== null) this.#known.set(name, { value, source, atMs, valid: true });
    else if (before) this.#known.set(name, { ...before, valid: false });
    else this.#reasons.set(name, source);
  }

  /** Takes in what one check found. */
  take(reading: ServerReading, atMs: number): void {
    const { memory, numbers } = reading;
    this.set('latencyMs', reading.latencyMs, 'duration of the health check', atMs);
    const memorySource = memory?.source ?? 'the memory of the process could not be read';
    this.set('memoryAnonymousBytes', memory?.anonymousBytes ?? null, memorySource, atMs);
    this.set('memoryMappedBytes', memory?.mappedBytes ?? null, memorySource, atMs);
    this.set('memoryVramBytes', memory?.vramBytes ?? null, memory?.vramSource ?? memorySource, atMs);
    const source = numbers?.source ?? 'the server has not told';
    this.set('requestsProcessing', numbers?.load?.processing ?? null, source, atMs);
    this.set('requestsDeferred', numbers?.load?.deferred ?? null, source, atMs);
    this.set('slots', numbers?.slots ?? null, source, atMs);
    this.set('contextUsedTokens', numbers?.contextUsedTokens ?? null, source, atMs);
    this.set('contextSizeTokens', numbers?.contextSizeTokens ?? null, source, atMs);
  }

  /** Everything as it stands at `nowMs`. */
  list(nowMs: number): Record<ModelValueName, MeasuredValue> {
    const entries = modelValueNames.map((name): [ModelValueName, MeasuredValue] => {
      const known = this.#known.get(name);
      if (!known) {
        const source = this.#reasons.get(name) ?? this.#reason;
        return [name, { value: null, source, ageMs: null, valid: false }];
      }
      const { value, source, atMs, valid } = known;
      return [name, { value, source, ageMs: Math.max(0, nowMs - atMs), valid }];
    });
    return Object.fromEntries(entries) as Record<ModelValueName, MeasuredValue>;
  }
}
