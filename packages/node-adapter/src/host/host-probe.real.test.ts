import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readlinkSync } from 'node:fs';
import { mkdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ResourceReading } from '@corral/core';
import { build } from 'esbuild';
import { describe, expect, it, onTestFinished } from 'vitest';
import { fileTree } from './file-tree.fixture.js';
import { HostProbe, type HostProbeOptions } from './host-probe.js';

const mib = 1024 ** 2;
const isLinux = process.platform === 'linux';

/** Memory in bytes as awk finds it in /proc/meminfo. */
function machineMemory(): { total: number; available: number } {
  const script = '/^MemTotal:/{t=$2} /^MemAvailable:/{a=$2} END{printf "%.0f %.0f", t*1024, a*1024}';
  const [total = 0, available = 0] = execFileSync('awk', [script, '/proc/meminfo'], { encoding: 'utf8' })
    .split(' ')
    .map(Number);
  return { total, available };
}

/** The descriptor of the listing itself is gone by now. */
function linkOf(file: string): string {
  try {
    return readlinkSync(file);
  } catch {
    return '';
  }
}

const within2Percent = (value: number | null, expected: number) => {
  expect(value).toBeGreaterThan(expected * 0.98);
  expect(value).toBeLessThan(expected * 1.02);
};

/** A reading of a probe in a control group, and what awk found in the files of the group at the same moment. */
interface Inside {
  readonly reading: ResourceReading;
  readonly usedBytes: number;
}

