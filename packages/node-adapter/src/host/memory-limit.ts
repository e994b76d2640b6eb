import path from 'node:path';
import { groupFolders } from './cgroup-paths.js';
import { KeptFile } from './kept-file.js';
import { namedNumber, wholeNumber } from './proc-text.js';

/** How the files of a version of control groups are called. */
interface FileNames {
  readonly limits: readonly string[];
  readonly usage: string;
  readonly inactiveFile: string;
}

const version1: FileNames = {
  limits: ['memory.limit_in_bytes'],
  usage: 'memory.usage_in_bytes',
  inactiveFile: 'total_inactive_file',
};
const version2: FileNames = {
  // From `high` on the kernel takes memory away again as fast as it is asked for: what lies above is of no use.
  limits: ['memory.max', 'memory.high'],
  usage: 'memory.current',
  inactiveFile: 'inactive_file',
};

/** A control group that may limit memory. */
interface MemoryGroup {
  readonly names: FileNames;
  readonly limits: readonly KeptFile[];
  readonly usage: KeptFile;
  readonly stat: KeptFile;
  readonly pressure: KeptFile;
}

/** What a container may have of the memory, and has. */
export interface LimitedMemory {
  readonly limitBytes: number;
  /** Without file pages that are not in use: they are given back when memory gets short. */
  readonly usedBytes: number | null;
  /** Text of the group's own PSI file; `null` where there is none. */
  readonly pressure: string | null;
}

/**
 * The memory limits of this process: those of its control group and of every group around it, version 1, version 2, or both
 * beside each other. What counts is which files are there.
 */
export class MemoryLimits {
  readonly #groups: readonly MemoryGroup[];

  /** @param groups path by controller, by `parseCgroups` */
  constructor(cgroupRoot: string, groups: ReadonlyMap<string, string>) {
    this.#groups = [
      ...groupFolders(cgroupRoot, groups.get('')).map((folder) => openGroup(folder, version2)),
      ...groupFolders(path.join(cgroupRoot, 'unified'), groups.get('')).map((folder) =>
        openGroup(folder, version2),
      ),
      ...groupFolders(path.join(cgroupRoot, 'memory'), groups.get('memory')).map((folder) =>
        openGroup(folder, version1),
      ),
    ].filter((group) => {
      const isLimiting = group.limits.some((limit) => limit.read() !== null);
      if (!isLimiting) closeGroup(group);
      return isLimiting;
    });
  }

  /** The group with the smallest limit; `null` when none is below `totalBytes`. */
  read(totalBytes: number | null): LimitedMemory | null {
    let limitBytes = totalBytes ?? Number.POSITIVE_INFINITY;
    let limiting: MemoryGroup | undefined;
    for (const group of this.#groups) {
      for (const limit of group.limits) {
        // `max`, and the huge number of version 1, are no exact numbers.
        const bytes = wholeNumber(limit.read());
        if (bytes === null || bytes === 0 || bytes >= limitBytes) continue;
        limitBytes = bytes;
        limiting = group;
      }
    }
    if (!limiting) return null;
    const usage = wholeNumber(limiting.usage.read());
    const inactive = namedNumber(limiting.stat.read(), limiting.names.inactiveFile) ?? 0;
    const usedBytes = usage === null ? null : Math.max(0, usage - inactive);
    return { limitBytes, usedBytes, pressure: limiting.pressure.read() };
  }

  close(): void {
    for (const group of this.#groups) closeGroup(group);
  }
}

function openGroup(folder: string, names: FileNames): MemoryGroup {
  const open = (name: string, mostBytes?: number): KeptFile =>
    new KeptFile(path.join(folder, name), mostBytes);
  return {
    names,
    limits: names.limits.map((name) => open(name, 64)),
    usage: open(names.usage, 64),
    stat: open('memory.stat', 16_384),
    pressure: open('memory.pressure', 512),
  };
}

function closeGroup({ limits, usage, stat, pressure }: MemoryGroup): void {
  for (const file of [...limits, usage, stat, pressure]) file.close();
}
