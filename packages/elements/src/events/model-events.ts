import type { ModelPatch } from '@corral/core';
import { IntentEvent } from './intent-event.js';

class ModelIntentEvent extends IntentEvent {
  /** The model that is meant. */
  readonly modelId: string;

  constructor(type: string, modelId: string) {
    super(type);
    this.modelId = modelId;
  }
}

/** Someone wants a model to start. */
export class ModelStartEvent extends ModelIntentEvent {
  static readonly type = 'model-start';
  constructor(modelId: string) {
    super(ModelStartEvent.type, modelId);
  }
}

/** Someone wants a model to stop. */
export class ModelStopEvent extends ModelIntentEvent {
  static readonly type = 'model-stop';
  constructor(modelId: string) {
    super(ModelStopEvent.type, modelId);
  }
}

/** Someone wants a model to stop and start again. */
export class ModelRestartEvent extends ModelIntentEvent {
  static readonly type = 'model-restart';
  constructor(modelId: string) {
    super(ModelRestartEvent.type, modelId);
  }
}

/** Someone wants to change what was chosen for a model. */
export class ModelSettingsChangeEvent extends ModelIntentEvent {
  static readonly type = 'model-settings-change';
  /** What changes, and nothing else. */
  readonly patch: ModelPatch;

  constructor(modelId: string, patch: ModelPatch) {
    super(ModelSettingsChangeEvent.type, modelId);
    this.patch = patch;
  }
}

declare global {
  interface GlobalEventHandlersEventMap {
    'model-settings-change': ModelSettingsChangeEvent;
    'model-start': ModelStartEvent;
    'model-stop': ModelStopEvent;
    'model-restart': ModelRestartEvent;
  }
}
