import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Stands before a server and writes down what it is asked. */
export interface RecordingProxy {
  readonly port: number;
  /** Method and path of each request, oldest first. */
  readonly requests: readonly string[];
  readonly close: () => Promise<void>;
}

/** Passes every request on to a port of this machine, headers and bodies as they are. */
export async function startRecordingProxy(targetPort: number): Promise<RecordingProxy> {
  const requests: string[] = [];
  const server = createServer((incoming, outgoing) => {
    const { method = '', url = '', headers } = incoming;
    requests.push(`${method} ${url}`);
    const passedOn = request(
      { host: '127.0.0.1', port: targetPort, method, path: url, headers },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      },
    );
    passedOn.on('error', () => outgoing.destroy());
    incoming.pipe(passedOn);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
