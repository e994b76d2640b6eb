import { type ChildProcess, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AgentReport, Endpoint, HostResources, RegistrySnapshot } from '@corral/core';
import { registrySchema } from '@corral/core/wire';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CorralProcess, root, startCorral } from './support/corral-process.js';
import { makeNetworkNamespaces, type NetworkNamespaces } from './support/network-namespaces.js';
import { until } from './support/until.js';

const cli = path.join(root, 'packages/node-adapter/dist/cli.js');
const ollama = fileURLToPath(new URL('./support/recorded-ollama.ts', import.meta.url));
const ownerToken = 'owner-of-the-hub';
const intervalMs = 500;
const hostIds = ['kitchen', 'attic'] as const;
type HostId = (typeof hostIds)[number];

/** A program on another machine, with what it said. */
interface Remote {
  readonly process: ChildProcess;
  readonly output: () => string;
  readonly exited: Promise<number | null>;
}

describe('two machines with agents and a hub', () => {
  let folder: string;
  let machines: NetworkNamespaces | undefined;
  let hub: CorralProcess | undefined;
  const tokens = new Map<HostId, string>();
  const servers = new Map<HostId, Remote>();
  const agents = new Map<HostId, Remote>();

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'corral-agents-'));
    const stateDir = path.join(folder, 'state');
    for (const hostId of hostIds) {
      const scope = ['--scope', 'agent', '--host-id', hostId, '--state-dir', stateDir];
      const token = execFileSync(process.execPath, [cli, 'token', 'create', ...scope], {
        encoding: 'utf8',
        stdio: 'pipe',
      });
      writeFileSync(path.join(folder, hostId), token, { mode: 0o600 });
      tokens.set(hostId, token.trim());
    }
    machines = makeNetworkNamespaces(hostIds.length);
    const args = ['--host', machines.ownAddress, '--token', ownerToken];
    hub = await startCorral({ args, stateDir, modelsDir: folder });
    servers.set('kitchen', run('kitchen', ollama, 'llama3:8b', 'qwen3:32b'));
    servers.set('attic', run('attic', ollama, 'llama3:8b'));
    // An agent that finds nothing at its start looks again after 30 s.
    for (const [hostId, { output }] of servers)
      await until(`a server on ${hostId}`, () => output().startsWith('listening\n'));
    for (const hostId of hostIds) agents.set(hostId, startAgent(hostId));
  });
  afterAll(async () => {
    machines?.dispose();
    await hub?.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  function run(hostId: HostId, ...args: readonly string[]): Remote {
    const machine = machines?.spaces[hostIds.indexOf(hostId)];
    if (!machine) throw new Error('Expected a machine');
    const process = machine.run(globalThis.process.execPath, args);
    let output = '';
    const collect = (chunk: Buffer): void => void (output += chunk.toString());
    process.stdout?.on('data', collect);
    process.stderr?.on('data', collect);
    const exited = new Promise<number | null>((resolve) => process.once('exit', resolve));
    return { process, output: () => output, exited };
  }

  function startAgent(hostId: HostId): Remote {
    const where = ['--hub', hub?.url ?? '', '--token-file', path.join(folder, hostId)];
    return run(hostId, cli, 'agent', ...where, '--host-id', hostId, '--interval-ms', String(intervalMs));
  }

  async function registry(): Promise<RegistrySnapshot> {
    const headers = { authorization: `Bearer ${ownerToken}` };
    const response = await fetch(`${hub?.url}/api/registry`, { headers });
    return registrySchema.parse(await response.json());
  }
  const hostOf = ({ resources }: RegistrySnapshot, hostId: HostId): HostResources | undefined =>
    resources.find((host) => host.hostId === hostId);
  const endpointsOf = ({ endpoints }: RegistrySnapshot, hostId: HostId): readonly Endpoint[] =>
    endpoints.filter((endpoint) => endpoint.hostId === hostId);
  /** What everybody said, for when something that was waited for does not come. */
  const allSaid = (): string =>
    [...agents].map(([hostId, { output }]) => `${hostId}: ${output()}`).join('\n') + (hub?.log() ?? '');

  function seen<Found>(what: string, look: (now: RegistrySnapshot) => Found): Promise<NonNullable<Found>> {
    return until(what, async () => look(await registry())).catch((error: unknown) => {
      throw new Error(allSaid(), { cause: error });
    });
  }
  const count = (now: RegistrySnapshot, model: string) =>
    now.fleetModels.find((entry) => entry.model === model);

  async function push(hostId: HostId, body: AgentReport, token = tokens.get(hostId)): Promise<Response> {
    return fetch(`${hub?.url}/api/hosts/${hostId}/report`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify(body),
    });
  }

  it('shows both machines with their resources', async () => {
    for (const [i, hostId] of hostIds.entries()) {
      const host = await seen(`${hostId} with numbers`, (now) => {
        const found = hostOf(now, hostId);
        return found?.cpuPercent == null ? undefined : found;
      });
      expect(host).toMatchObject({ source: 'agent', status: 'live' });
      expect(host.addresses).toEqual([machines?.spaces[i]?.address]);
      expect(host.ramTotal).toBeGreaterThan(0);
      expect(host.ramUsed).toBeLessThanOrEqual(host.ramTotal ?? 0);
      expect(Math.abs(host.clockSkewMs ?? Number.NaN)).toBeLessThan(5000);
    }
  });

  it('shows the servers that their agents found, each on its machine, and counts the models of both', async () => {
    const now = await seen('healthy servers on both machines', (fleet) =>
      hostIds.every((hostId) => endpointsOf(fleet, hostId)[0]?.status === 'healthy') ? fleet : undefined,
    );
    for (const hostId of hostIds) {
      const found = endpointsOf(now, hostId);
      expect(found).toHaveLength(1);
      expect(found[0]).toMatchObject({
        source: 'auto',
        origin: 'agent',
        kind: 'ollama',
        port: 11_434,
        hostId,
      });
      expect(found[0]?.models).toContainEqual({
        name: 'llama3:8b',
        state: 'ready',
        sizeBytes: 5e9,
        vramBytes: 4e9,
      });
    }
    expect(count(now, 'llama3:8b')).toEqual({ model: 'llama3:8b', hosts: 2, loadedHosts: 2 });
    expect(count(now, 'qwen3:32b')).toEqual({ model: 'qwen3:32b', hosts: 1, loadedHosts: 1 });
  });

  it('F60 I60 takes no replayed report, and none of a machine from the agent of another', async () => {
    const known = await seen('attic', (now) => hostOf(now, 'attic'));
    const { name, system, addresses, ...rest } = known;
    const { hostId, source, status, reportedAt, clockSkewMs, ...resources } = rest;
    expect({ hostId, source }).toEqual({ hostId: 'attic', source: 'agent' });
    expect([typeof status, typeof reportedAt, typeof clockSkewMs]).toEqual(['string', 'string', 'number']);
    const at = new Date().toISOString();
    const old = { seq: 1, at, intervalMs, name, system, addresses, resources, endpoints: [] };
    // An agent in time has used up its rate together with these, so a refusal for that is asked again.
    const answer = async (token?: string): Promise<Response> => {
      const response = await push('attic', old, token);
      return response.status === 429
        ? until('room', () => push('attic', old, token).then(notLimited))
        : response;
    };
    const replay = await answer();
    expect(replay.status).toBe(409);
    expect(((await replay.json()) as { error: unknown }).error).toMatchObject({ code: 'replayed' });
    expect((await answer(tokens.get('kitchen'))).status).toBe(403);
    expect((await answer(ownerToken)).status).toBe(403);
    expect((await answer('a-stranger')).status).toBe(401);
    expect(endpointsOf(await registry(), 'attic')).toHaveLength(1);
  });

  it('F58 knows nothing of a machine whose agent was killed: stale after 3 intervals, lost after 10', async () => {
    const killed = performance.now();
    agents.get('kitchen')?.process.kill('SIGKILL');
    await agents.get('kitchen')?.exited;
    const stale = await seen('one stale, one at work', (now) =>
      hostOf(now, 'kitchen')?.status === 'stale' && count(now, 'llama3:8b')?.hosts === 1 ? now : undefined,
    );
    const staleMs = performance.now() - killed;
    const unknown = { cpuPercent: null, ramUsed: null, ramTotal: null, vramUsed: null, vramTotal: null };
    expect(hostOf(stale, 'kitchen')).toMatchObject(unknown);
    expect(endpointsOf(stale, 'kitchen')).toMatchObject([{ status: 'unknown', latencyMs: null }]);
    expect(count(stale, 'llama3:8b')).toEqual({ model: 'llama3:8b', hosts: 1, loadedHosts: 1 });
    expect(count(stale, 'qwen3:32b')).toBeUndefined();
    const lost = await seen('lost', (now) => (hostOf(now, 'kitchen')?.status === 'lost' ? now : undefined));
    const lostMs = performance.now() - killed;
    expect(hostOf(lost, 'kitchen')).toMatchObject(unknown);
    // The last report came up to an interval before; how much later it is seen is up to this machine.
    expect(staleMs).toBeGreaterThan(1.9 * intervalMs);
    expect(lostMs).toBeGreaterThan(8.9 * intervalMs);
    // This machine may be busy enough for the other one to be late for a moment.
    await seen('the other one at work', (now) => hostOf(now, 'attic')?.ramUsed);
  });

  it('has a machine back as soon as its agent runs again', async () => {
    agents.set('kitchen', startAgent('kitchen'));
    const now = await seen('both', (fleet) => (count(fleet, 'llama3:8b')?.hosts === 2 ? fleet : undefined));
    expect(hostOf(now, 'kitchen')?.status).toBe('live');
  });

  it('ends an agent cleanly within a second of SIGTERM, with no token in what it said', async () => {
    const { process, exited, output } = agents.get('attic')!;
    const asked = performance.now();
    process.kill('SIGTERM');
    expect(await exited).toBe(0);
    // A second of its own, and more for a machine that is busy.
    expect(performance.now() - asked).toBeLessThan(4000);
    expect(output()).toContain('the hub takes reports');
    for (const token of tokens.values()) expect(allSaid()).not.toContain(token);
  });

  it('disturbed none of the servers', async () => {
    for (const { process, exited, output } of servers.values()) {
      process.kill('SIGTERM');
      await exited;
      const { asked, unsafe } = JSON.parse(output().split('\n')[1] ?? '') as {
        asked: number;
        unsafe: string[];
      };
      expect(asked).toBeGreaterThan(0);
      expect(unsafe).toEqual([]);
    }
  });
});

function notLimited(response: Response): Response | undefined {
  return response.status === 429 ? undefined : response;
}
