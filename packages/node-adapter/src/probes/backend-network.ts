import {
  type AddressParts,
  addressText,
  type BackendConnector,
  type BackendTarget,
  type Clock,
  CorralError,
  type EndpointAddress,
  systemClock,
} from '@corral/core';
import { Client } from 'undici';
import { checkApiKey } from '../egress/api-key.js';
import { parseEndpointUrl } from '../egress/endpoint-address.js';
import { asRefusalOf, parseEndpointParts } from '../egress/endpoint-parts.js';
import { guardedConnector } from '../egress/guarded-connector.js';
import { NameResolver, type ResolveName } from '../egress/name-resolver.js';
import { resolveEndpoint } from '../egress/resolve-endpoint.js';
import type { ListenAddress } from '../egress/self-reference.js';
import type { Logger } from '../logger.js';
import { type BackendConnection, connectBackend } from './connect-backend.js';
import { troubleOfFailure } from './endpoint-answer.js';
import { asProbeFailure } from './probe-failure.js';
import { QuietPeriod } from './quiet-period.js';
import { type ConnectClient, clientOptions } from './server-connection.js';
import { ServerLogs } from './server-log.js';

/** Which servers of others may be called. */
export interface BackendNetworkOptions {
  /** Whether addresses of the public internet may be called. Default: false. */
  readonly allowPublic?: boolean;
  /** Where this hub itself can be reached, so that it never watches itself. Default: nowhere. */
  readonly self?: readonly ListenAddress[];
  /** Finds the addresses of names. Default: the machine's own resolver. */
  readonly resolve?: ResolveName;
}

/** Finds servers of others, within the rules of egress: judged when an address is given, and at every connect again. */
export class BackendNetwork implements BackendConnector {
  readonly #options: BackendNetworkOptions;
  readonly #names: NameResolver;
  /** Makes the client for an origin: it connects to where the rules allow, and nowhere else. */
  readonly connectClient: ConnectClient;
  readonly #clock: Clock;
  readonly #logs: ServerLogs | undefined;
  /** Places that said, before anyone knew what is there, that they are asked too often. */
  readonly #quiet = new Map<string, QuietPeriod>();

  /** @param logger hears of redirects and of odd metrics, each once a minute for a server. Default: nobody does */
  constructor(options: BackendNetworkOptions = {}, logger?: Logger, clock: Clock = systemClock) {
    this.#options = options;
    this.#clock = clock;
    this.#logs = logger && new ServerLogs(logger, clock);
    const { resolve, allowPublic = false } = options;
    this.#names = new NameResolver({ clock, ...(resolve && { resolve }) });
    // One for all: what is dead is connected to again and again.
    const connect = guardedConnector({ names: this.#names, policy: { allowPublic } });
    this.connectClient = (origin) => new Client(origin, { ...clientOptions, connect });
  }

  async judge(url: string, apiKey: string | null): Promise<EndpointAddress> {
    const address = parseEndpointUrl(url, this.#options);
    if (apiKey !== null) checkApiKey(apiKey);
    await resolveEndpoint(address, this.#options, this.#names);
    return address;
  }

  async judgeParts(parts: AddressParts, defaultPort: number): Promise<EndpointAddress> {
    const address = parseEndpointParts(parts, { ...this.#options, defaultPort });
    try {
      await resolveEndpoint(address, this.#options, this.#names);
    } catch (error) {
      throw asRefusalOf('host', error);
    }
    return address;
  }

  async connect(target: BackendTarget, signal: AbortSignal): Promise<BackendConnection> {
    const trouble = await this.#troubleBefore(target, signal);
    if (trouble) return trouble;
    const place = addressText(target);
    const quiet = this.#quiet.get(place) ?? new QuietPeriod(() => this.#clock.now());
    const found = await connectBackend(target, this.connectClient, signal, quiet, this.#logs);
    for (const [old, { trouble }] of this.#quiet) if (!trouble) this.#quiet.delete(old);
    if (quiet.trouble) this.#quiet.set(place, quiet);
    return found;
  }

  /** What was kept may have been judged by other rules, and by a hub that listened elsewhere; names move. */
  async #troubleBefore(target: BackendTarget, signal: AbortSignal): Promise<BackendConnection | null> {
    try {
      const { failure } = await resolveEndpoint(target, this.#options, this.#names, signal);
      return failure && troubleOfFailure(asProbeFailure(failure, signal));
    } catch (error) {
      if (!(error instanceof CorralError)) throw error;
      return { condition: 'blocked_address', problem: error.message };
    }
  }
}
