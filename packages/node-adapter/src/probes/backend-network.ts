import { type BackendConnector, type BackendTarget, type EndpointAddress, systemClock } from '@corral/core';
import { Client } from 'undici';
import { checkApiKey } from '../egress/api-key.js';
import { parseEndpointUrl } from '../egress/endpoint-address.js';
import { guardedConnector } from '../egress/guarded-connector.js';
import { NameResolver } from '../egress/name-resolver.js';
import { resolveEndpoint } from '../egress/resolve-endpoint.js';
import type { ListenAddress } from '../egress/self-reference.js';
import { type BackendConnection, connectBackend } from './connect-backend.js';
import { clientOptions } from './server-connection.js';

/** Which servers of others may be called. */
export interface BackendNetworkOptions {
  /** Whether addresses of the public internet may be called. Default: false. */
  readonly allowPublic?: boolean;
  /** Where this hub itself can be reached, so that it never watches itself. Default: nowhere. */
  readonly self?: readonly ListenAddress[];
}

/** Finds servers of others, within the rules of egress: judged when an address is given, and at every connect again. */
export class BackendNetwork implements BackendConnector {
  readonly #options: BackendNetworkOptions;
  readonly #names = new NameResolver({ clock: systemClock });

  constructor(options: BackendNetworkOptions = {}) {
    this.#options = options;
  }

  async judge(url: string, apiKey: string | null): Promise<EndpointAddress> {
    const address = parseEndpointUrl(url, this.#options);
    if (apiKey !== null) checkApiKey(apiKey);
    await resolveEndpoint(address, this.#options, this.#names);
    return address;
  }

  connect(target: BackendTarget, signal: AbortSignal): Promise<BackendConnection> {
    const { allowPublic = false } = this.#options;
    const connect = guardedConnector({ names: this.#names, policy: { allowPublic } });
    return connectBackend(target, (origin) => new Client(origin, { ...clientOptions, connect }), signal);
  }
}
