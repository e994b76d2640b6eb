/** Limits of the HTTP side, in one place. */
export const httpLimits = {
  /** Largest body of a request in bytes. */
  bodyBytes: 64 * 1024,
  /** Largest YAML of a job in bytes. */
  yamlBytes: 256 * 1024,
  /** Objects and arrays in a body may be nested this deep. */
  bodyDepth: 32,
  /** Largest head of a request in bytes, and most fields in it. */
  headerBytes: 16 * 1024,
  headerFields: 100,
  /** Time for the head and for the whole request, swept every second. */
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  maxConnections: 512,
  /** Comment line on idle streams, so that proxies keep them open. */
  heartbeatMs: 15_000,
  /** Events kept for readers that come back. */
  replayEvents: 2000,
  replayBytes: 4 * 1024 * 1024,
  /** Unread bytes per stream from which a reader counts as lagging. */
  streamQueueBytes: 256 * 1024,
  /** Bytes of a job's events that are written at once. */
  jobStreamPieceBytes: 64 * 1024,
  /** How long a lagging reader may read nothing. */
  laggingMs: 10_000,
  /** Events of one key are at least this far apart: ten frames a second. */
  coalesceMs: 100,
  /** Readers come back after a random time in this span, so that they do not all come at once. */
  retryMs: { least: 2000, most: 5000 },
  /** A `Last-Event-ID` longer than this is ignored. */
  lastEventIdLength: 128,
  /** Wrong tokens that one address may send in a minute, and how many addresses are remembered. */
  wrongTokens: { most: 100, windowMs: 60_000, mostKeys: 1000 },
  /** Endpoints that may be registered in a minute: each is an address that the hub calls for whoever asks. */
  registrations: { most: 10, windowMs: 60_000, mostKeys: 1 },
} as const;
