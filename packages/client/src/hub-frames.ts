import type { HubEvents, HubSnapshot, WireEventName } from '@corral/core';
import { ClientError, isRecord } from './client-error.js';

/** One message of the event stream. */
export interface StreamMessage {
  /** `<epoch>-<seq>` */
  readonly id: string;
  readonly event: string;
  readonly data: string;
}

/** A snapshot with its place in the stream. */
export interface PlacedSnapshot extends HubSnapshot {
  readonly lastEventId: string;
}

/** A message that was understood. */
export type HubFrame =
  | { readonly kind: 'snapshot'; readonly snapshot: PlacedSnapshot }
  | { readonly kind: 'lagged' }
  | { readonly kind: 'ignored' }
  | {
      [Name in WireEventName]: {
        readonly kind: 'event';
        readonly name: Name;
        readonly payload: HubEvents[Name];
      };
    }[WireEventName];

/** What must hold of the payload of each event. */
const payloadChecks: Readonly<Record<WireEventName, (body: Record<string, unknown>) => boolean>> = {
  'models:scanned': isScanned,
  'models:scan-progressed': isProgress,
  'models:bulk-progressed': isProgress,
  'models:defaults-changed': (body) => isDefaults(body['defaults']),
  'endpoint:registered': hasEndpoint,
  'endpoint:updated': hasEndpoint,
  'endpoint:removed': (body) => typeof body['endpointId'] === 'string',
  'endpoints:checked': hasLists('checks'),
  'host:reported': (body) => isHost(body['host']),
  'host:removed': (body) => typeof body['hostId'] === 'string',
  'metrics:collected': hasLists('snapshots'),
  'job:submitted': (body) => isJob(body['job']),
  'job:updated': (body) => isJob(body['job']),
  'job:removed': (body) => typeof body['jobId'] === 'string',
  'telemetry:recorded': (body) => isTelemetry(body['models']),
  'model:state-changed': hasModel,
  'model:updated': hasModel,
  'models:sampled': isSampled,
};

/**
 * Understands a message. The checks are by hand and as deep as we read: the full schemas of `@corral/core/wire` would
 * weigh more than the rest of the client. Unknown events of a newer hub are ignored.
 * @throws ClientError `protocol`
 */
export function readFrame({ event, data }: StreamMessage): HubFrame {
  if (event === 'snapshot') return { kind: 'snapshot', snapshot: readSnapshot(parse(data)) };
  if (event === 'lagged') return { kind: 'lagged' };
  if (!isWireEvent(event)) return { kind: 'ignored' };
  return { kind: 'event', name: event, payload: expect(parse(data), payloadChecks[event]) } as HubFrame;
}

function isWireEvent(event: string): event is WireEventName {
  return Object.hasOwn(payloadChecks, event);
}

/** Checks the body of `GET /api/snapshot`; one of a hub that knows no jobs reads as without any. @throws ClientError `protocol` */
export function readSnapshot(value: unknown): PlacedSnapshot {
  const { jobs = [], telemetry = [] } = isRecord(value) ? value : {};
  const complete = (body: Record<string, unknown>): boolean => {
    const placed = typeof body['lastEventId'] === 'string' && typeof body['tick'] === 'number';
    const known = isDefaults(body['defaults']) && isRecord(body['activity']);
    const lists = isScanned(body) && hasLists('metrics', 'backends')(body) && isRegistry(body['registry']);
    const worked = Array.isArray(jobs) && jobs.every(isJob) && isTelemetry(telemetry);
    return placed && known && lists && worked && (body['metrics'] as unknown[]).every(isSeries);
  };
  return { ...(expect(value, complete) as PlacedSnapshot), jobs, telemetry } as PlacedSnapshot;
}

/** The number in an id; `undefined` when it is none of ours. */
export function placeOf(id: string): { readonly epoch: string; readonly seq: number } | undefined {
  const match = /^([^-]+)-(\d+)$/.exec(id);
  return match ? { epoch: match[1] as string, seq: Number(match[2]) } : undefined;
}

function parse(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch (cause) {
    throw new ClientError('protocol', 'The hub sent something that is not JSON', { cause, retryable: true });
  }
}

function expect(value: unknown, check: (body: Record<string, unknown>) => boolean): unknown {
  if (isRecord(value) && check(value)) return value;
  throw new ClientError('protocol', 'The hub sent something unexpected; is its version another one?', {
    retryable: true,
  });
}

function hasLists(...names: readonly string[]) {
  return (body: Record<string, unknown>): boolean => names.every((name) => Array.isArray(body[name]));
}

function isScanned(body: Record<string, unknown>): boolean {
  return hasLists('models', 'rejected')(body) && (body['models'] as unknown[]).every(hasId);
}

function isProgress(body: Record<string, unknown>): boolean {
  return typeof body['done'] === 'number' && typeof body['total'] === 'number';
}

function isDefaults(value: unknown): boolean {
  return isRecord(value) && [value['settings'], value['builtIn'], value['portRange']].every(isRecord);
}

function hasModel(body: Record<string, unknown>): boolean {
  return hasId(body['model']);
}

function hasEndpoint(body: Record<string, unknown>): boolean {
  return isEndpoint(body['endpoint']);
}

function isEndpoint(value: unknown): boolean {
  return isRecord(value) && typeof value['id'] === 'string' && Array.isArray(value['models']);
}

function isHost(value: unknown): boolean {
  return isRecord(value) && typeof value['hostId'] === 'string' && Array.isArray(value['gpus']);
}

function isJob(value: unknown): boolean {
  if (!isRecord(value) || !isRecord(value['taskCounts'])) return false;
  return ['jobId', 'status', 'createdAt'].every((name) => typeof value[name] === 'string');
}

function isTelemetry(value: unknown): boolean {
  const named = (entry: unknown): boolean =>
    isRecord(entry) && typeof entry['model'] === 'string' && typeof entry['provider'] === 'string';
  return Array.isArray(value) && value.every(named);
}

function isRegistry(value: unknown): boolean {
  if (!isRecord(value) || !hasLists('endpoints', 'resources')(value)) return false;
  return (
    (value['endpoints'] as unknown[]).every(isEndpoint) && (value['resources'] as unknown[]).every(isHost)
  );
}

function hasId(value: unknown): boolean {
  return isRecord(value) && typeof value['modelId'] === 'string';
}

function isSampled(body: Record<string, unknown>): boolean {
  return (
    typeof body['tick'] === 'number' &&
    typeof body['at'] === 'string' &&
    Array.isArray(body['samples']) &&
    body['samples'].every(hasId)
  );
}

function isSeries(value: unknown): boolean {
  const lists = hasLists('tokensPerSecond', 'memoryGb', 'latencyMs');
  return isRecord(value) && lists(value) && isRecord(value['valid']) && lists(value['valid']);
}
