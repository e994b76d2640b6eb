import { Client } from 'undici';
import { type ConnectClient, clientOptions } from '../../probes/server-connection.js';
import type { CallTarget } from './call-target.js';

/** Where servers of the hub's own listen. */
const here = /^(?:127\.0\.0\.1|\[::1\])$/;

/**
 * The client for one call of a server. One of our own is called on whatever port it was given; the rules of egress, which
 * keep ports of databases and the like from calls, are for servers of others.
 */
export function targetClient(
  { baseUrl, isOwn = false }: Pick<CallTarget, 'baseUrl' | 'isOwn'>,
  connect: ConnectClient,
): Client {
  const { origin, hostname } = new URL(baseUrl);
  return isOwn && here.test(hostname) ? new Client(origin, clientOptions) : connect(origin);
}
