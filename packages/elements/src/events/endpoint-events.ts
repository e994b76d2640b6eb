import type { AttachRequest, RegisterRequest } from '@corral/core';
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

/** Someone wants an endpoint to be watched in the fleet. */
export class EndpointAddEvent extends IntentEvent {
  static readonly type = 'endpoint-add';
  /** Where it is, as it was typed, and its key. */
  readonly request: RegisterRequest;

  constructor(request: RegisterRequest) {
    super(EndpointAddEvent.type);
    this.request = request;
  }
}

/** Someone wants an endpoint to be checked now. */
export class EndpointCheckEvent extends IntentEvent {
  static readonly type = 'endpoint-check';
  /** The endpoint that is meant. */
  readonly endpointId: string;

  constructor(endpointId: string) {
    super(EndpointCheckEvent.type);
    this.endpointId = endpointId;
  }
}

/** Someone wants to let go of an endpoint that was registered or attached. */
export class EndpointRemoveEvent extends IntentEvent {
  static readonly type = 'endpoint-remove';
  /** The endpoint that is meant. */
  readonly endpointId: string;

  constructor(endpointId: string) {
    super(EndpointRemoveEvent.type);
    this.endpointId = endpointId;
  }
}

declare global {
  interface GlobalEventHandlersEventMap {
    'model-attach': ModelAttachEvent;
    'endpoint-add': EndpointAddEvent;
    'endpoint-check': EndpointCheckEvent;
    'endpoint-remove': EndpointRemoveEvent;
  }
}
