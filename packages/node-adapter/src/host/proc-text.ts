/** Processor time since the start of the system, in clock ticks. */
export interface CpuTimes {
  readonly busy: number;
  readonly total: number;
}

/** A number without sign, fraction or anything around it; `null` when it is none, or too large to be exact. */
export function wholeNumber(text: string | null | undefined): number | null {
  if (text === null || text === undefined || !/^\d{1,16}\s*$/.test(text)) return null;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : null;
}

/** The value behind a name in a text of `name value` lines, as in memory.stat and cpu.stat. */
export function namedNumber(text: string | null, name: string): number | null {
  const line = text === null ? -1 : `\n${text}`.indexOf(`\n${name} `);
  if (text === null || line === -1) return null;
  const begin = line + name.length + 1;
  const end = text.indexOf('\n', begin);
  return wholeNumber(text.slice(begin, end === -1 ? undefined : end));
}

/** Memory of the machine in bytes out of /proc/meminfo; `MemAvailable` is missing before Linux 3.14. */
export function memoryInfo(text: string | null): { total: number | null; available: number | null } {
  const bytes = (name: string): number | null => {
    const kib = wholeNumber(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text ?? '')?.[1]);
    return kib === null ? null : kib * 1024;
  };
  return { total: bytes('MemTotal'), available: bytes('MemAvailable') };
}

/** The processors that /proc/stat lists: those that are online. */
export function onlineCpus(text: string | null): readonly number[] {
  return Array.from((text ?? '').matchAll(/^cpu(\d{1,5}) /gm), ([, cpu]) => Number(cpu));
}

/**
 * Processor time out of /proc/stat: of all processors, or of some, added up. Guest time is left out, as user time holds it;
 * stolen time counts as busy, for it was wanted.
 */
export function cpuTimes(text: string | null, cpus: ReadonlySet<number> | null): CpuTimes | null {
  const sum = { busy: 0, total: 0 };
  let isFound = false;
  for (const [, cpu = '', rest = ''] of (text ?? '').matchAll(/^cpu(\d*) +([\d ]+)$/gm)) {
    if (cpus === null ? cpu !== '' : cpu === '' || !cpus.has(Number(cpu))) continue;
    const [user, nice, system, idle, iowait = 0, irq = 0, softirq = 0, steal = 0] = rest
      .split(' ')
      .map(Number);
    if (user === undefined || nice === undefined || system === undefined || idle === undefined) return null;
    const busy = user + nice + system + irq + softirq + steal;
    const total = busy + idle + iowait;
    if (!Number.isSafeInteger(total)) return null;
    sum.busy += busy;
    sum.total += total;
    isFound = true;
    if (cpus === null) break;
  }
  return isFound ? sum : null;
}

/** Reads a list of processors as `0-3,7`; `null` when it is none. */
export function cpuList(text: string | null | undefined): ReadonlySet<number> | null {
  const cpus = new Set<number>();
  for (const part of text?.trim().split(',') ?? []) {
    const [, from, to = from] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(part) ?? [];
    if (from === undefined || to === undefined) return null;
    for (let cpu = Number(from); cpu <= Number(to); cpu++) cpus.add(cpu);
  }
  return cpus.size === 0 ? null : cpus;
}

/** `avg10` of the line `some` of a PSI file: percent of the last 10 s. */
export function pressureOf(text: string | null): number | null {
  const percent = Number(/^some avg10=(\d{1,3}(?:\.\d+)?) /m.exec(text ?? '')?.[1] ?? Number.NaN);
  return percent <= 100 ? percent : null;
}
