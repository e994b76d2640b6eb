import { readdir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { hubVariable, nonceVariable } from './child-environment.js';
import { identify, isSameProcess, type ProcessIdentity, readEnvironment } from './process-identity.js';

/**
 * Finds processes that servers of this state directory have left: ones that escaped the server's process group. They
 * still carry the marks of the environment that the hub built. Linux only; elsewhere nothing is found.
 * @param kept the nonces of servers that go on
 */
export async function findStrays(hubId: string, kept: ReadonlySet<string>): Promise<ProcessIdentity[]> {
  if (process.platform !== 'linux') return [];
  const names = await readdir('/proc').catch(() => []);
  const found: ProcessIdentity[] = [];
  for (const name of names) {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid) continue;
    const environment = await readEnvironment(pid);
    if (environment.get(hubVariable) !== hubId || kept.has(environment.get(nonceVariable) ?? '')) continue;
    const identity = await identify(pid);
    if (identity) found.push(identity);
  }
  return found;
}

/** Ends processes one by one: SIGTERM, then SIGKILL after `graceMs`. A pid that is another's by now gets no signal. */
export async function endStrays(strays: readonly ProcessIdentity[], graceMs: number): Promise<void> {
  await Promise.all(
    strays.map(async (stray) => {
      await signal(stray, 'SIGTERM');
      for (let waitedMs = 0; waitedMs < graceMs && (await isSameProcess(stray)); waitedMs += 50)
        await sleep(50);
      await signal(stray, 'SIGKILL');
    }),
  );
}

async function signal(identity: ProcessIdentity, name: NodeJS.Signals): Promise<void> {
  if (!(await isSameProcess(identity))) return;
  try {
    process.kill(identity.pid, name);
  } catch {
    // It went in this very moment, or is not ours to end.
  }
}
