import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Client } from 'undici';
import { afterEach, describe, expect, it } from 'vitest';
import { BackendNetwork } from '../../probes/backend-network.js';
import { executorOn, failureOf, targetOf } from './executor.fixture.js';
import { contextInTest, taskInTest } from './job-context.fixture.js';
import { good, says } from './model-server.fixture.js';
import { targetClient } from './target-client.js';

/** Ports that no server of others may have; the first that is free is taken. */
const blockedPorts = [8500, 9200, 9300, 11_211, 27_017, 5984];

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

/** A model's server on a port that is blocked for servers of others. */
async function openOnBlockedPort(): Promise<{ readonly url: string }> {
  const answers = [says('done'), good];
  const server = createServer((request, response) => {
    request.resume();
    answers.shift()?.(response, { model: '', messages: [] }, request);
  });
  servers.push(server);
  for (const port of blockedPorts) {
    const isOpen = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => resolve(true));
    });
    if (isOpen) return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
  }
  throw new Error('Expected one of the ports to be free');
}

describe('targetClient', () => {
  it('calls a server of our own on any port, and one of others only where the rules allow', async () => {
    const server = await openOnBlockedPort();
    const theirs = await failureOf(
      executorOn([targetOf(server)]).executor.runTask(taskInTest(), contextInTest().context),
    );
    expect([theirs.code, theirs.retryable]).toEqual(['upstream_refused', false]);
    const ours = executorOn([targetOf(server, { isOwn: true })]);
    expect(await ours.executor.runTask(taskInTest(), contextInTest().context)).toMatchObject({
      output: 'done',
      score: 0.9,
    });
  });

  it('never lets what is not on this machine pass for our own', async () => {
    const asked: string[] = [];
    const network = new BackendNetwork();
    const connect = (origin: string): Client => {
      asked.push(origin);
      return network.connectClient(origin);
    };
    for (const baseUrl of ['http://10.0.0.1:8500', 'http://127.0.0.1.example:8500', 'http://[::2]:8500'])
      await targetClient({ baseUrl, isOwn: true }, connect).destroy();
    await targetClient({ baseUrl: 'http://127.0.0.1:8500' }, connect).destroy();
    expect(asked).toHaveLength(4);
    for (const baseUrl of ['http://127.0.0.1:8500', 'http://[::1]:8500/base'])
      await targetClient({ baseUrl, isOwn: true }, connect).destroy();
    expect(asked).toHaveLength(4);
  });
});