/** A probe as a program that holds 100 MiB, and has written a file that is still in the cache, to be run inside a control group. */
async function probeProgram(): Promise<string> {
  const tree = await fileTree({});
  const program = `import { execFileSync } from 'node:child_process';
    import { writeFileSync } from 'node:fs';
    import { HostProbe } from ${JSON.stringify(path.join(import.meta.dirname, 'host-probe.js'))};
    const held = Buffer.alloc(${100 * mib}, 1);
    const [usage, stat, cached] = process.argv.slice(2);
    writeFileSync(cached, Buffer.alloc(${60 * mib}));
    const script = 'FNR==NR{u=$1;next} /^(total_)?inactive_file /{i=$2} END{printf "%.0f", u-i}';
    const awk = () => Number(execFileSync('awk', [script, usage, stat], { encoding: 'utf8' }));
    awk();
    const probe = new HostProbe();
    const reading = await probe.read();
    const usedBytes = awk();
    await probe.close();
    process.stdout.write(JSON.stringify({ reading, usedBytes, held: held.length }));`;
  await build({
    stdin: { contents: program, resolveDir: import.meta.dirname, loader: 'ts' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    external: ['systeminformation'],
    outfile: tree.at('probe.mjs'),
    logLevel: 'error',
  });
  return tree.at('probe.mjs');
}

const limitBytes = 400 * mib;

/** Where groups may be made, with the names of their limit and their use. */
const groupRoots = [
  { root: '/sys/fs/cgroup/memory', limit: 'memory.limit_in_bytes', usage: 'memory.usage_in_bytes' },
  { root: '/sys/fs/cgroup', limit: 'memory.max', usage: 'memory.current' },
  { root: '/sys/fs/cgroup/unified', limit: 'memory.max', usage: 'memory.current' },
] as const;

/** Makes a control group with a memory limit; `null` where this machine lets us make none. */
async function limitedGroup(): Promise<{ folder: string; usage: string } | null> {
  for (const { root, limit, usage } of groupRoots) {
    const folder = path.join(root, `corral-test-${process.pid}`);
    const isMade = await mkdir(folder).then(
      () => true,
      () => false,
    );
    if (!isMade) continue;
    try {
      await writeFile(path.join(folder, limit), String(limitBytes), { flag: 'r+' });
      onTestFinished(() => rmdir(folder));
      return { folder, usage };
    } catch {
      await rmdir(folder);
    }
  }
  return null;
}

async function insideGroup({ folder, usage }: { folder: string; usage: string }): Promise<Inside> {
  const program = await probeProgram();
  const script = 'echo $$ > "$0/cgroup.procs" && exec "$@"';
  const files = [path.join(folder, usage), path.join(folder, 'memory.stat'), `${program}.cached`];
  const child = spawn('sh', ['-c', script, folder, process.execPath, program, ...files], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [output] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  return JSON.parse(output) as Inside;
}

/** The same on a machine of files, for where no group can be made. */
async function insideFixture(): Promise<Inside> {
  const tree = await fileTree({
    'proc/meminfo': await readFile('/proc/meminfo', 'utf8'),
    'proc/self/cgroup': '0::/box\n',
    'cgroup/box/memory.max': `${limitBytes}\n`,
    'cgroup/box/memory.current': `${180 * mib}\n`,
    'cgroup/box/memory.stat': `inactive_file ${30 * mib}\n`,
  });
  const probe = probing({ procRoot: tree.at('proc'), cgroupRoot: tree.at('cgroup') });
  return { reading: await probe.read(), usedBytes: 150 * mib };
}

function probing(options: HostProbeOptions = {}): HostProbe {
  const probe = new HostProbe({ gpus: async () => [], ...options });
  onTestFinished(() => probe.close());
  return probe;
}

describe.runIf(isLinux)('HostProbe on this machine', () => {
  it('shows memory within 2 % of what is read independently', async () => {
    const probe = probing({ cgroupRoot: '/nowhere' });
    const { total, available } = machineMemory();
    const reading = await probe.read();
    within2Percent(reading.ramTotal, total);
    // Others work on this machine, so what is used is compared within 2 % of what there is.
    expect(Math.abs((reading.ramUsed ?? 0) - (total - available))).toBeLessThan(total * 0.02);
    expect(reading.ramLimit).toBe('host');
  });

  it('sees a processor that is kept busy', async () => {
    const probe = probing({ cgroupRoot: '/nowhere' });
    const { cpuCount } = await probe.read();
    const busy = spawn(process.execPath, ['-e', 'for(const end=Date.now()+1500;Date.now()<end;);']);
    onTestFinished(() => void busy.kill());
    await sleep(300);
    await probe.read();
    await sleep(1000);
    const { cpuPercent } = await probe.read();
    expect(cpuPercent).toBeGreaterThan((100 / (cpuCount ?? 1)) * 0.5);
    expect(cpuPercent).toBeLessThanOrEqual(100);
  });

  it('shows the limit of its control group and not the memory of the host, and its use within 2 %', async () => {
    const group = await limitedGroup();
    console.info(group === null ? 'no group can be made here: a fixture it is' : `inside ${group.folder}`);
    const { reading, usedBytes } = await (group === null ? insideFixture() : insideGroup(group));
    expect(reading).toMatchObject({ ramTotal: limitBytes, ramLimit: 'container' });
    expect(reading.ramTotal).toBeLessThan(machineMemory().total);
    expect(usedBytes).toBeGreaterThan(100 * mib);
    expect(Math.abs((reading.ramUsed ?? 0) - usedBytes)).toBeLessThan(limitBytes * 0.02);
  });

  it('takes at most 0.3 ms of processor time for a reading', async () => {
    const probe = probing();
    await probe.read();
    const before = process.cpuUsage();
    for (let i = 0; i < 1000; i++) await probe.read();
    const { user, system } = process.cpuUsage(before);
    const eachMs = (user + system) / 1000 / 1000;
    console.info(`a host reading takes ${eachMs.toFixed(3)} ms of processor time`);
    expect(eachMs).toBeLessThanOrEqual(0.3);
  });

  it('keeps no descriptor open after close', async () => {
    const openFiles = () =>
      readdirSync('/proc/self/fd').filter((fd) =>
        /meminfo|cgroup|\/stat$/.test(linkOf(`/proc/self/fd/${fd}`)),
      ).length;
    const probe = probing();
    const before = openFiles();
    await probe.read();
    expect(openFiles()).toBeGreaterThan(before);
    await probe.close();
    expect(openFiles()).toBe(before);
  });
});
