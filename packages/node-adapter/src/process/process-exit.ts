import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { isSameProcess, type ProcessIdentity } from './process-identity.js';

/** How a process ended, as far as it can be told. */
export interface RawExit {
  /** `null` with `signal` null too: it is not our child, and nobody told us. */
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Settles when a child is gone. */
export function childExit(child: ChildProcess): Promise<RawExit> {
  return new Promise((resolve) => child.once('exit', (exitCode, signal) => resolve({ exitCode, signal })));
}

/** How often a process that is not our child is looked at. */
const lookMs = 250;

/** Settles when a process that is not our child is gone, or when `signal` aborts. Keeps no process alive. */
export async function strangerExit(identity: ProcessIdentity, signal: AbortSignal): Promise<RawExit> {
  while (!signal.aborted && (await isSameProcess(identity)))
    await sleep(lookMs, undefined, { ref: false, signal }).catch(() => {});
  return { exitCode: null, signal: null };
}
