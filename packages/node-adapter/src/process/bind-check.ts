import { createServer } from 'node:net';
import { LaunchFailure } from '@corral/core';
import { portOwner } from './port-owner.js';

/**
 * Makes sure that a loopback port is free before a server is started on it, so that a taken port is a clear reason
 * and not a crash. @throws LaunchFailure `port_in_use`
 */
export async function assertPortFree(port: number): Promise<void> {
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ port, host: '127.0.0.1', exclusive: true }, resolve);
    });
  } catch (error) {
    const owner = await portOwner(port);
    const who = owner === undefined ? 'another program' : `process ${owner}`;
    throw new LaunchFailure('port_in_use', `Port ${port} is in use by ${who}`, { cause: error });
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}
