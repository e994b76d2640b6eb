import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AdapterError } from '../errors.js';
import { nonceVariable } from '../process/child-environment.js';
import { identify } from '../process/process-identity.js';
import { defaultStateDir } from './default-state-dir.js';
import { RunRecords } from './run-records.js';
import { ServerKeys } from './server-keys.js';
import { lockStateDir } from './state-dir-lock.js';

let stateDir: string;
const children: ChildProcess[] = [];
beforeEach(async () => {
  stateDir = await mkdtemp(path.join(tmpdir(), 'corral-state-'));
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await rm(stateDir, { recursive: true, force: true });
});

/** A process in a group of its own, as our servers are. */
async function startChild(
  nonce: string,
  script = 'echo up; exec sleep 60',
): Promise<ChildProcess & { pid: number }> {
  const child = spawn('sh', ['-c', script], {
    detached: true,
    env: { PATH: process.env['PATH'], [nonceVariable]: nonce },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  children.push(child);
  await once(child.stdout as NodeJS.ReadableStream, 'data');
  if (child.pid === undefined) throw new Error('unreachable');
  return child as ChildProcess & { pid: number };
}

const recordOf = async (pid: number, nonce: string) => {
  const identity = await identify(pid);
  if (!identity) throw new Error(`No process ${pid}`);
  return { ...identity, modelId: 'meadow', nonce };
};
/** What a hub does at its start without adoption. */
const endLeftovers = async (records: RunRecords, graceMs: number): Promise<number> => {
  const left = await records.leftovers();
  await records.end(left, graceMs);
  return left.length;
};
const runningFolder = (): string => path.join(stateDir, 'running');

describe('RunRecords', () => {
  it('ends a server that a killed hub left behind, and forgets it', async () => {
    const records = new RunRecords(stateDir);
    const child = await startChild('n1');
    await records.add(await recordOf(child.pid, 'n1'));
    const exit = once(child, 'exit');
    expect(await endLeftovers(new RunRecords(stateDir), 3000)).toBe(1);
    expect(await exit).toEqual([null, 'SIGTERM']);
    expect(await readdir(runningFolder())).toEqual([]);
  });

  it('ends one that ignores SIGTERM by force', async () => {
    const records = new RunRecords(stateDir);
    const child = await startChild('n2', 'trap "" TERM; echo up; while :; do sleep 1; done');
    await records.add(await recordOf(child.pid, 'n2'));
    const exit = once(child, 'exit');
    expect(await endLeftovers(records, 300)).toBe(1);
    expect(await exit).toEqual([null, 'SIGKILL']);
  });

  it.each([
    ['start time', (record: Awaited<ReturnType<typeof recordOf>>) => ({ ...record, startTime: '1' })],
    ['boot', (record: Awaited<ReturnType<typeof recordOf>>) => ({ ...record, bootId: 'another' })],
    ['nonce', (record: Awaited<ReturnType<typeof recordOf>>) => ({ ...record, nonce: 'other' })],
    [
      'unknown start time',
      (record: Awaited<ReturnType<typeof recordOf>>) => ({ ...record, startTime: null }),
    ],
  ])('F18 sends no signal to a stranger that has the pid but another %s', async (_, change) => {
    const records = new RunRecords(stateDir);
    // It would tell of any signal by its end.
    const child = await startChild('n3');
    await records.add(change(await recordOf(child.pid, 'n3')));
    expect(await endLeftovers(records, 100)).toBe(0);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect([child.exitCode, child.signalCode]).toEqual([null, null]);
    expect(await identify(child.pid)).toBeDefined();
    expect(await readdir(runningFolder())).toEqual([]);
  });

  it.each([
    '',
    '{',
    'null',
    '[]',
    '{"pid":1}',
    '{"pid":"1","nonce":"x"}',
    '{"pid":0,"nonce":"x"}',
    '{"pid":-1,"nonce":"x","startTime":"1","bootId":null}',
  ])('throws a torn or forged record away: %j', async (text) => {
    await mkdir(runningFolder(), { recursive: true });
    await writeFile(path.join(runningFolder(), 'x.json'), text);
    expect(await endLeftovers(new RunRecords(stateDir), 100)).toBe(0);
    expect(await readdir(runningFolder())).toEqual([]);
  });

  it('forgets a server that has ended', async () => {
    const forget = await new RunRecords(stateDir).add(await recordOf(process.pid, 'n4'));
    expect(await readdir(runningFolder())).toEqual(['n4.json']);
    await forget();
    await forget();
    expect(await readdir(runningFolder())).toEqual([]);
  });

  it('is content where there is no folder', async () => {
    expect(await endLeftovers(new RunRecords(path.join(stateDir, 'nope')), 100)).toBe(0);
  });
});

describe('ServerKeys', () => {
  const modeOf = async (file: string): Promise<string> => ((await stat(file)).mode & 0o777).toString(8);

  it('keeps the client key of a model over its starts, in a file that only its owner reads', async () => {
    const first = await new ServerKeys(stateDir).forStart('meadow');
    const second = await new ServerKeys(stateDir).forStart('meadow');
    expect(second.clientKey).toBe(first.clientKey);
    expect(second.identityKey).not.toBe(first.identityKey);
    expect(first.identityKey).toMatch(/^[0-9a-f]{48}$/);
    expect(await modeOf(path.join(stateDir, 'client-keys', 'meadow.key'))).toBe('600');
    expect(await modeOf(first.keyFile)).toBe('600');
    expect(await modeOf(path.dirname(first.keyFile))).toBe('700');
    expect(await readFile(first.keyFile, 'utf8')).toBe(`${first.identityKey}\n${first.clientKey}\n`);
  });

  it('gives models different keys, and takes one that a person has set', async () => {
    const keys = new ServerKeys(stateDir);
    expect(await keys.clientKey('meadow')).not.toBe(await keys.clientKey('prairie'));
    await writeFile(path.join(stateDir, 'client-keys', 'mesa.key'), '  mine \n');
    expect(await keys.clientKey('mesa')).toBe('mine');
  });

  it('removes the file of a start when it is over, and leaves nothing else behind', async () => {
    const start = await new ServerKeys(stateDir).forStart('meadow');
    await start.dispose();
    await start.dispose();
    expect(await readdir(path.join(stateDir, 'start-keys'))).toEqual([]);
    expect(await readdir(path.join(stateDir, 'client-keys'))).toEqual(['meadow.key']);
  });
});

describe('lockStateDir', () => {
  const lockFile = (): string => path.join(stateDir, 'hub.lock');

  it('lets one in at a time', async () => {
    const unlock = await lockStateDir(stateDir);
    const refused: unknown = await lockStateDir(stateDir).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(AdapterError);
    expect(refused).toMatchObject({ code: 'state_dir_locked', retryable: true });
    await unlock();
    await (await lockStateDir(stateDir))();
    expect(existsSync(lockFile())).toBe(false);
  });

  it('lets one of two in that come at the same moment', async () => {
    const outcomes = await Promise.allSettled([lockStateDir(stateDir), lockStateDir(stateDir)]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const reasons = outcomes.flatMap((outcome) =>
      outcome.status === 'rejected' ? [outcome.reason as unknown] : [],
    );
    expect(reasons[0]).toMatchObject({ code: 'state_dir_locked' });
  });

  it('respects another living process', async () => {
    const child = await startChild('n');
    await writeFile(lockFile(), JSON.stringify(await identify(child.pid)));
    await expect(lockStateDir(stateDir)).rejects.toMatchObject({ code: 'state_dir_locked' });
  });

  it.each([
    ['is gone', async () => JSON.stringify({ pid: 0x3fffff, startTime: '1', bootId: null })],
    [
      'left its pid to another',
      async () => JSON.stringify({ ...(await identify(process.ppid)), startTime: '1' }),
    ],
    ['tore its record', async () => '{"pid":'],
  ])('takes over from a process that %s', async (_, text) => {
    await writeFile(lockFile(), await text());
    const unlock = await lockStateDir(stateDir);
    expect(JSON.parse(await readFile(lockFile(), 'utf8'))).toMatchObject({ pid: process.pid });
    await unlock();
  });

  it('says when the directory cannot be one', async () => {
    await writeFile(path.join(stateDir, 'file'), '');
    await expect(lockStateDir(path.join(stateDir, 'file'))).rejects.toMatchObject({
      code: 'state_dir_unusable',
    });
  });

  it('makes the directory for its owner alone', async () => {
    const unlock = await lockStateDir(path.join(stateDir, 'a', 'b'));
    expect((await stat(path.join(stateDir, 'a', 'b'))).mode & 0o777).toBe(0o700);
    await unlock();
  });
});

describe('defaultStateDir', () => {
  it.each([
    ['linux', { XDG_STATE_HOME: '/state' }, /^\/state\/corral$/],
    ['linux', {}, /\.local\/state\/corral$/],
    ['darwin', { XDG_STATE_HOME: '/state' }, /Library\/Application Support\/corral$/],
    ['win32', { LOCALAPPDATA: '/local' }, /^\/local\/corral$/],
  ] as const)('is where %s keeps state', (platform, env, expected) => {
    expect(defaultStateDir(platform, env)).toMatch(expected);
  });
});
