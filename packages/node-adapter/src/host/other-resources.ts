import { type CpuInfo, cpus, freemem, totalmem } from 'node:os';
import { BusyShare } from './busy-share.js';
import type { MainResourceReader, MainResources } from './linux-resources.js';

/** What is asked of the system where there is no /proc; everything has a default. */
export interface OtherResourcesOptions {
  readonly platform?: NodeJS.Platform;
  readonly cpus?: () => readonly Pick<CpuInfo, 'times'>[];
  readonly totalBytes?: () => number;
  readonly freeBytes?: () => number;
  /** Bytes that could be had without taking them from anyone; may start programs. Default: by systeminformation. */
  readonly availableBytes?: () => Promise<number>;
  /** Monotonic time in ms. */
  readonly now?: () => number;
}

/** The programs behind it take tens of milliseconds, so they are not started more often. */
const refreshMs = 5000;
const staleMs = 15_000;

/**
 * Processors and main memory of macOS and Windows. What the system calls free is what can be had on Windows; on macOS it
 * leaves out caches, so there the answer of systeminformation serves, in the background and kept for a while.
 */
export class OtherResources implements MainResourceReader {
  readonly #options: Required<OtherResourcesOptions>;
  readonly #share = new BusyShare();
  #available: { readonly bytes: number; readonly atMs: number } | undefined;
  #askedMs = Number.NEGATIVE_INFINITY;
  #isAsking = false;

  constructor(options: OtherResourcesOptions = {}) {
    this.#options = {
      platform: process.platform,
      cpus,
      totalBytes: totalmem,
      freeBytes: freemem,
      availableBytes: async () => (await (await import('systeminformation')).mem()).available,
      now: () => performance.now(),
      ...options,
    };
  }

  read(): MainResources {
    const processors = this.#options.cpus();
    const total = this.#options.totalBytes();
    const available = this.#options.platform === 'win32' ? this.#options.freeBytes() : this.#readAvailable();
    return {
      cpuPercent: this.#share.observe(timesOf(processors)),
      cpuCount: processors.length === 0 ? null : processors.length,
      ramUsed: available === null || available > total ? null : total - available,
      ramTotal: total,
      ramLimit: 'host',
      memoryPressurePercent: null,
    };
  }

  close(): void {
    // Nothing is kept open, and a question in flight is answered to nobody.
  }

  #readAvailable(): number | null {
    const nowMs = this.#options.now();
    if (!this.#isAsking && nowMs - this.#askedMs >= refreshMs) void this.#askAvailable(nowMs);
    return this.#available && nowMs - this.#available.atMs <= staleMs ? this.#available.bytes : null;
  }

  async #askAvailable(nowMs: number): Promise<void> {
    this.#isAsking = true;
    this.#askedMs = nowMs;
    try {
      const bytes = await this.#options.availableBytes();
      this.#available = bytes > 0 ? { bytes, atMs: this.#options.now() } : undefined;
    } catch {
      // The old number goes stale by itself, and a later reading asks again.
    } finally {
      this.#isAsking = false;
    }
  }
}

function timesOf(processors: readonly Pick<CpuInfo, 'times'>[]): { used: number; available: number } {
  let used = 0;
  let available = 0;
  for (const { times } of processors) {
    const busy = times.user + times.nice + times.sys + times.irq;
    used += busy;
    available += busy + times.idle;
  }
  return { used, available };
}
