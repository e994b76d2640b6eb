/** The kinds of LLM servers that are told apart. */
export const endpointKinds = [
  'llama-server',
  'llama-router',
  'llama-swap',
  'ollama',
  'lm-studio',
  'vllm',
  'sglang',
  'localai',
  'koboldcpp',
  'openai',
] as const;

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

/**
 * How a hub came to know an endpoint: a person registered or attached it, it is a server of the hub's own, an agent on
 * another host reported it, or it was found on this machine.
 */
export const endpointOrigins = ['registered', 'attached', 'managed', 'agent', 'discovered'] as const;

/** One of {@link endpointOrigins}. */
export type EndpointOrigin = (typeof endpointOrigins)[number];

/** What a server says of one of its models: `unloaded` could be loaded, `failed` ended badly the last time. */
export const endpointModelStates = [
  'unloaded',
  'loading',
  'ready',
  'sleeping',
  'stopping',
  'failed',
] as const;

/** One of {@link endpointModelStates}. */
export type EndpointModelState = (typeof endpointModelStates)[number];

/** A model of an endpoint. `null` means unknown. */
export interface EndpointModel {
  readonly name: string;
  /** `null` where the server only lists what it could serve. */
  readonly state: EndpointModelState | null;
  /** Bytes that it takes, weights and context together where the server tells. */
  readonly sizeBytes: number | null;
  /** The part of `sizeBytes` that is in graphics memory. */
  readonly vramBytes: number | null;
}

/** An LLM API somewhere. `null` means unknown. */
export interface Endpoint extends EndpointAddress {
  readonly id: string;
  readonly name: string;
  readonly kind: EndpointKind | null;
  /** `manual`: a person registered or attached it, and can remove it. */
  readonly source: 'auto' | 'manual';
  readonly origin: EndpointOrigin;
  /** `unknown` until enough checks agree, and while it neither works nor fails: loading, or asking for a key. */
  readonly status: 'healthy' | 'unhealthy' | 'unknown';
  readonly condition: EndpointCondition | null;
  /** The models that it serves, loaded or not. */
  readonly models: readonly EndpointModel[];
  /** ISO 8601. */
  readonly lastCheckedAt: string | null;
  readonly latencyMs: number | null;
  /** Requests that wait for a free place, where the server tells. */
  readonly queueDepth: number | null;
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
  /** Whether its models have cards; otherwise it is watched in the fleet alone. */
  readonly attached: boolean;
}

/** Keeps endpoints that people registered. Every save resolves once it is on disk. */
export interface EndpointStore {
  loadEndpoints(): Promise<readonly StoredEndpoint[]>;
  saveEndpoint(endpoint: StoredEndpoint): Promise<void>;
  /** Removes one; an unknown id is fine. */
  removeEndpoint(id: string): Promise<void>;
}
