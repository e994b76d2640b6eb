import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AdapterError } from '../errors.js';
import { errorBody, statusOf } from './http-errors.js';
import { httpLimits } from './http-limits.js';

/** A server that listens. */
export interface Listening {
  readonly port: number;
  /** Where the server is reached, as `http://host:port`. */
  readonly url: string;
  /** Stops listening and cuts what is open. */
  close(): Promise<void>;
}

/**
 * Listens with bounds on time and size, and refuses tunnels and upgrades.
 * @param port 0 lets the system choose
 * @throws AdapterError `address_in_use`, `address_unavailable`
 */
export async function listen(
  handler: (incoming: IncomingMessage, outgoing: ServerResponse) => void,
  host: string,
  port: number,
): Promise<Listening> {
  const server = createServer(
    {
      connectionsCheckingInterval: 1000,
      headersTimeout: httpLimits.headersTimeoutMs,
      requestTimeout: httpLimits.requestTimeoutMs,
      maxHeaderSize: httpLimits.headerBytes,
      // Our own check answers with the error body that every other refusal has.
      requireHostHeader: false,
      noDelay: true,
    },
    handler,
  );
  server.maxConnections = httpLimits.maxConnections;
  server.on('connect', (_request, socket) => socket.destroy());
  server.on('upgrade', (_request, socket) => {
    const body = JSON.stringify(errorBody('upgrade_refused'));
    socket.on('error', () => {});
    socket.end(
      `HTTP/1.1 ${statusOf('upgrade_refused')} Upgrade Required\r\nContent-Type: application/json\r\n` +
        `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
    );
  });
  await bind(server, host, port);
  const bound = (server.address() as AddressInfo).port;
  const name = host.includes(':') ? `[${host}]` : host;
  return {
    port: bound,
    url: `http://${name}:${bound}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function bind(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') {
        const message = `Port ${port} is in use. Pass --port with another one, or stop what holds it.`;
        reject(new AdapterError('address_in_use', message, { retryable: true, cause: error }));
      } else {
        reject(
          new AdapterError('address_unavailable', `Cannot listen on ${host}:${port} (${error.code})`, {
            cause: error,
          }),
        );
      }
    });
    server.listen(port, host, () => {
      // An accept that fails later, for want of descriptors say, must not end the process.
      server.on('error', () => {});
      resolve();
    });
  });
}
