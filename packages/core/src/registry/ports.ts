import type { ServerNumbers } from '../models/ports.js';
import type { EndpointAddress, EndpointCondition, EndpointKind, EndpointModel } from './endpoint.js';

/** What a backend says of one of its models. Names are unique within the backend. */
export interface BackendModelReading extends EndpointModel {
  /** Why it failed, for people. */
  readonly problem: string | null;
  /** Numbers of the model's server; `null` when they were not to be had without disturbing it. */
  readonly numbers: ServerNumbers | null;
}

/** What one check of a backend found. */
export interface BackendReading {
  /** `ok` or `loading` when it answered as what it is; otherwise why it did not. */
  readonly condition: EndpointCondition;
  /** Duration of the check's first request in ms; `null` when it was not answered. */
  readonly latencyMs: number | null;
  /** Every model of the backend; `null` when the list could not be read this time. */
  readonly models: readonly BackendModelReading[] | null;
  /** Requests that wait for a free place, where the backend tells. Default: unknown. */
  readonly queueDepth?: number | null;
  /** Why the condition is not `ok`, for people. It never quotes the backend. */
  readonly problem: string | null;
}

/**
 * A server that someone else runs, watched without disturbing it: nothing that it is asked loads, wakes or keeps awake a
 * model, except `load` and `unload`, which a person asks for.
 */
export interface Backend {
  readonly kind: EndpointKind;
  /**
   * One check. Never rejects, and settles soon after `signal` aborts. Calls must not overlap.
   * @param options `whole`: read everything anew, also what is kept for a while; for a person who asks
   */
  check(signal: AbortSignal, options?: { readonly whole?: boolean }): Promise<BackendReading>;
  /** Asks for a model to be loaded; absent where the backend has no such thing. @throws BackendFailure */
  load?(name: string, signal: AbortSignal): Promise<void>;
  /** Asks for a model to be unloaded; absent where the backend has no such thing. @throws BackendFailure */
  unload?(name: string, signal: AbortSignal): Promise<void>;
  /** Gives connections back. Idempotent. */
  close(): Promise<void>;
}

/** What is needed to reach a backend. */
export interface BackendTarget extends EndpointAddress {
  readonly apiKey: string | null;
  readonly scrapeMetrics: boolean;
  /** What answers there, when a person says so: it is not asked for. Default: it is recognised. */
  readonly kind?: EndpointKind | null;
  /**
   * `numbers`: everything that a card shows, each time. `status`: whether it works, by one small request a check, and its
   * models now and then. Default: `numbers`.
   */
  readonly detail?: 'numbers' | 'status';
}

/** Where an endpoint is, as it comes out of a form or a request: nothing of it is checked yet. */
export interface AddressParts {
  /** A name or an IP address; also `host:port`, or a URL. */
  readonly host: unknown;
  /** A number or its digits. */
  readonly port?: unknown;
  readonly scheme?: unknown;
  readonly basePath?: unknown;
  readonly apiKey?: unknown;
}

/** Why a backend could not be reached, recognised or commanded. Messages never quote what it answered. */
export class BackendFailure extends Error {
  override readonly name = 'BackendFailure';
  readonly condition: EndpointCondition;

  constructor(condition: EndpointCondition, message: string, options?: { readonly cause?: unknown }) {
    super(message, options?.cause === undefined ? undefined : { cause: options.cause });
    this.condition = condition;
  }
}

/** Finds out what answers at an address. */
export interface BackendConnector {
  /**
   * Reads an address as a person types it (a URL, `host:port` or `host`) and judges where it leads, and the key.
   * @throws CorralError `invalid_url`, `invalid_host`, `invalid_port`, `invalid_path`, `unsupported_scheme`,
   *   `blocked_address`, `blocked_port`, `egress_public_disabled`, `self_reference`, `invalid_api_key`
   */
  judge(url: string, apiKey: string | null): Promise<EndpointAddress>;
  /**
   * The same for an address in parts. `details.fields` of its errors names the part.
   * @param defaultPort where neither `port` nor `host` has one
   * @throws CorralError as {@link judge}
   */
  judgeParts(parts: AddressParts, defaultPort: number): Promise<EndpointAddress>;
  /**
   * Recognises the kind of what answers, with as few requests as can be, none of them on a path that loads, wakes or
   * generates. Never rejects: `backend` is absent where nothing was recognised, and `condition` says why.
   */
  connect(
    target: BackendTarget,
    signal: AbortSignal,
  ): Promise<{
    readonly condition: EndpointCondition;
    readonly problem: string | null;
    readonly backend?: Backend;
  }>;
}
