import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

/** What makes a process unmistakable: a pid is given to others once it is free. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Start time in clock ticks since boot (field 22 of /proc/<pid>/stat); `null` where there is no /proc. */
  readonly startTime: string | null;
  /** Changes with every boot; `null` where there is no /proc. */
  readonly bootId: string | null;
}

/** The identity of a living process; `undefined` when there is none, or only a zombie of it. */
export async function identify(pid: number): Promise<ProcessIdentity | undefined> {
  if (process.platform !== 'linux') return isAlive(pid) ? { pid, startTime: null, bootId: null } : undefined;
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  if (stat === undefined) return undefined;
  const { state, startTime } = parseStat(stat);
  if (state === 'Z' || state === 'X') return undefined;
  return { pid, startTime, bootId: bootId() };
}

/** Whether the process of this identity still lives. Where identities are unknown the answer is no. */
export async function isSameProcess(identity: ProcessIdentity): Promise<boolean> {
  const now = await identify(identity.pid);
  if (!now || now.startTime === null || identity.startTime === null) return false;
  return now.startTime === identity.startTime && now.bootId === identity.bootId;
}

/**
 * Whether the process of this identity may still live: the cautious answer, for a lock. Where start times are unknown a
 * living pid counts.
 */
export async function mayBeSameProcess(identity: ProcessIdentity): Promise<boolean> {
  const now = await identify(identity.pid);
  if (!now) return false;
  return now.startTime === identity.startTime && now.bootId === identity.bootId;
}

/** Whether the environment of a process holds this variable with this value. Linux only; else no. */
export async function hasEnvironment(pid: number, name: string, value: string): Promise<boolean> {
  return (await readEnvironment(pid)).get(name) === value;
}

/** The environment that a process was started with; empty where it cannot be read. Linux only. */
export async function readEnvironment(pid: number): Promise<ReadonlyMap<string, string>> {
  const text = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
  return new Map(
    text.split('\0').map((entry): [string, string] => {
      const at = entry.indexOf('=');
      return [entry.slice(0, at), entry.slice(at + 1)];
    }),
  );
}

/** Reads state and start time; the command name may itself hold spaces and brackets. */
export function parseStat(stat: string): { readonly state: string; readonly startTime: string } {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0] ?? '', startTime: fields[19] ?? '' };
}

function bootId(): string | null {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return null;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
