import type { HubEvents, WireEventName } from '@corral/core';

/** An event on its way to the readers. */
export interface WireEvent {
  readonly name: WireEventName;
  readonly payload: object;
}

/** What an event is about. Events of one key replace each other: each of them carries all of it. */
export function keyOf({ name, payload }: WireEvent): string {
  if ('model' in payload) return `model ${(payload as HubEvents['model:updated']).model.modelId}`;
  if ('endpoint' in payload) return `endpoint ${(payload as HubEvents['endpoint:updated']).endpoint.id}`;
  if ('endpointId' in payload) return `endpoint ${(payload as HubEvents['endpoint:removed']).endpointId}`;
  if ('host' in payload) return `host ${(payload as HubEvents['host:reported']).host.hostId}`;
  if ('hostId' in payload) return `host ${(payload as HubEvents['host:removed']).hostId}`;
  if ('job' in payload) return `job ${(payload as HubEvents['job:updated']).job.jobId}`;
  if ('jobId' in payload) return `job ${(payload as HubEvents['job:removed']).jobId}`;
  return name;
}

/**
 * Of two events of one key the newer one counts, but what a reader needs to understand it stays: a change of state is one
 * from where it began, and an endpoint that has come must be announced as such before it can change.
 */
export function newest(waiting: WireEvent, next: WireEvent): WireEvent {
  if (waiting.name === 'model:state-changed')
    return {
      name: waiting.name,
      payload: { ...waiting.payload, ...('model' in next.payload && { model: next.payload.model }) },
    };
  if (waiting.name === 'endpoint:registered' && next.name === 'endpoint:updated')
    return { name: waiting.name, payload: next.payload };
  if (waiting.name === 'job:submitted' && next.name === 'job:updated')
    return { name: waiting.name, payload: next.payload };
  return next;
}
