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
  /** Milliseconds between the first checks of endpoints that are kept: connecting to a thousand at once costs memory. */
  firstCheckGapMs: 5,
  /** Milliseconds between two tries of an endpoint that does not answer: the first, doubling to the last. */
  endpointRetryMs: { first: 1000, last: 30_000 },
  /** The port of an endpoint where nobody says one: that of Ollama. */
  registryPort: 11_434,
  /** Milliseconds between two checks of an endpoint of the fleet that works. */
  checkIntervalMs: 1000,
  /** Milliseconds of the check interval that start together: one timer serves so many endpoints. */
  checkSliceMs: 20,
  /** Milliseconds that must be left of a check's deadline for a second try. */
  retryRoomMs: 100,
  /** Milliseconds after its first good check until an endpoint is asked again, so that it is soon known to be healthy. */
  secondCheckMs: 150,
  /** Milliseconds between two checks of an endpoint that is unhealthy, one after another; the last one stays. */
  endpointBackoffMs: [1000, 2000, 4000, 8000, 15_000, 30_000],
  /** Milliseconds between two checks of an endpoint that wants a key, or fewer requests. */
  refusedPauseMs: 30_000,
  /** Milliseconds by which a timer may be late before we blame ourselves: a blocked loop, or a machine that slept. */
  lateMs: 200,
  /** Times of all endpoints are announced so many a second, and at most once a second. */
  checksPerSecond: 200,
  /** Hosts that are known at the same time. */
  hosts: 1000,
  /** Endpoints that an agent may report. */
  hostEndpoints: 64,
  /** Intervals without a report after which nobody knows the numbers of a host. */
  hostStaleAfter: 3,
  /** Intervals without a report after which a host is lost. */
  hostLostAfter: 10,
  /** Milliseconds without a report after which a host is forgotten. */
  hostForgottenMs: 3_600_000,
  /** Milliseconds between two savings of the windows, where they are to outlive the hub. */
  saveSeriesMs: 5000,
} as const;
