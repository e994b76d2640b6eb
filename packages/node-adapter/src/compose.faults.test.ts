import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { Hub } from '@corral/core';
import { fakeLlamaCommand } from '@corral/testkit';
import { describe, expect, it, vi } from 'vitest';
import { HubHouse, ready } from './hub-house.fixture.js';
import { RecordingServer } from './probes/recording-server.fixture.js';

const house = HubHouse.forEachTest();

/** The fake server behind a shell that does something first. */
const wrapped = (script: string) => {
  const { command, args } = fakeLlamaCommand();
  return {
    command: 'sh',
    args: ['-c', `${script}; exec "$0" "$@"`, command, ...(args ?? [])],
    env: { CORRAL_TEST_MARK: house.mark, CORRAL_TEST_FOLDER: house.folder },
  };
};

const failed = (hub: Hub, id: string): Promise<unknown> =>
  vi.waitFor(() => expect(hub.model(id)?.state).toBe('failed'), { timeout: 20_000 });

describe('reasons', () => {
  it('F8 names a suspected want of memory after two restarts', async () => {
    const { hub, id } = await house.make(house.fake('kill', 100));
    const states: string[] = [];
    hub.subscribe('model:state-changed', ({ model }) => states.push(model.state));
    await hub.startModel(id);
    await failed(hub, id);
    expect(hub.model(id)).toMatchObject({
      failureCode: 'oom_suspected',
      lastExit: { signal: 'SIGKILL', exitCode: null },
    });
    expect(states.filter((state) => state === 'starting')).toHaveLength(3);
  });

  it('F20 tries another port once when its own was stolen after the look, and counts no crash', async () => {
    const steals = [
      'if [ ! -e "$CORRAL_TEST_FOLDER/stolen" ]; then touch "$CORRAL_TEST_FOLDER/stolen"',
      `echo "couldn't bind HTTP server socket, hostname: 127.0.0.1" >&2; exit 1; fi`,
    ].join('; ');
    const { hub, id } = await house.make(wrapped(steals));
    const states: string[] = [];
    hub.subscribe('model:state-changed', ({ model }) => states.push(model.state));
    await ready(hub, id);
    expect(hub.model(id)?.port).toBe(house.ports.from + 1);
    expect(states).not.toContain('backoff');
    expect(states).not.toContain('failed');
  });

  it('F20 fails when the second port is stolen too', async () => {
    const { hub, id } = await house.make(house.fake('port-in-use'));
    await hub.startModel(id);
    await failed(hub, id);
    expect(hub.model(id)?.failureCode).toBe('port_in_use');
  });

  it('F19 names the owner of a fixed port that is taken', async () => {
    const { hub, id } = await house.make(house.fake());
    const holder = spawn(
      process.execPath,
      [
        '-e',
        `require('net').createServer().listen(${house.ports.from}, '127.0.0.1', () => console.log('up'))`,
      ],
      { stdio: ['ignore', 'pipe', 'ignore'] },
    );
    house.dispose.push(() => holder.kill('SIGKILL'));
    await once(holder.stdout as NodeJS.ReadableStream, 'data');
    await hub.updateModel(id, { port: house.ports.from });
    await hub.startModel(id);
    await failed(hub, id);
    expect(hub.model(id)).toMatchObject({ failureCode: 'port_in_use', port: house.ports.from });
    expect(hub.model(id)?.errorMessage).toContain(String(holder.pid));
  });
});

describe('what escapes', () => {
  it('F14 a grandchild that left the group is ended at the next start, and told of', async () => {
    const { hub, id } = await house.make(wrapped('setsid sleep 300 & sleep 0.2'));
    const pid = await ready(hub, id);
    await hub.dispose();
    const escaped = await house.marked();
    expect(escaped).toHaveLength(1);
    expect(escaped).not.toContain(pid);
    const startedMs = performance.now();
    await house.make(house.fake());
    expect(performance.now() - startedMs).toBeLessThan(2000);
    expect(await house.marked()).toEqual([]);
    expect(house.log.join()).toContain('escaped');
  });
});

describe('settings', () => {
  it('reach the command line at the next start, and a running server says that it needs one', async () => {
    const { hub, id } = await house.make(house.fake());
    const pid = await ready(hub, id);
    expect(hub.model(id)?.restartNeeded).toBe(false);
    await hub.updateModel(id, {
      settings: {
        ctxSize: 1234,
        parallel: 3,
        sleepIdleSeconds: 77,
        extraFlags: ['--flash-attn', 'on', '--jinja'],
      },
    });
    expect(hub.model(id)).toMatchObject({ restartNeeded: true, pid });
    await hub.restartModel(id);
    await vi.waitFor(() => expect(hub.model(id)).toMatchObject({ state: 'ready', restartNeeded: false }), {
      timeout: 10_000,
    });
    const line = (await readFile(`/proc/${hub.model(id)?.pid}/cmdline`, 'utf8')).split('\0').join(' ');
    for (const flag of [
      '--ctx-size 1234',
      '--parallel 3',
      '--sleep-idle-seconds 77',
      '--flash-attn on --jinja',
    ])
      expect(line).toContain(flag);
  });

  it('outlive the hub', async () => {
    const { hub, id } = await house.make(house.fake());
    await hub.updateModel(id, { pinned: true, tierOverride: 'powerful', port: house.ports.to });
    await hub.updateDefaults({ batchSize: 64 });
    const before = hub.model(id);
    await hub.dispose();
    const next = await house.make(house.fake());
    expect(next.hub.model(id)).toEqual(before);
    expect(next.hub.model(id)).toMatchObject({ settings: { batchSize: 64 }, fixedPort: house.ports.to });
  });
});

describe('the log', () => {
  it('F47 has where a server redirects to, by the host alone and once', async () => {
    const location = 'http://elsewhere.lan/hunter2';
    const server = await RecordingServer.start({ '/v1/models': [302, '', { location }] });
    house.dispose.push(() => server.close());
    const { hub } = await house.make();
    const { id } = await hub.registerEndpoint({ host: '127.0.0.1', port: server.port });
    for (let i = 0; i < 3; i++)
      expect(await hub.checkEndpoint(id)).toMatchObject({ condition: 'redirect_refused' });
    const lines = house.log.filter((line) => line.includes('redirect_refused'));
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { level: 'warn', msg: 'redirect_refused', endpoint: server.origin, locationHost: 'elsewhere.lan' },
    ]);
    expect(house.log.join('')).not.toContain('hunter2');
  });
});
