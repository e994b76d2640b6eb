import type { Unsubscribe } from '../event-hub.js';
import type { HubConnection, HubEvents } from '../events.js';
import type { ModelAccess, ModelStatus, RejectedFile } from '../models/model.js';
import type { ModelSeriesView } from '../models/model-series.js';

/** What can be seen of a hub. Reads are synchronous and cheap; an event says when they changed. */
export interface HubView {
  /** How this view stands with the facts. Reads keep their last answers while it reconnects. */
  readonly connection: HubConnection;
  /** Why `connection` is `closed`, when the hub refused this view for good. */
  readonly error?: Error | undefined;
  /** Every model, in no promised order. */
  models(): readonly ModelStatus[];
  /** One model; `undefined` for an unknown id. */
  model(modelId: string): ModelStatus | undefined;
  /** Files that looked like models and are not. */
  rejected(): readonly RejectedFile[];
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
  /** Where the model's server can be called directly, and with which key. */
  modelAccess(modelId: string): Promise<ModelAccess>;
}

/**
 * The face of a hub. An in-process hub, a remote one, a simulator and a recording are interchangeable behind it;
 * elements know nothing else.
 */
export type HubFace = HubView & HubCommands;
