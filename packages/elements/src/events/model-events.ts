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

declare global {
  interface GlobalEventHandlersEventMap {
    'model-start': ModelStartEvent;
    'model-stop': ModelStopEvent;
    'model-restart': ModelRestartEvent;
  }
}
