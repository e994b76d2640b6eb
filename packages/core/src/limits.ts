/** Fixed limits of the domain, in one place. Limits that a user may set have their default here too. */
export const limits = {
  /** Points in each rolling window of a model. */
  seriesLength: 20,
  /** Milliseconds between two samples of every model. */
  sampleIntervalMs: 1000,
  /** Milliseconds that one check may take, all of its requests together. It leaves room before the next tick. */
  checkDeadlineMs: 800,
  /** Missed checks in a row after which a ready server is unhealthy. */
  missesUntilUnhealthy: 3,
  /** Good checks in a row after which an unhealthy server is ready again. */
  hitsUntilReady: 2,
  /** Milliseconds a server may take from its start until it answers as ready. */
  startTimeoutMs: 600_000,
  /** Milliseconds between SIGTERM and SIGKILL. */
  stopGraceMs: 10_000,
  /** Milliseconds of the grace in which running requests may finish before a stop. */
  drainMs: 5000,
  /** Models that a start or stop of all handles at the same time. */
  bulkAtOnce: 2,
  /** Endpoints that can be attached. */
  endpoints: 1000,
  /** Milliseconds that it may take to find out what answers at an address. */
  connectDeadlineMs: 3000,
  /** Milliseconds between two tries of an endpoint that does not answer: the first, doubling to the last. */
  endpointRetryMs: { first: 1000, last: 30_000 },
  /** Milliseconds between two savings of the windows, where they are to outlive the hub. */
  saveSeriesMs: 5000,
} as const;
