import type { CounterReading } from '../metrics/counter-rate.js';
import type { ModelFile, ModelSettings, RejectedFile } from './model.js';

/** What a scan of the disk found. */
export interface ScanResult {
  readonly files: readonly ModelFile[];
  readonly rejected: readonly RejectedFile[];
}

/** Finds models. */
export interface ModelSource {
  /** Looks once. Files that cannot be used are in `rejected` with a reason, never an exception. */
  scan(): Promise<ScanResult>;
}

/** What a server is to be started with. */
export interface LaunchRequest {
  readonly file: ModelFile;
  readonly port: number;
  readonly settings: ModelSettings;
}

/** How a process ended. */
export interface ServerExit {
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** A reason that a restart would not mend, such as `model_unreadable`; `null` for a crash. */
  readonly failureCode: string | null;
  /** What happened, in a sentence for people. */
  readonly message: string;
}

/** What the requests of one process have come to, where its log tells. */
export interface RequestTally {
  readonly requestCount: number;
  readonly errorCount: number;
  readonly totalResponseTimeMs: number;
}

/** A running server of our own. */
export interface ServerProcess {
  readonly pid: number;
  readonly baseUrl: string;
  /** Known to this start of this server alone; a server on the port that does not know it is another one. */
  readonly identityKey: string;
  /** The key that people call the server with; the same over all its starts. */
  readonly clientKey: string;
  /** Settles once, when the process is gone. Never rejects. */
  readonly exited: Promise<ServerExit>;
  /** The newest log lines, oldest first, control characters escaped. */
  logTail(): readonly string[];
  /** `null` when the log does not tell. */
  requestTally(): RequestTally | null;
  /** Ends the process: politely, then by force after `graceMs`. Resolves within `graceMs` + 2 s. */
  stop(graceMs: number): Promise<ServerExit>;
}

/** Starts servers. */
export interface ServerLauncher {
  /**
   * Resolves when the process exists. Rejects with a {@link LaunchFailure} when it never did.
   * @param signal calls the launch off where it can still be; a process that came to be all the same is handed over
   */
  launch(request: LaunchRequest, signal: AbortSignal): Promise<ServerProcess>;
}

/** Why no process came to be. */
export class LaunchFailure extends Error {
  override readonly name = 'LaunchFailure';
  /** A code such as `spawn_enoent`. */
  readonly failureCode: string;

  constructor(failureCode: string, message: string, options?: { readonly cause?: unknown }) {
    super(message, options?.cause === undefined ? undefined : { cause: options.cause });
    this.failureCode = failureCode;
  }
}

/** What one check of a server found. */
export interface ServerReading {
  /**
   * `ready`, `loading`, `sleeping`: it answered so. `unreachable`: no usable answer in time.
   * `impostor`: something else answers on the port.
   */
  readonly condition: 'ready' | 'loading' | 'sleeping' | 'unreachable' | 'impostor';
  /** Duration of the health check in ms; `null` when it was not answered. */
  readonly latencyMs: number | null;
  /** Tokens generated so far, running requests included; `null` when unknown. */
  readonly generatedTokens: CounterReading | null;
  /** Resident bytes of the process; `null` when unknown. */
  readonly memoryBytes: number | null;
  /** Why it is unreachable or an impostor, for people. */
  readonly problem: string | null;
}

/** Asks one server how it is, over a connection of its own. */
export interface ServerProbe {
  /** One check. Never rejects, and settles soon after `signal` aborts. Calls must not overlap. */
  check(signal: AbortSignal): Promise<ServerReading>;
  /** Gives the connection back. Idempotent. */
  close(): Promise<void>;
}

/** Opens probes. */
export interface ServerProber {
  open(process: ServerProcess): ServerProbe;
}
