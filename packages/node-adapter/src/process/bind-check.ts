import { createServer } from 'node:net';
import { LaunchFailure } from '@corral/core';

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
    throw new LaunchFailure('port_in_use', `Port ${port} is in use by another program`, { cause: error });
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}
