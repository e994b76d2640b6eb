import { IntentEvent } from './intent-event.js';

/** Someone wants a model to start. */
export class ModelStartEvent extends IntentEvent {
  static readonly type = 'model-start';
  readonly modelId: string;
  constructor(modelId: string) {
    super(ModelStartEvent.type);
    this.modelId = modelId;
  }
}

/** Someone wants a model to stop. */
export class ModelStopEvent extends IntentEvent {
  static readonly type = 'model-stop';
  readonly modelId: string;
  constructor(modelId: string) {
    super(ModelStopEvent.type);
    this.modelId = modelId;
  }
}

/** Someone wants a model to stop and start again. */
export class ModelRestartEvent extends IntentEvent {
  static readonly type = 'model-restart';
  readonly modelId: string;
  constructor(modelId: string) {
    super(ModelRestartEvent.type);
    this.modelId = modelId;
  }
}

declare global {
  interface HTMLElementEventMap {
    'model-start': ModelStartEvent;
    'model-stop': ModelStopEvent;
    'model-restart': ModelRestartEvent;
  }
}
