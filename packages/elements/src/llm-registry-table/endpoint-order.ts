import type { Endpoint, HostResources } from '@corral/core';
import { isLoaded, kindText } from './endpoint-texts.js';

/** What the table can be sorted by: its columns. */
export type SortColumn =
  | 'status'
  | 'name'
  | 'port'
  | 'kind'
  | 'models'
  | 'source'
  | 'cpu'
  | 'ram'
  | 'vram'
  | 'latency'
  | 'checked';

/** What a person chose to see. */
export interface EndpointChoice {
  readonly query: string;
  readonly status: Endpoint['status'] | 'all';
  /** Only endpoints that have this model. */
  readonly model: string | undefined;
  readonly sort: SortColumn;
  readonly isDescending: boolean;
}

/** Every endpoint, by name. */
export const everyEndpoint: EndpointChoice = {
  query: '',
  status: 'all',
  model: undefined,
  sort: 'name',
  isDescending: false,
};

/** The machine of an endpoint, where it is known. */
export type HostOf = (endpoint: Endpoint) => HostResources | undefined;

const statusRanks: Readonly<Record<Endpoint['status'], number>> = { unhealthy: 0, unknown: 1, healthy: 2 };
const names = new Intl.Collator(undefined, { numeric: true });
const searched = new WeakMap<Endpoint, string>();

/** The endpoints that a person wants to see, in the order they chose; what is not known comes last either way. */
export function arrangeEndpoints(
  endpoints: readonly Endpoint[],
  { query, status, model, sort, isDescending }: EndpointChoice,
  hostOf: HostOf,
): Endpoint[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const wanted = endpoints.filter(
    (endpoint) =>
      (status === 'all' || endpoint.status === status) &&
      (model === undefined || endpoint.models.some(({ name }) => name === model)) &&
      words.every((word) => searchText(endpoint).includes(word)),
  );
  const keyed = wanted.map((endpoint) => ({ endpoint, key: sortKey(sort, endpoint, hostOf) }));
  const sign = isDescending ? -1 : 1;
  keyed.sort(
    (a, b) =>
      compareKeys(a.key, b.key, sign) ||
      names.compare(a.endpoint.name, b.endpoint.name) ||
      (a.endpoint.id < b.endpoint.id ? -1 : 1),
  );
  return keyed.map(({ endpoint }) => endpoint);
}

type SortKey = string | number | null;

function compareKeys(a: SortKey, b: SortKey, sign: number): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  if (typeof a === 'string' && typeof b === 'string') return sign * names.compare(a, b);
  return sign * (Number(a) - Number(b));
}

function sortKey(sort: SortColumn, endpoint: Endpoint, hostOf: HostOf): SortKey {
  switch (sort) {
    case 'status':
      return statusRanks[endpoint.status];
    case 'name':
      return endpoint.name;
    case 'port':
      return endpoint.port;
    case 'kind':
      return endpoint.kind && kindText(endpoint.kind);
    case 'models':
      // Loaded ones count first: with equal many of them, those that could be loaded decide.
      return endpoint.models.filter(isLoaded).length + endpoint.models.length / 1e6;
    case 'source':
      return `${endpoint.source} ${endpoint.origin}`;
    case 'cpu':
      return hostOf(endpoint)?.cpuPercent ?? null;
    case 'ram':
      return share(hostOf(endpoint)?.ramUsed, hostOf(endpoint)?.ramTotal);
    case 'vram':
      return share(hostOf(endpoint)?.vramUsed, hostOf(endpoint)?.vramTotal);
    case 'latency':
      return endpoint.latencyMs;
    case 'checked':
      // The older, the longer ago: ascending is the newest first, as the column reads.
      return endpoint.lastCheckedAt === null ? null : -Date.parse(endpoint.lastCheckedAt);
  }
}

function share(used: number | null | undefined, total: number | null | undefined): number | null {
  return typeof used === 'number' && typeof total === 'number' && total > 0 ? used / total : null;
}

function searchText(endpoint: Endpoint): string {
  const known = searched.get(endpoint);
  if (known !== undefined) return known;
  const { name, host, port, models } = endpoint;
  const text = [name, `${host}:${port}`, ...models.map((model) => model.name)].join('\n').toLowerCase();
  searched.set(endpoint, text);
  return text;
}
