import { readFile } from 'node:fs/promises';

/** Where the resident memory of a process goes. */
export interface ProcessMemory {
  /** Private pages: KV cache and compute buffers, and weights that were copied. */
  readonly anonymousBytes: number;
  /** Mapped file pages: weights as long as they are mapped. Two processes may share them. */
  readonly fileBytes: number;
}

/**
 * Resident memory of a process by `RssAnon` and `RssFile` of /proc/<pid>/status; `null` where that is not to be had.
 * Shared memory (`RssShmem`) is left out: llama-server has none of its own.
 */
export async function readProcessMemory(pid: number): Promise<ProcessMemory | null> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => undefined);
  return status === undefined ? null : parseProcessStatus(status);
}

/** Reads the two fields out of the text of /proc/<pid>/status; `null` when one is missing, as in a zombie. */
export function parseProcessStatus(status: string): ProcessMemory | null {
  const anonymousKb = /^RssAnon:\s+(\d+) kB$/m.exec(status)?.[1];
  const fileKb = /^RssFile:\s+(\d+) kB$/m.exec(status)?.[1];
  if (anonymousKb === undefined || fileKb === undefined) return null;
  return { anonymousBytes: Number(anonymousKb) * 1024, fileBytes: Number(fileKb) * 1024 };
}
