/** The numbers of a {@link MetricsSnapshot}, in the order in which they are shown. */
export const metricsFields = [
  'cpuUtilization',
  'ramUsed',
  'ramTotal',
  'gpuUtilization',
  'gpuMemoryUsed',
  'gpuMemoryTotal',
  'gpuTemperature',
  'queueDepth',
] as const;

/** One of {@link metricsFields}. */
export type MetricsField = (typeof metricsFields)[number];

/**
 * What a backend says now; `null` means unknown. Memory in bytes, utilisation in percent 0–100, temperature in °C,
 * `queueDepth` in requests that wait for a free place.
 */
export type MetricsReading = Readonly<Record<MetricsField, number | null>>;

/** A reading with its place in time. A backend that failed has `null` everywhere and says why. */
export interface MetricsSnapshot extends MetricsReading {
  /** Unique: `<backendId>@<at>`. */
  readonly id: string;
  readonly backendId: string;
  /** The backend, for people. */
  readonly name: string;
  /** ISO 8601. */
  readonly at: string;
  readonly error?: string;
}

/** What numbers are collected from. */
export interface MetricsBackend {
  readonly id: string;
  /** For people. Default: the id. */
  readonly name?: string;
  /** Reads once; fields that are left out are unknown. It may reject, and must settle soon after `signal` aborts. */
  collect(signal: AbortSignal): Promise<Partial<MetricsReading>>;
}

/** The numbers of one backend over time. */
export interface MetricsWindow {
  readonly backendId: string;
  readonly name: string;
  /** When each reading was taken, in ms since the Unix epoch, oldest first. A hole in time is a gap. */
  readonly atMs: readonly number[];
  /** The readings, as long as `atMs`; fields of which nothing was ever known are left out. */
  readonly values: Readonly<Partial<Record<MetricsField, readonly (number | null)[]>>>;
}
