import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ModelSettings } from '@corral/core';
import { nonceVariable } from '../process/child-environment.js';
import { signalGroup } from '../process/process-group.js';
import { hasEnvironment, isSameProcess, type ProcessIdentity } from '../process/process-identity.js';
import { keptText, readFileIfThere, removeFile, writePrivateFile } from './private-files.js';

/** What is remembered of a server that runs, in case the hub is killed before it can stop it. */
export interface RunRecord extends ProcessIdentity {
  readonly modelId: string;
  readonly nonce: string;
  /** What a later hub needs to take the server over; absent when it dies with its hub. */
  readonly takeOver?: {
    readonly port: number;
    readonly settings: ModelSettings;
    readonly identityKey: string;
    readonly startedAtWall: number;
  };
}

/** Remembers running servers on disk, and finds or ends those that a hub left behind. */
export class RunRecords {
  readonly #stateDir: string;
  readonly #folder: string;
  #hubId: Promise<string> | undefined;

  constructor(stateDir: string) {
    this.#stateDir = stateDir;
    this.#folder = path.join(stateDir, 'running');
  }

  /** Names this state directory in the environment of every server, over all its hubs. */
  hubId(): Promise<string> {
    this.#hubId ??= keptText(path.join(this.#stateDir, 'hub-id'), () => randomBytes(12).toString('hex'));
    return this.#hubId;
  }

  /** Where a server that outlives its hub writes its output. */
  logFile(nonce: string): string {
    return path.join(this.#stateDir, 'logs', `${nonce}.log`);
  }

  /** Where a server is remembered. */
  recordFile(nonce: string): string {
    return path.join(this.#folder, `${nonce}.json`);
  }

  /** Remembers a server; the answer forgets it again. */
  async add(record: RunRecord): Promise<() => Promise<void>> {
    const file = this.recordFile(record.nonce);
    await writePrivateFile(file, JSON.stringify(record));
    return () => removeFile(file);
  }

  /** The servers that still run, proved to be ours. Records of others are removed, with their logs. */
  async leftovers(): Promise<RunRecord[]> {
    const files = await readdir(this.#folder).catch(() => []);
    const found = await Promise.all(
      files.map(async (name): Promise<RunRecord[]> => {
        const file = path.join(this.#folder, name);
        const record = parse(await readFileIfThere(file));
        if (record && (await isLeftover(record))) return [record];
        await removeFile(file);
        if (record) await removeFile(this.logFile(record.nonce));
        return [];
      }),
    );
    return found.flat();
  }

  /** Ends servers: SIGTERM, then SIGKILL after `graceMs`; their records go with them. */
  async end(records: readonly RunRecord[], graceMs: number): Promise<void> {
    await Promise.all(
      records.map(async (record) => {
        await endGroup(record, graceMs);
        await removeFile(this.recordFile(record.nonce));
        await removeFile(this.logFile(record.nonce));
      }),
    );
  }
}

/** A signal is sent only when pid, start time, boot and the nonce all match, so a stranger that got the pid is safe. */
async function isLeftover(record: RunRecord): Promise<boolean> {
  return (await isSameProcess(record)) && (await hasEnvironment(record.pid, nonceVariable, record.nonce));
}

async function endGroup(record: RunRecord, graceMs: number): Promise<void> {
  signalGroup(record.pid, 'SIGTERM');
  for (let waitedMs = 0; waitedMs < graceMs; waitedMs += 50) {
    if (!(await isSameProcess(record))) return;
    await sleep(50);
  }
  signalGroup(record.pid, 'SIGKILL');
  for (let waitedMs = 0; waitedMs < 2000 && (await isSameProcess(record)); waitedMs += 50) await sleep(50);
}

function parse(text: string | undefined): RunRecord | undefined {
  try {
    const value = JSON.parse(text ?? '') as Partial<RunRecord> | null;
    const complete = typeof value?.pid === 'number' && /^[\w-]{1,64}$/.test(String(value.nonce));
    return complete ? (value as RunRecord) : undefined;
  } catch {
    // A record torn by a power cut names nobody; it is removed like the others.
    return undefined;
  }
}
