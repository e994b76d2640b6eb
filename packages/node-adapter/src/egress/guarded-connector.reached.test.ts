import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { systemClock } from '@corral/core';
import { Client } from 'undici';
import { expect, it, vi } from 'vitest';
import { guardedConnector } from './guarded-connector.js';
import { NameResolver } from './name-resolver.js';

const judged = vi.hoisted((): string[] => []);

// No machine has an address that passes once and then does not, so the policy is one that changes its mind.
vi.mock('./egress-policy.js', async (importActual) => ({
  ...(await importActual<object>()),
  judgeAddress: (ip: string) =>
    judged.push(ip) === 1 ? { allowed: true } : { allowed: false, code: 'blocked_address' },
}));

it.each(['http', 'https'])(
  'sends no byte over %s to a socket that reached a refused address',
  async (scheme) => {
    judged.length = 0;
    let bytes = 0;
    const closed: Promise<unknown>[] = [];
    const server = createServer((socket) => {
      socket.on('data', (chunk) => (bytes += chunk.length)).on('error', () => {});
      closed.push(once(socket, 'close'));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const names = new NameResolver({
      clock: systemClock,
      resolve: async () => [{ address: '127.0.0.1', family: 4 }],
    });
    const client = new Client(`${scheme}://box.lan:${(server.address() as AddressInfo).port}`, {
      connect: guardedConnector({ names, policy: {} }),
    });

    await expect(client.request({ method: 'GET', path: '/' })).rejects.toMatchObject({
      code: 'blocked_address',
    });
    await vi.waitFor(() => expect(closed).toHaveLength(1));
    await Promise.all(closed);
    expect(bytes).toBe(0);
    expect(judged).toEqual(['127.0.0.1', '127.0.0.1']);
    await client.destroy();
    server.close();
  },
);
