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
  /** Jobs that run at the same time. */
  jobsAtOnce: 4,
  /** What a job begins with where nobody says otherwise. */
  job: { budgetUsd: 8, timeLimitS: 5400, concurrency: 3, maxIterations: 3, targetScore: 0.8 },
  /** The most that a job may ask for. */
  jobMost: {
    budgetUsd: 1_000_000,
    budgetTokens: 1_000_000_000_000,
    timeLimitS: 2_592_000,
    concurrency: 10,
    maxIterations: 20,
    labels: 200,
    labelLength: 128,
    criteria: 200,
    criterionLength: 4096,
    givenTasks: 1000,
    plannedTasks: 10_000,
    promptBytes: 65_536,
    titleLength: 200,
    outputBytes: 1_048_576,
  },
  /** Times that a task is begun when it fails in a way that may pass. */
  taskAttempts: 3,
  /** Milliseconds until a task is begun again: the first, doubling to the last. */
  taskRetryMs: { first: 1000, last: 30_000 },
  /** Losses of its worker in a row after which a task is poison; those of the runner itself count less. */
  taskLosses: { worker: 3, runner: 10 },
  /** Milliseconds between two tries to store what could not be stored. */
  storeRetryMs: { first: 1000, last: 15_000 },
  /** Characters of a line in a job's log. */
  jobLogLength: 8192,
  /** Log lines of one job that are kept, and ended jobs that are. */
  jobEvents: 100_000,
  jobsKept: 10_000,
  /** Ended jobs that are told without being asked for. */
  recentJobs: 50,
  /** Milliseconds for which log lines wait to be stored together. */
  jobLogFlushMs: 250,
  /** Milliseconds between two savings of telemetry. */
  saveTelemetryMs: 1000,
  /** Milliseconds between two announcements of telemetry. */
  announceTelemetryMs: 1000,
  /** Models whose telemetry is kept; of more, those that were called last. */
  telemetryModels: 1000,
  /** Characters of the name of a model and of a provider in telemetry. */
  telemetryNameLength: 256,
  /** Milliseconds between two savings of the windows, where they are to outlive the hub. */
  saveSeriesMs: 5000,
} as const;
