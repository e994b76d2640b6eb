import path from 'node:path';
import { groupFolders } from './cgroup-paths.js';
import { KeptFile } from './kept-file.js';
import { namedNumber, wholeNumber } from './proc-text.js';

/** A control group that may limit processor time. */
interface CpuGroup {
  /** Processors that it may use; `null` for no limit. */
  readonly quota: () => number | null;
  /** Processor time that it has used, in ms. */
  readonly usedMs: () => number | null;
  readonly files: readonly KeptFile[];
}

/** The share of the processors that a container may use, and what it has used. */
export interface CpuQuota {
  /** May be a fraction. */
  readonly cpus: number;
  readonly usedMs: number | null;
}

/** The quotas on processor time of this process: of its control group and of every group around it, in both versions. */
export class CpuQuotas {
  readonly #groups: readonly CpuGroup[];

  /** @param groups path by controller, by `parseCgroups` */
  constructor(cgroupRoot: string, groups: ReadonlyMap<string, string>) {
    const at = (...parts: string[]): string => path.join(cgroupRoot, ...parts);
    this.#groups = [
      ...[at(), at('unified')].flatMap((root) => groupFolders(root, groups.get('')).map(version2Group)),
      // Both controllers are mounted together, in either order, or each on its own.
      ...['cpu', 'cpu,cpuacct', 'cpuacct,cpu'].flatMap((name) =>
        groupFolders(at(name), groups.get('cpu')).map((folder) => {
          const accounts = name === 'cpu' ? at('cpuacct', path.relative(at(name), folder)) : folder;
          return version1Group(folder, accounts);
        }),
      ),
    ].filter((group) => {
      const isLimiting = group.files[0]?.read() != null;
      if (!isLimiting) for (const file of group.files) file.close();
      return isLimiting;
    });
  }

  /** The smallest quota; `null` when none is below `cpuCount`. */
  read(cpuCount: number): CpuQuota | null {
    let cpus = cpuCount;
    let limiting: CpuGroup | undefined;
    for (const group of this.#groups) {
      const quota = group.quota();
      if (quota === null || quota >= cpus) continue;
      cpus = quota;
      limiting = group;
    }
    return limiting ? { cpus, usedMs: limiting.usedMs() } : null;
  }

  close(): void {
    for (const { files } of this.#groups) for (const file of files) file.close();
  }
}

function version2Group(folder: string): CpuGroup {
  const max = new KeptFile(path.join(folder, 'cpu.max'), 64);
  const stat = new KeptFile(path.join(folder, 'cpu.stat'));
  return {
    quota: () => {
      const [, quota, period] = /^(\d+) (\d+)$/m.exec(max.read() ?? '') ?? [];
      return share(wholeNumber(quota), wholeNumber(period));
    },
    usedMs: () => scaled(namedNumber(stat.read(), 'usage_usec'), 1e3),
    files: [max, stat],
  };
}

function version1Group(folder: string, accounts: string): CpuGroup {
  const quota = new KeptFile(path.join(folder, 'cpu.cfs_quota_us'), 64);
  const period = new KeptFile(path.join(folder, 'cpu.cfs_period_us'), 64);
  const usage = new KeptFile(path.join(accounts, 'cpuacct.usage'), 64);
  return {
    // No limit is -1, which is no whole number here.
    quota: () => share(wholeNumber(quota.read()), wholeNumber(period.read())),
    usedMs: () => scaled(wholeNumber(usage.read()), 1e6),
    files: [quota, period, usage],
  };
}

function share(quota: number | null, period: number | null): number | null {
  return quota === null || quota === 0 || period === null || period === 0 ? null : quota / period;
}

function scaled(value: number | null, perMs: number): number | null {
  return value === null ? null : value / perMs;
}
