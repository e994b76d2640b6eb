import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { listeningInodes, portOwner } from './port-owner.js';

describe('portOwner', () => {
  it('names the process that listens, and nobody for a port that is free', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    expect(await portOwner(port)).toBe(process.pid);
    await new Promise((resolve) => server.close(resolve));
    expect(await portOwner(port)).toBeUndefined();
  });
});

describe('listeningInodes', () => {
  const row = (local: string, state: string, inode: string): string =>
    `   0: ${local} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000     0        0 ${inode} 1 0 100 0`;
  const table = [
    '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
    row('0100007F:1FA4', '0A', '111'),
    row('0100007F:1FA4', '01', '222'),
    row('00000000:1FA5', '0A', '333'),
    row('00000000000000000000000001000000:1FA4', '0A', '444'),
    '',
  ].join('\n');

  it('takes the listening sockets of exactly that port', () => {
    expect(listeningInodes(table, 8100)).toEqual(['111', '444']);
    expect(listeningInodes(table, 8101)).toEqual(['333']);
    expect(listeningInodes('', 8100)).toEqual([]);
  });
});
