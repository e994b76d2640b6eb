import type { ModelState } from './model-state.js';

/** Tiers from the lightest to the heaviest. Cards are sorted in this order. */
export const modelTiers = ['fast', 'balanced', 'powerful'] as const;

/** How heavy a model is: `fast` (badge Q2), `balanced` (Q3) or `powerful` (Q4). */
export type ModelTier = (typeof modelTiers)[number];

/**
 * Who runs the server of a model, and so which actions exist.
 * `owned`: this hub starts and stops it. `none`: it is only watched.
 */
export type ModelControl = 'owned' | 'none';

/** How a model is run. These become flags of llama-server at its next start. */
export interface ModelSettings {
  /** Layers kept on the GPU (`--n-gpu-layers`); ignored by builds without one. */
  readonly nGpuLayers: number;
  /** Context in tokens over all slots (`--ctx-size`). */
  readonly ctxSize: number;
  /** Threads for generation (`--threads`). */
  readonly nThreads: number;
  /** Logical batch in tokens (`--batch-size`). */
  readonly batchSize: number;
}

/** The settings of a model nobody has changed. Adapters cap `nThreads` at what the machine has. */
export const defaultModelSettings: ModelSettings = {
  nGpuLayers: 99,
  ctxSize: 8192,
  nThreads: 8,
  batchSize: 512,
};

/** A model found on disk. */
export interface ModelFile {
  /** Stable across restarts: a slug of the path and 8 hex digits of its hash. */
  readonly modelId: string;
  /** The file's name without its folder. */
  readonly filename: string;
  /** The absolute path. It never leaves the process. */
  readonly path: string;
  /** Bytes of weights, all shards together. */
  readonly sizeBytes: number;
}

/** A file that looked like a model and is not one, with the reason in plain words. */
export interface RejectedFile {
  readonly filename: string;
  readonly reason: string;
}

/** Everything known of one model. `null` means unknown or not applicable, never 0. */
export interface ModelStatus {
  readonly modelId: string;
  readonly filename: string;
  readonly sizeBytes: number;
  /** Given by the size of the weights: see {@link assignTier}. */
  readonly assignedTier: ModelTier;
  /** A person's choice; it beats `assignedTier`. */
  readonly tierOverride: ModelTier | null;
  readonly enabled: boolean;
  readonly control: ModelControl;
  readonly port: number | null;
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
  readonly settings: ModelSettings;
}

/** Where the server of a model can be called directly, and with which key. */
export interface ModelAccess {
  readonly baseUrl: string;
  readonly apiKey: string | null;
}

const GB = 1e9;

/** The tier of a model by its weights: under 6 GB `fast`, under 16 GB `balanced`, else `powerful` (GB = 10⁹). */
export function assignTier(sizeBytes: number): ModelTier {
  if (sizeBytes < 6 * GB) return 'fast';
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
