import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Client } from 'undici';
import { afterEach, describe, expect, it } from 'vitest';
import { ollamaProbe } from './ollama.js';
import { ProbedBackend } from './probed-backend.js';
import { clientOptions, ServerConnection } from './server-connection.js';

const program = `
  require('node:http')
    .createServer((_, response) => response.end('{"models":[]}'))
    .listen(0, '127.0.0.1', function () { process.send(this.address().port); });
`;

let child: ChildProcess | undefined;
afterEach(() => {
  child?.kill('SIGKILL');
});

describe('F31 a peer that stands still behind a connection that stays open', () => {
  it('fails the next check at its deadline, and answers on a fresh connection once it goes on', async () => {
    child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
    const [port] = (await once(child, 'message')) as [number];
    let connections = 0;
    const connect = (origin: string): Client => {
      const client = new Client(origin, clientOptions);
      client.on('connect', () => (connections += 1));
      return client;
    };
    const location = { origin: `http://127.0.0.1:${port}`, basePath: '', apiKey: null };
    const backend = new ProbedBackend(new ServerConnection(location, connect), ollamaProbe());
    expect(await backend.check(AbortSignal.timeout(5000))).toMatchObject({ condition: 'ok' });
    expect(connections).toBe(1);

    child.kill('SIGSTOP');
    const startedMs = performance.now();
    expect(await backend.check(AbortSignal.timeout(300))).toMatchObject({ condition: 'timeout' });
    expect(performance.now() - startedMs).toBeLessThan(2500);

    child.kill('SIGCONT');
    expect(await backend.check(AbortSignal.timeout(5000))).toMatchObject({ condition: 'ok' });
    expect(connections).toBe(2);
    await backend.close();
  });
});
