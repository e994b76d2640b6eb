import path from 'node:path';
import type { ResourceReading } from '@corral/core';
import { BusyShare } from './busy-share.js';
import { parseCgroups } from './cgroup-paths.js';
import { CpuQuotas } from './cpu-quota.js';
import { KeptFile } from './kept-file.js';
import { MemoryLimits } from './memory-limit.js';
import { cpuList, cpuTimes, memoryInfo, onlineCpus, pressureOf } from './proc-text.js';

/** What of a reading concerns processors and main memory. */
export type MainResources = Pick<
  ResourceReading,
  'cpuPercent' | 'cpuCount' | 'ramUsed' | 'ramTotal' | 'ramLimit' | 'memoryPressurePercent'
>;

/** Reads processors and main memory of a machine. */
export interface MainResourceReader {
  /** Never throws: what is not to be had is `null`. The load is that since the reading before. */
  read(): MainResources;
  close(): void;
}

/** Where {@link LinuxResources} reads; everything has a default. */
export interface LinuxResourcesOptions {
  /** Default: `/proc`. */
  readonly procRoot?: string;
  /** Default: `/sys/fs/cgroup`. */
  readonly cgroupRoot?: string;
  /** Monotonic time in ms. */
  readonly now?: () => number;
}

/** /proc/stat of a machine with a thousand processors begins with this much. */
const statBytes = 65_536;

/**
 * Processors and main memory of a Linux machine, or of the part of it that a container may use: with a quota, the load is
 * that of the container; bound to some processors, that of these. Without a shell and through descriptors that stay open,
 * a reading takes some hundredths of a millisecond.
 */
export class LinuxResources implements MainResourceReader {
  readonly #now: () => number;
  readonly #stat: KeptFile;
  readonly #meminfo: KeptFile;
  readonly #pressure: KeptFile;
  readonly #memoryLimits: MemoryLimits;
  readonly #cpuQuotas: CpuQuotas;
  readonly #onlineCount: number;
  /** The processors that this process is bound to; `null` when it may use all of them. */
  readonly #allowed: ReadonlySet<number> | null;
  readonly #machineShare = new BusyShare();
  readonly #quotaShare = new BusyShare();

  constructor(options: LinuxResourcesOptions = {}) {
    const { procRoot = '/proc', cgroupRoot = '/sys/fs/cgroup', now = () => performance.now() } = options;
    this.#now = now;
    const atProc = (...parts: string[]): string => path.join(procRoot, ...parts);
    this.#meminfo = new KeptFile(atProc('meminfo'));
    this.#pressure = new KeptFile(atProc('pressure', 'memory'), 512);
    const groups = parseCgroups(readOnce(atProc('self', 'cgroup')));
    this.#memoryLimits = new MemoryLimits(cgroupRoot, groups);
    this.#cpuQuotas = new CpuQuotas(cgroupRoot, groups);
    const online = onlineCpus(readOnce(atProc('stat'), statBytes));
    this.#onlineCount = online.length;
    const status = readOnce(atProc('self', 'status'));
    const bound = cpuList(/^Cpus_allowed_list:\s*(\S+)$/m.exec(status ?? '')?.[1]);
    const allowed = online.filter((cpu) => bound?.has(cpu));
    this.#allowed = allowed.length === 0 || allowed.length === online.length ? null : new Set(allowed);
    // Of the sum for all processors, the first line is enough.
    this.#stat = new KeptFile(atProc('stat'), this.#allowed ? statBytes : 512);
  }

  read(): MainResources {
    const { total, available } = memoryInfo(this.#meminfo.read());
    const limited = this.#memoryLimits.read(total);
    const machineUsed = total === null || available === null ? null : Math.max(0, total - available);
    return {
      ...this.#readCpu(),
      ramUsed: limited ? limited.usedBytes : machineUsed,
      ramTotal: limited ? limited.limitBytes : total,
      ramLimit: limited ? 'container' : 'host',
      memoryPressurePercent: pressureOf(limited?.pressure ?? this.#pressure.read()),
    };
  }

  close(): void {
    for (const file of [this.#stat, this.#meminfo, this.#pressure]) file.close();
    this.#memoryLimits.close();
    this.#cpuQuotas.close();
  }

  #readCpu(): Pick<MainResources, 'cpuCount' | 'cpuPercent'> {
    const cpus = this.#allowed?.size ?? this.#onlineCount;
    const quota = cpus > 0 ? this.#cpuQuotas.read(cpus) : null;
    if (quota) {
      const { usedMs } = quota;
      const counters = usedMs === null ? null : { used: usedMs, available: this.#now() * quota.cpus };
      return { cpuCount: quota.cpus, cpuPercent: this.#quotaShare.observe(counters) };
    }
    const times = cpuTimes(this.#stat.read(), this.#allowed);
    const cpuPercent = this.#machineShare.observe(times && { used: times.busy, available: times.total });
    return { cpuCount: cpus === 0 ? null : cpus, cpuPercent };
  }
}

function readOnce(file: string, mostBytes?: number): string | null {
  const kept = new KeptFile(file, mostBytes);
  try {
    return kept.read();
  } finally {
    kept.close();
  }
}
