import { readFileSync } from 'node:fs';

/** Where the resident memory of a process goes. */
export interface ProcessStatus {
  /** Private pages: KV cache and compute buffers, and weights that were copied. */
  readonly anonymousBytes: number;
  /** Mapped file pages: weights as long as they are mapped. Two processes may share them. */
  readonly mappedBytes: number;
}

/**
 * Resident memory of a process by `RssAnon` and `RssFile` of /proc/<pid>/status; `null` where that is not to be had.
 * Shared memory (`RssShmem`) is left out: llama-server has none of its own.
 *
 * Synchronous: the kernel answers from counters in some ten microseconds, a tenth of what four trips through the thread
 * pool cost.
 */
export function readProcessStatus(pid: number): ProcessStatus | null {
  try {
    return parseProcessStatus(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return null;
  }
}

/** Reads the two fields out of the text of /proc/<pid>/status; `null` when one is missing, as in a zombie. */
export function parseProcessStatus(status: string): ProcessStatus | null {
  const anonymousKb = /^RssAnon:\s+(\d+) kB$/m.exec(status)?.[1];
  const fileKb = /^RssFile:\s+(\d+) kB$/m.exec(status)?.[1];
  if (anonymousKb === undefined || fileKb === undefined) return null;
  return { anonymousBytes: Number(anonymousKb) * 1024, mappedBytes: Number(fileKb) * 1024 };
}
