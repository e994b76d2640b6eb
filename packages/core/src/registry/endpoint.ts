/** The kinds of LLM servers that are told apart. */
export const endpointKinds = ['llama-server', 'llama-router', 'llama-swap'] as const;

/** One of {@link endpointKinds}. */
export type EndpointKind = (typeof endpointKinds)[number];

/** How an endpoint answered last; the exact reason behind its status. */
export const endpointConditions = [
  'ok',
  'loading',
  'auth_required',
  'refused',
  'timeout',
  'reset',
  'unrecognised',
  'redirect_refused',
  'blocked_address',
  'name_not_found',
  'body_too_large',
  'unexpected_encoding',
  'rate_limited',
  'server_error',
  'local_resource',
] as const;

/** One of {@link endpointConditions}. */
export type EndpointCondition = (typeof endpointConditions)[number];

/** Where an endpoint is: what was typed, judged and brought into its one canonical form. */
export interface EndpointAddress {
  readonly scheme: 'http' | 'https';
  /** A name in lower case, an IPv4 address in four numbers, or an IPv6 address without brackets. */
  readonly host: string;
  readonly port: number;
  /** A path without a slash at its end; empty for the root. */
  readonly basePath: string;
}

/** The address as a URL without a slash at its end; equal for two addresses exactly when they are the same place. */
export function addressText({ scheme, host, port, basePath }: EndpointAddress): string {
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}${basePath}`;
}

/** An LLM API somewhere. `null` means unknown. */
export interface Endpoint extends EndpointAddress {
  readonly id: string;
  readonly name: string;
  readonly kind: EndpointKind | null;
  readonly source: 'auto' | 'manual';
  readonly status: 'healthy' | 'unhealthy' | 'unknown';
  readonly condition: EndpointCondition | null;
  /** Names of the models that it serves, loaded or not. */
  readonly models: readonly string[];
  /** ISO 8601. */
  readonly lastCheckedAt: string | null;
  readonly latencyMs: number | null;
  /** The machine that it runs on, where that is known. */
  readonly hostId: string | null;
}

/** An endpoint as it is kept: with its key, which no answer ever holds. */
export interface StoredEndpoint extends EndpointAddress {
  readonly id: string;
  readonly name: string;
  readonly kind: EndpointKind | null;
  readonly apiKey: string | null;
  /** Whether `/metrics` of a llama-server may be read: reading it zeroes two gauges for everyone else. */
  readonly scrapeMetrics: boolean;
}

/** Keeps endpoints that people registered. Every save resolves once it is on disk. */
export interface EndpointStore {
  loadEndpoints(): Promise<readonly StoredEndpoint[]>;
  saveEndpoint(endpoint: StoredEndpoint): Promise<void>;
  /** Removes one; an unknown id is fine. */
  removeEndpoint(id: string): Promise<void>;
}
