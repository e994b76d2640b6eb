import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { nonceVariable } from '../process/child-environment.js';
import { signalGroup } from '../process/process-group.js';
import { hasEnvironment, isSameProcess, type ProcessIdentity } from '../process/process-identity.js';
import { readFileIfThere, removeFile, writePrivateFile } from './private-files.js';

/** What is remembered of a server that runs, in case the hub is killed before it can stop it. */
export interface RunRecord extends ProcessIdentity {
  readonly modelId: string;
  readonly nonce: string;
}

/** Remembers running servers on disk, and ends those that a killed hub left behind. */
export class RunRecords {
  readonly #folder: string;

  constructor(stateDir: string) {
    this.#folder = path.join(stateDir, 'running');
  }

  /** Remembers a server; the answer forgets it again. */
  async add(record: RunRecord): Promise<() => Promise<void>> {
    const file = path.join(this.#folder, `${record.nonce}.json`);
    await writePrivateFile(file, JSON.stringify(record));
    return () => removeFile(file);
  }

  /**
   * Ends every remembered server that still lives: SIGTERM, then SIGKILL after `graceMs`. A signal is sent only when
   * pid, start time, boot and the nonce in its environment all match, so a stranger that got the pid is safe.
   * @returns how many were ended
   */
  async endLeftovers(graceMs: number): Promise<number> {
    const files = await readdir(this.#folder).catch(() => []);
    const ended = await Promise.all(
      files.map(async (name) => {
        const file = path.join(this.#folder, name);
        const record = parse(await readFileIfThere(file));
        const ours = record !== undefined && (await isLeftover(record));
        if (ours) await endGroup(record, graceMs);
        await removeFile(file);
        return ours;
      }),
    );
    return ended.filter(Boolean).length;
  }
}

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
    const complete = typeof value?.pid === 'number' && typeof value.nonce === 'string' && value.nonce !== '';
    return complete ? (value as RunRecord) : undefined;
  } catch {
    // A record torn by a power cut names nobody; it is removed like the others.
    return undefined;
  }
}
