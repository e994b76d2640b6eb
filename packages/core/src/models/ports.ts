import type { CounterReading } from '../metrics/counter-rate.js';
import type { ModelFile, ModelLoad, ModelTier, RejectedFile } from './model.js';
import type { ModelSeriesWire } from './model-series.js';
import type { ModelSettings, ModelSettingsOverrides } from './model-settings.js';

/** What a scan of the disk found. */
export interface ScanResult {
  readonly files: readonly ModelFile[];
  readonly rejected: readonly RejectedFile[];
}

/** How far something that takes long has come. */
export interface Progress {
  readonly done: number;
  readonly total: number;
}

/** How far a command to many models has come: `done` are through, well or not. */
export interface BulkProgress extends Progress {
  readonly action: 'start' | 'stop';
  /** Those of `done` that did not get where they should. */
  readonly failed: number;
}

/** Finds models. */
export interface ModelSource {
  /**
   * Looks once. Files that cannot be used are in `rejected` with a reason, never an exception.
   * @param onProgress hears how many files have been looked at
   */
  scan(onProgress?: (progress: Progress) => void): Promise<ScanResult>;
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
  /** Whether the kernel may have ended it for want of memory: a SIGKILL that was not ours. Default: no. */
  readonly oomSuspected?: boolean;
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
  /** Lets go of the process without ending it, where a later hub can take it over; absent where none can. */
  release?(): Promise<void>;
}

/** A server of an earlier hub that still runs. */
export interface LeftRunning {
  readonly modelId: string;
  readonly port: number;
  readonly settings: ModelSettings;
  /** Wall time of its start in ms since the epoch. */
  readonly startedAtWall: number;
  readonly process: ServerProcess;
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

/** Counters and gauges of a server at one moment. `null`: this source does not tell. */
export interface ServerNumbers {
  /** Tokens generated so far, running requests included. */
  readonly generatedTokens: CounterReading | null;
  /** Prompt tokens computed so far; cached ones excluded. */
  readonly promptTokens: number | null;
  /** Seconds that computing them took. */
  readonly promptSeconds: number | null;
  readonly load: ModelLoad | null;
  readonly slots: number | null;
  /** Tokens in the busy slots, and the context that these slots have; known only while requests run. */
  readonly contextUsedTokens: number | null;
  readonly contextSizeTokens: number | null;
  /** What the numbers were read from, such as `llama-server /metrics + /slots`. */
  readonly source: string;
}

/** Where the memory of a process is. */
export interface ServerMemory {
  /** Private pages in bytes: KV cache, compute buffers, and weights that were copied. */
  readonly anonymousBytes: number;
  /** Mapped pages of files in bytes: mapped weights, which two servers may share. */
  readonly mappedBytes: number;
  /** Memory on graphics cards in bytes; `null` when unknown or when there is no card. */
  readonly vramBytes: number | null;
  /** What the first two were read from, such as `/proc/<pid>/status`. */
  readonly source: string;
  /** What `vramBytes` was read from, or why it is unknown. */
  readonly vramSource: string;
}

/** What one check of a server found. */
export interface ServerReading {
  /**
   * `ready`, `loading`, `sleeping`: it answered so. `unreachable`: no usable answer in time.
   * `impostor`: something else answers on the port. `unchecked`: the fault is on our side (no free file descriptor),
   * so nothing is known of the server.
   */
  readonly condition: 'ready' | 'loading' | 'sleeping' | 'unreachable' | 'impostor' | 'unchecked';
  /** Duration of the health check in ms; `null` when it was not answered. */
  readonly latencyMs: number | null;
  /** `null` when they could not be read this time; that says nothing of the server's health. */
  readonly numbers: ServerNumbers | null;
  readonly memory: ServerMemory | null;
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

/** What a probe must know of the server beyond its process. */
export interface ProbeHints {
  /** Whether the server may put itself to sleep, so that the probe must look before it asks for numbers. */
  readonly maySleep: boolean;
}

/** Opens probes. */
export interface ServerProber {
  open(process: ServerProcess, hints: ProbeHints): ServerProbe;
}

/** What a person has chosen for one model. */
export interface ModelChoices {
  readonly enabled: boolean;
  readonly pinned: boolean;
  readonly tierOverride: ModelTier | null;
  readonly port: number | null;
  readonly overrides: ModelSettingsOverrides;
}

/** The windows of a model with the time of their newest slot, kept over the end of a hub. */
export interface StoredSeries {
  readonly series: ModelSeriesWire;
  /** Wall time of the newest slot in ms since the epoch. */
  readonly atWall: number;
}

/**
 * Keeps what people choose for models. Every save resolves once it is on disk; one that rejects leaves what was there.
 * Implementations keep choices of models that are not there at the moment.
 */
export interface ModelStore {
  /** What was chosen, by model id. */
  loadChoices(): Promise<ReadonlyMap<string, ModelChoices>>;
  saveChoices(modelId: string, choices: ModelChoices): Promise<void>;
  /** What people changed of the defaults of all models. */
  loadDefaults(): Promise<ModelSettingsOverrides>;
  saveDefaults(overrides: ModelSettingsOverrides): Promise<void>;
  /** The windows that were saved last, by model id. */
  loadSeries(): Promise<ReadonlyMap<string, StoredSeries>>;
  /** Replaces all saved windows. */
  saveSeries(series: readonly StoredSeries[]): Promise<void>;
}
