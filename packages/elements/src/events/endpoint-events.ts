import type { AttachRequest } from '@corral/core';
import { IntentEvent } from './intent-event.js';

/** Someone wants a server that others run to be attached. */
export class ModelAttachEvent extends IntentEvent {
  static readonly type = 'model-attach';
  /** Where it is, and its key. */
  readonly request: AttachRequest;

  constructor(request: AttachRequest) {
    super(ModelAttachEvent.type);
    this.request = request;
  }
}

/** Someone wants to let go of an attached server. */
export class EndpointRemoveEvent extends IntentEvent {
  static readonly type = 'endpoint-remove';
  /** The server that is meant. */
  readonly endpointId: string;

  constructor(endpointId: string) {
    super(EndpointRemoveEvent.type);
    this.endpointId = endpointId;
  }
}

declare global {
  interface GlobalEventHandlersEventMap {
    'model-attach': ModelAttachEvent;
    'endpoint-remove': EndpointRemoveEvent;
  }
}
