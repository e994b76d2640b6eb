import type { Choice } from '../model-toolbar/arrangement.js';

/** Someone chose which models to see, and in which order. */
export class ModelsArrangeEvent extends Event {
  static readonly type = 'models-arrange';
  readonly choice: Choice;
  constructor(choice: Choice) {
    super(ModelsArrangeEvent.type, { bubbles: true, composed: true });
    this.choice = choice;
  }
}

/** Someone wants to attach a server, or is done with it. */
export class AttachToggleEvent extends Event {
  static readonly type = 'attach-toggle';
  readonly open: boolean;
  constructor(open: boolean) {
    super(AttachToggleEvent.type, { bubbles: true, composed: true });
    this.open = open;
  }
}

declare global {
  interface GlobalEventHandlersEventMap {
    'models-arrange': ModelsArrangeEvent;
    'attach-toggle': AttachToggleEvent;
  }
}
