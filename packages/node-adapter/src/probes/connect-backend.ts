import {
  addressText,
  type Backend,
  type BackendTarget,
  type EndpointCondition,
  type EndpointKind,
} from '@corral/core';
import { AttachedLlamaServer } from './attached-llama-server.js';
import { fingerprint } from './fingerprint.js';
import { LlamaRouter } from './llama-router.js';
import { LlamaSwap } from './llama-swap.js';
import { type ConnectClient, ServerConnection } from './server-connection.js';

/** What came of connecting: a backend, or why there is none. */
export interface BackendConnection {
  readonly condition: EndpointCondition;
  readonly problem: string | null;
  readonly backend?: Backend;
}

type OpenBackend = (connection: ServerConnection, target: BackendTarget) => Backend;

const openers: Readonly<Record<EndpointKind, OpenBackend>> = {
  'llama-server': (connection, { scrapeMetrics }) => new AttachedLlamaServer(connection, { scrapeMetrics }),
  'llama-router': (connection, { scrapeMetrics }) => new LlamaRouter(connection, { scrapeMetrics }),
  'llama-swap': (connection) => new LlamaSwap(connection),
};

/**
 * Recognises what answers at an address and opens the backend for it, which keeps the connection. Never rejects.
 * @param connect makes every client, so the rules about where one may connect to are in it
 */
export async function connectBackend(
  target: BackendTarget,
  connect: ConnectClient,
  signal: AbortSignal,
): Promise<BackendConnection> {
  const { basePath, apiKey } = target;
  const connection = new ServerConnection(
    { origin: addressText({ ...target, basePath: '' }), basePath, apiKey },
    connect,
  );
  const { condition, problem, kind } = await fingerprint(connection, signal);
  if (kind !== null) return { condition, problem, backend: openers[kind](connection, target) };
  await connection.close();
  return { condition, problem };
}
