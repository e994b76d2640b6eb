import type { GgufFacts } from './gguf-facts.js';
import type { ModelSettings, ModelSettingsOverrides } from './model-settings.js';
import type { ModelState } from './model-state.js';

/** Tiers from the lightest to the heaviest. Cards are sorted in this order. */
export const modelTiers = ['fast', 'balanced', 'powerful'] as const;

/** How heavy a model is: `fast` (badge Q2), `balanced` (Q3) or `powerful` (Q4). */
export type ModelTier = (typeof modelTiers)[number];

/**
 * Who runs the server of a model, and so which actions exist.
 * `owned`: this hub starts and stops it. `router`, `swap`: a llama.cpp router or a llama-swap loads and unloads it when
 * asked. `none`: it is only watched.
 */
export const modelControls = ['owned', 'router', 'swap', 'none'] as const;

/** One of {@link modelControls}. */
export type ModelControl = (typeof modelControls)[number];

/** A model found on disk. */
export interface ModelFile {
  /** Stable across restarts: a slug of the path and 8 hex digits of its hash. */
  readonly modelId: string;
  /** The file's name without its folder. */
  readonly filename: string;
  /** The absolute path of the file, or of its first shard. It never leaves the process. */
  readonly path: string;
  /** Bytes of weights, all shards together. */
  readonly sizeBytes: number;
  /** What its header says; `null` where it was not read. */
  readonly gguf: GgufFacts | null;
}

/**
 * Why a file in the models folder is no model. `projector` and `adapter` are sound files that belong to a model; all
 * others are faults that a person may want to mend.
 */
export const rejectionCodes = [
  'not_gguf',
  'unsupported_version',
  'implausible',
  'incomplete',
  'missing_shard',
  'duplicate',
  'outside_folder',
  'projector',
  'adapter',
  'unreadable',
  'no_folder',
  'limit_reached',
] as const;

/** One of {@link rejectionCodes}. */
export type RejectionCode = (typeof rejectionCodes)[number];

/** A file that looked like a model and is not one, with the reason in plain words. */
export interface RejectedFile {
  readonly filename: string;
  readonly code: RejectionCode;
  readonly reason: string;
}

/** How the last process of a model ended. */
export interface LastExit {
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** What happened, for people. */
  readonly message: string;
  /** ISO 8601. */
  readonly at: string;
}

/** Everything known of one model. `null` means unknown or not applicable, never 0. */
export interface ModelStatus {
  readonly modelId: string;
  readonly filename: string;
  /** Bytes of weights; `null` where nobody tells. */
  readonly sizeBytes: number | null;
  readonly gguf: GgufFacts | null;
  /** The attached endpoint that serves it; `null` for a model of our own. */
  readonly endpointId: string | null;
  /** Given by the size of the weights: see {@link assignTier}. */
  readonly assignedTier: ModelTier;
  /** A person's choice; it beats `assignedTier`. */
  readonly tierOverride: ModelTier | null;
  readonly enabled: boolean;
  /** Whether a person wants it at the top. */
  readonly pinned: boolean;
  readonly control: ModelControl;
  readonly port: number | null;
  /** The port that a person chose for it; `null` where it takes whichever is free. */
  readonly fixedPort: number | null;
  readonly pid: number | null;
  readonly state: ModelState;
  /** Why `state` is `failed`: a code such as `model_unreadable` or `crash_loop`. */
  readonly failureCode: string | null;
  /** True while the last checks were answered, as `state` says: `ready` or `sleeping`. */
  readonly isHealthy: boolean;
  /** Missed checks in a row. */
  readonly consecutiveFailures: number;
  /** ISO 8601, time of the last check that was answered or missed. */
  readonly lastCheckedAt: string | null;
  /** Duration in ms of the last health check that was answered. */
  readonly latencyMs: number | null;
  /** What went wrong last, for people. */
  readonly errorMessage: string | null;
  /** Requests that this process has taken since its start, where an honest source exists. */
  readonly requestCount: number | null;
  /** Requests that this process has failed since its start. */
  readonly errorCount: number | null;
  /** Sum in ms of the time that finished requests took. */
  readonly totalResponseTimeMs: number | null;
  /** ISO 8601, start of the process. */
  readonly startedAt: string | null;
  /** Seconds since the start of the process. */
  readonly uptimeSeconds: number | null;
  /** Requests running now and waiting for a slot; `null` when unknown. */
  readonly load: ModelLoad | null;
  /** In `backoff`: seconds until the next start. */
  readonly restartInSeconds: number | null;
  /** How its last process ended; `null` when none has ended since the hub began. */
  readonly lastExit: LastExit | null;
  /** The settings that its next start uses. */
  readonly settings: ModelSettings;
  /** The part of `settings` that a person set for this model. */
  readonly overrides: ModelSettingsOverrides;
  /** Whether the server runs with other settings than its next start would use. */
  readonly restartNeeded: boolean;
}

/** How busy a server is. */
export interface ModelLoad {
  /** Requests in a slot. */
  readonly processing: number;
  /** Requests that wait for a slot. */
  readonly deferred: number;
}

/** What a person changes of one model. Absent: as it is. `null`: back to the default. */
export interface ModelPatch {
  readonly enabled?: boolean | undefined;
  readonly pinned?: boolean | undefined;
  readonly tierOverride?: ModelTier | null | undefined;
  /** A port of the range that no other model has. */
  readonly port?: number | null | undefined;
  readonly settings?: SettingsPatch | undefined;
}

/** Settings to change. Absent: as it is. `null`: back to the default. */
export type SettingsPatch = {
  readonly [Name in keyof ModelSettings]?: ModelSettings[Name] | null | undefined;
};

/** Where the server of a model can be called directly, and with which key. */
export interface ModelAccess {
  readonly baseUrl: string;
  readonly apiKey: string | null;
}

const GB = 1e9;

/**
 * The tier of a model by its weights: under 6 GB `fast`, under 16 GB `balanced`, else `powerful` (GB = 10⁹). Unknown
 * weights count as light.
 */
export function assignTier(sizeBytes: number | null): ModelTier {
  if (sizeBytes === null || sizeBytes < 6 * GB) return 'fast';
  return sizeBytes < 16 * GB ? 'balanced' : 'powerful';
}

/** The tier that counts: the override where there is one. */
export function effectiveTier(model: Pick<ModelStatus, 'assignedTier' | 'tierOverride'>): ModelTier {
  return model.tierOverride ?? model.assignedTier;
}

/** Orders models by tier (fast, balanced, powerful), then by file name. For `Array.prototype.sort`. */
export function byTierThenName(a: ModelStatus, b: ModelStatus): number {
  const byTier = modelTiers.indexOf(effectiveTier(a)) - modelTiers.indexOf(effectiveTier(b));
  if (byTier !== 0) return byTier;
  return a.filename < b.filename ? -1 : a.filename > b.filename ? 1 : 0;
}
