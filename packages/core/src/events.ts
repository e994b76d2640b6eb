import type { Job } from './jobs/job.js';
import type { MetricsSnapshot } from './metrics/metrics-snapshot.js';
import type { ModelStatus, RejectedFile } from './models/model.js';
import type { ModelDefaults } from './models/model-choices.js';
import type { ModelSample } from './models/model-series.js';
import type { ModelState } from './models/model-state.js';
import type { BulkProgress, Progress } from './models/ports.js';
import type { Endpoint } from './registry/endpoint.js';
import type { HostResources } from './registry/host-resources.js';
import type { ModelTelemetryEntry } from './telemetry/model-call.js';

/** How a view of a hub stands with the facts. In process it is always `live`. */
export type HubConnection = 'connecting' | 'live' | 'reconnecting' | 'closed';

/** What changes with every check of an endpoint. */
export interface EndpointCheck {
  readonly endpointId: string;
  readonly lastCheckedAt: string | null;
  readonly latencyMs: number | null;
  readonly queueDepth: number | null;
}

/**
 * Every event, by name, with its payload. Names are in the past tense and payloads are JSON-safe; the SSE stream
 * uses the same names. Payloads that carry a `model` carry all of it, so a reader replaces what it had.
 */
export interface HubEvents {
  /** The list of models was read anew; models that are not in it are gone. */
  'models:scanned': { readonly models: readonly ModelStatus[]; readonly rejected: readonly RejectedFile[] };
  /** A scan of the disk has come further. `models:scanned` is its end. */
  'models:scan-progressed': Progress;
  /** A start or stop of all models has come further; it is over when `done` is `total`. */
  'models:bulk-progressed': BulkProgress;
  /** What models follow that have no settings of their own was changed. */
  'models:defaults-changed': { readonly defaults: ModelDefaults };
  /** The servers of others whose models have cards, or what is known of them, changed. Stays in the process. */
  'attached:changed': { readonly endpoints: readonly Endpoint[] };
  /** An endpoint is in the registry from now on. */
  'endpoint:registered': { readonly endpoint: Endpoint };
  /** Facts of an endpoint changed: its status, its kind, its models. */
  'endpoint:updated': { readonly endpoint: Endpoint };
  /** An endpoint is gone from the registry. */
  'endpoint:removed': { readonly endpointId: string };
  /** Endpoints were checked, and nothing but these facts changed. At most once a second. */
  'endpoints:checked': { readonly checks: readonly EndpointCheck[] };
  /** A host has new numbers, or came, or fell silent. */
  'host:reported': { readonly host: HostResources };
  /** A host is gone. */
  'host:removed': { readonly hostId: string };
  /** One reading of all metrics backends. */
  'metrics:collected': { readonly snapshots: readonly MetricsSnapshot[] };
  /** A model went from one state to another. */
  'model:state-changed': { readonly model: ModelStatus; readonly previousState: ModelState };
  /** Other facts of a model changed: at most once a tick. */
  'model:updated': { readonly model: ModelStatus };
  /**
   * One slot was added to every series. `samples` holds the models whose slot differs from their last one: an
   * absent model repeats its last slot. A `tick` that is not the last one + 1 means unknown slots in between.
   */
  'models:sampled': { readonly tick: number; readonly at: string; readonly samples: readonly ModelSample[] };
  /** A job was accepted. */
  'job:submitted': { readonly job: Job };
  /** Facts of a job changed: its state, what it spent, how far it is. What happens in it is a stream of its own. */
  'job:updated': { readonly job: Job };
  /** A job is gone, with all that belonged to it. */
  'job:removed': { readonly jobId: string };
  /** Models have new telemetry: these, at most once a second. */
  'telemetry:recorded': { readonly models: readonly ModelTelemetryEntry[] };
  /** The connection of this view changed. Only views over a network announce it. */
  'connection:changed': { readonly connection: HubConnection; readonly previous: HubConnection };
}

/** The names of the events that travel from a hub to its readers. */
export const wireEventNames = [
  'models:scanned',
  'models:scan-progressed',
  'models:bulk-progressed',
  'models:defaults-changed',
  'endpoint:registered',
  'endpoint:updated',
  'endpoint:removed',
  'endpoints:checked',
  'host:reported',
  'host:removed',
  'metrics:collected',
  'job:submitted',
  'job:updated',
  'job:removed',
  'telemetry:recorded',
  'model:state-changed',
  'model:updated',
  'models:sampled',
] as const satisfies readonly (keyof HubEvents)[];

/** One of {@link wireEventNames}. */
export type WireEventName = (typeof wireEventNames)[number];
