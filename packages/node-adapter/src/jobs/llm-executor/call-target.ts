import type { EndpointModelState, Unsubscribe } from '@corral/core';
import { AdapterError } from '../../errors.js';

/** A model that a target serves. */
export interface CallTargetModel {
  /** As the server knows it. */
  readonly name: string;
  /** `null`: nobody knows whether it is loaded. */
  readonly state: EndpointModelState | null;
}

/** A server that can be called now. `null` means unknown. */
export interface CallTarget {
  /** One of a kind among all targets; stays the same while the server does. */
  readonly id: string;
  /** For people. */
  readonly name: string;
  /** The kind of a local server, such as `llama-server`, or a name such as `openai`: for prices and telemetry. */
  readonly provider: string;
  /** What stands before `/v1`, without a slash at its end. */
  readonly baseUrl: string;
  /** Sent as `Authorization: Bearer`. */
  readonly apiKey: string | null;
  readonly models: readonly CallTargetModel[];
  /** How many calls of ours it takes at the same time. `null`: one. */
  readonly slots: number | null;
  /** Whether the hub started it on this machine: then it is called on any port. Default: false. */
  readonly isOwn?: boolean;
  /** Requests of anybody that wait there. */
  readonly queueDepth: number | null;
  /** Tokens, in and out together, that one call can hold. */
  readonly contextTokens: number | null;
}

/** The servers that can be called now; which they are may change at any time. */
export interface CallTargets {
  list(): readonly CallTarget[];
  /** Calls `listener` when there may be others, or other models on them. */
  onChanged?(listener: () => void): Unsubscribe;
}

/** A server that is always there. */
export interface StaticTarget {
  /** What stands before `/v1`, such as `http://127.0.0.1:9931`. A `/v1` at its end is taken off. */
  readonly baseUrl: string;
  /** Names of its models, at least one. */
  readonly models: readonly string[];
  /** Default: the address. */
  readonly name?: string;
  /** `llama-server` gets what only that understands. Default: `openai`. */
  readonly provider?: string;
  readonly apiKey?: string | null;
  /** Default: 1. */
  readonly slots?: number;
  readonly contextTokens?: number | null;
}

/**
 * Makes targets of servers that are always there.
 * @throws AdapterError `invalid_option` for an address that is no HTTP URL, and for a server without models
 */
export function staticTargets(given: readonly StaticTarget[]): CallTargets {
  const targets = given.map((target, place): CallTarget => {
    const baseUrl = target.baseUrl.replace(/\/+$/, '').replace(/\/v1$/, '');
    if (!/^https?:$/.test(URL.parse(baseUrl)?.protocol ?? ''))
      throw new AdapterError('invalid_option', `Expected \`baseUrl\` of target ${place} to be an HTTP URL`);
    if (target.models.length === 0)
      throw new AdapterError('invalid_option', `Expected \`models\` of target ${place} to name a model`);
    return {
      id: `${place} ${baseUrl}`,
      name: target.name ?? baseUrl,
      provider: target.provider ?? 'openai',
      baseUrl,
      apiKey: target.apiKey ?? null,
      models: target.models.map((name) => ({ name, state: null })),
      slots: target.slots ?? 1,
      queueDepth: null,
      contextTokens: target.contextTokens ?? null,
    };
  });
  return { list: () => targets };
}
