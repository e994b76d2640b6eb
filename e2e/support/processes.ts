import { readdirSync, readFileSync } from 'node:fs';

/** Pids of living llama-server processes that were started with this state directory. */
export function llamaServersOf(stateDir: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(stateDir) && isLlama(pid);
      } catch {
        return false;
      }
    });
}

/** Whether the process lives; a zombie does not. */
export function isAlive(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return !/^\) [ZX]/.test(stat.slice(stat.lastIndexOf(')')));
  } catch {
    return false;
  }
}

function isLlama(pid: number): boolean {
  return (
    readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')[0]?.includes('llama-server') === true &&
    isAlive(pid)
  );
}
