import type { Unsubscribe } from '../event-hub.js';
import type { HubConnection, HubEvents } from '../events.js';
import type { JobsFace } from '../jobs/jobs-face.js';
import type { MetricsSnapshot, MetricsWindow } from '../metrics/metrics-snapshot.js';
import type { ModelAccess, ModelPatch, ModelStatus, RejectedFile, SettingsPatch } from '../models/model.js';
import type { ModelDefaults } from '../models/model-choices.js';
import type { ModelDetails } from '../models/model-details.js';
import type { ModelSeriesView } from '../models/model-series.js';
import type { BulkProgress, Progress } from '../models/ports.js';
import type { AttachRequest } from '../registry/attached-endpoints.js';
import type { Endpoint } from '../registry/endpoint.js';
import type { RegistrySnapshot } from '../registry/llm-registry.js';
import type { RegisterRequest } from '../registry/watched-endpoints.js';
import type { ModelTelemetryEntry } from '../telemetry/model-call.js';
import type { AccessScope } from './access-scope.js';

/** What takes long and is under way; `null` where nothing is. */
export interface HubActivity {
  readonly scan: Progress | null;
  readonly bulk: BulkProgress | null;
}

/** What can be seen of a hub. Reads are synchronous and cheap; an event says when they changed. */
export interface HubView {
  /** How this view stands with the facts. Reads keep their last answers while it reconnects. */
  readonly connection: HubConnection;
  /** Why `connection` is `closed`, when the hub refused this view for good. */
  readonly error?: Error | undefined;
  /** What this view may ask for; widgets hide controls beyond it. `undefined`: everything, or not known yet. */
  readonly scope?: AccessScope | undefined;
  /** Every model, in no promised order. */
  models(): readonly ModelStatus[];
  /** One model; `undefined` for an unknown id. */
  model(modelId: string): ModelStatus | undefined;
  /** Files that looked like models and are not. */
  rejected(): readonly RejectedFile[];
  /** What models follow that have no settings of their own; `undefined` before the first facts. */
  defaults(): ModelDefaults | undefined;
  /** The fleet: every endpoint, every host, and which models there are. The answer is a new object after each change. */
  registry(): RegistrySnapshot;
  /** The latest reading of each metrics backend. */
  backends(): readonly MetricsSnapshot[];
  /** What is known of each model from the calls that were made of it; by provider, then by model. */
  telemetry(): readonly ModelTelemetryEntry[];
  /** Jobs: what there is to see of them, and to ask. */
  readonly jobs: JobsFace;
  /** What takes long and is under way. */
  activity(): HubActivity;
  /** The rolling windows of one model; `undefined` for an unknown id. The object lives as long as the model. */
  series(modelId: string): ModelSeriesView | undefined;
  /** Calls `listener` with every later event of this name; the answer undoes it. */
  subscribe<Name extends keyof HubEvents>(
    name: Name,
    listener: (payload: HubEvents[Name]) => void,
  ): Unsubscribe;
}

/**
 * What can be asked of a hub. A command resolves when it is accepted, not when it is done: what follows is
 * announced as changes of state. It rejects with a typed error that has `code` and `retryable`.
 */
export interface HubCommands {
  startModel(modelId: string): Promise<void>;
  stopModel(modelId: string): Promise<void>;
  restartModel(modelId: string): Promise<void>;
  /** Starts all enabled models of the hub's own, a few at a time. */
  startAllModels(): Promise<BulkProgress>;
  /** Stops all models of the hub's own, and calls off a start of all. */
  stopAllModels(): Promise<BulkProgress>;
  /** Looks for models again; `models:scanned` is the end of it. */
  rescanModels(): Promise<void>;
  /** Changes what a person chose for a model; it holds from its next start on. */
  updateModel(modelId: string, patch: ModelPatch): Promise<ModelStatus>;
  /** Changes what models follow that have no settings of their own. */
  updateDefaults(settings: SettingsPatch): Promise<ModelDefaults>;
  /** Attaches a server that someone else runs; it is only watched, and steered as far as it can be. */
  attachEndpoint(request: AttachRequest): Promise<Endpoint>;
  /** Has an endpoint watched in the fleet. */
  registerEndpoint(request: RegisterRequest): Promise<Endpoint>;
  /** Lets go of an endpoint that a person registered or attached; it runs on. */
  removeEndpoint(endpointId: string): Promise<void>;
  /** Checks an endpoint now, and answers what was found. */
  checkEndpoint(endpointId: string): Promise<Endpoint>;
  /** The readings of every metrics backend in the last `windowS` seconds, at most 900. */
  metricsWindow(windowS: number): Promise<readonly MetricsWindow[]>;
  /** Every number of a model with its source and age, and the log of its server. */
  modelDetails(modelId: string): Promise<ModelDetails>;
  /** Where the model's server can be called directly, and with which key. */
  modelAccess(modelId: string): Promise<ModelAccess>;
}

/**
 * The face of a hub. An in-process hub, a remote one, a simulator and a recording are interchangeable behind it;
 * elements know nothing else.
 */
export type HubFace = HubView & HubCommands;
