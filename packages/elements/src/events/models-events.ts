import { IntentEvent } from './intent-event.js';

/** Someone wants the disk to be looked at again. */
export class ModelsRescanEvent extends IntentEvent {
  static readonly type = 'models-rescan';
  constructor() {
    super(ModelsRescanEvent.type);
  }
}

/** Someone wants all models to start. */
export class ModelsStartAllEvent extends IntentEvent {
  static readonly type = 'models-start-all';
  constructor() {
    super(ModelsStartAllEvent.type);
  }
}

/** Someone wants all models to stop. */
export class ModelsStopAllEvent extends IntentEvent {
  static readonly type = 'models-stop-all';
  constructor() {
    super(ModelsStopAllEvent.type);
  }
}

declare global {
  interface GlobalEventHandlersEventMap {
    'models-rescan': ModelsRescanEvent;
    'models-start-all': ModelsStartAllEvent;
    'models-stop-all': ModelsStopAllEvent;
  }
}
