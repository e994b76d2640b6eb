import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { root } from './corral-process.js';

/** A site that serves one HTML page and the bundle with its chunks, with headers of its own. */
export interface StaticSite {
  readonly origin: string;
  close(): Promise<void>;
}

const bundleFolder = path.join(root, 'packages/elements/cdn');

/**
 * Serves `e2e/pages/embed.html` at `/embed.html` and the scripts of the bundle; other requests go to `otherwise`.
 * @param page fills in the hub's address and the policy, once the origin of the site is known
 */
export async function serveSite(
  page: (origin: string) => { readonly hubUrl: string; readonly policy?: string },
  otherwise?: (incoming: IncomingMessage, outgoing: ServerResponse) => void,
): Promise<StaticSite> {
  const server = createServer((incoming, outgoing) => {
    void answer(incoming, outgoing);
  });
  const answer = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    if (incoming.url === '/embed.html') {
      const { hubUrl, policy } = page(origin);
      const html = await readFile(path.join(root, 'e2e/pages/embed.html'), 'utf8');
      outgoing.writeHead(200, {
        'content-type': 'text/html',
        ...(policy && { 'content-security-policy': policy }),
      });
      outgoing.end(html.replace('HUB_URL', hubUrl));
    } else if (incoming.url?.endsWith('.min.js')) {
      const file = path.join(bundleFolder, path.basename(incoming.url));
      outgoing.writeHead(200, { 'content-type': 'text/javascript' }).end(await readFile(file));
    } else if (incoming.url === '/favicon.ico') outgoing.writeHead(204).end();
    else if (otherwise) otherwise(incoming, outgoing);
    else outgoing.writeHead(404).end();
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    origin,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
