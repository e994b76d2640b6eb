import { symlink } from 'node:fs/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type FileTree, fileTree } from './file-tree.fixture.js';
import { LinuxResources } from './linux-resources.js';

const mib = 1024 ** 2;
const unlimited = '9223372036854771712\n';

/** The text of /proc/stat of four processors, each this busy out of what there was. */
function stat(...ofEach: readonly (readonly [busy: number, total: number])[]): string {
  const line = (name: string, busy: number, total: number) =>
    `${name} ${busy} 0 0 ${total - busy} 0 0 0 0 0 0\n`;
  const sum = (index: 0 | 1) => ofEach.reduce((all, cpu) => all + cpu[index], 0);
  return [
    line('cpu ', sum(0), sum(1)),
    ...ofEach.map(([busy, total], i) => line(`cpu${i}`, busy, total)),
  ].join('');
}

const proc = {
  'proc/stat': stat([0, 0], [0, 0], [0, 0], [0, 0]),
  'proc/meminfo': `MemTotal: ${16_000 * 1024} kB\nMemFree: 1 kB\nMemAvailable: ${12_000 * 1024} kB\n`,
  'proc/pressure/memory': 'some avg10=1.50 avg60=0.00 avg300=0.00 total=0\n',
  'proc/self/status': 'Name:\tnode\nCpus_allowed:\tf\nCpus_allowed_list:\t0-3\n',
  'proc/self/cgroup': '0::/\n',
};

async function machine(files: Readonly<Record<string, string>> = {}, missing: readonly string[] = []) {
  const all = Object.entries({ ...proc, ...files }).filter(([name]) => !missing.includes(name));
  const tree = await fileTree(Object.fromEntries(all));
  const time = { nowMs: 0 };
  return { tree, time, resources: look(tree, () => time.nowMs) };
}

function look(tree: FileTree, now = () => 0): LinuxResources {
  const resources = new LinuxResources({ procRoot: tree.at('proc'), cgroupRoot: tree.at('cgroup'), now });
  onTestFinished(() => resources.close());
  return resources;
}

const wholeMachine = { ramUsed: 4000 * mib, ramTotal: 16_000 * mib, ramLimit: 'host' };

describe('LinuxResources without a container', () => {
  it('knows memory, processors and pressure at once, and the load from the second reading on', async () => {
    const { tree, resources } = await machine();
    const first = { ...wholeMachine, cpuCount: 4, cpuPercent: null, memoryPressurePercent: 1.5 };
    expect(resources.read()).toEqual(first);
    await tree.write({ 'proc/stat': stat([100, 100], [50, 100], [0, 100], [0, 100]) });
    expect(resources.read().cpuPercent).toBe(37.5);
    expect(resources.read().cpuPercent).toBe(37.5);
    await tree.write({ 'proc/stat': stat([100, 200], [50, 200], [0, 200], [0, 200]) });
    expect(resources.read().cpuPercent).toBe(0);
  });

  it('knows no load when counters fall, and starts anew from there', async () => {
    const { tree, resources } = await machine({ 'proc/stat': stat([900, 1000]) });
    resources.read();
    await tree.write({ 'proc/stat': stat([10, 20]) });
    expect(resources.read().cpuPercent).toBeNull();
    await tree.write({ 'proc/stat': stat([20, 40]) });
    expect(resources.read().cpuPercent).toBe(50);
  });

  it.each([
    ['proc/stat', { cpuPercent: null, cpuCount: null, ramTotal: 16_000 * mib }],
    ['proc/meminfo', { ramUsed: null, ramTotal: null, ramLimit: 'host', cpuCount: 4 }],
    ['proc/pressure/memory', { memoryPressurePercent: null, ramTotal: 16_000 * mib }],
    ['proc/self/status', { cpuCount: 4 }],
    ['proc/self/cgroup', wholeMachine],
  ])('knows the rest without %s', async (file, expected) => {
    const { resources } = await machine({}, [file]);
    expect(resources.read()).toMatchObject(expected);
  });

  it('looks at the processors alone that it is bound to', async () => {
    const { tree, resources } = await machine({ 'proc/self/status': 'Cpus_allowed_list:\t1,3,9-200\n' });
    expect(resources.read().cpuCount).toBe(2);
    await tree.write({ 'proc/stat': stat([100, 100], [30, 100], [100, 100], [10, 100]) });
    expect(resources.read().cpuPercent).toBe(20);
  });
});

describe('the memory limit', () => {
  const limitedV2 = {
    'cgroup/cgroup.controllers': 'memory cpu\n',
    'cgroup/memory.max': `${1000 * mib}\n`,
    'cgroup/memory.high': 'max\n',
    'cgroup/memory.current': `${700 * mib}\n`,
    'cgroup/memory.stat': `anon 1\nfile 5\ninactive_file ${200 * mib}\nactive_file 3\n`,
    'cgroup/memory.pressure': 'some avg10=42.00 avg60=0.00 avg300=0.00 total=0\n',
  };

  it('is shown instead of the memory of the host (version 2)', async () => {
    const { tree, resources } = await machine(limitedV2);
    expect(resources.read()).toMatchObject({
      ramUsed: 500 * mib,
      ramTotal: 1000 * mib,
      ramLimit: 'container',
      memoryPressurePercent: 42,
    });
    await tree.write({ 'cgroup/memory.max': `${2000 * mib}\n`, 'cgroup/memory.current': `${900 * mib}\n` });
    expect(resources.read()).toMatchObject({ ramUsed: 700 * mib, ramTotal: 2000 * mib });
  });

  it('is the threshold from which memory is taken away, where that is lower', async () => {
    const { resources } = await machine({ ...limitedV2, 'cgroup/memory.high': `${800 * mib}\n` });
    expect(resources.read()).toMatchObject({ ramTotal: 800 * mib, ramUsed: 500 * mib });
  });

  it.each(['max\n', `${16_000 * mib}\n`, `${99_000 * mib}\n`, '0\n', '', 'plenty\n', '-1\n', '1e9\n'])(
    'does not count when it is %j',
    async (max) => {
      const { resources } = await machine({ ...limitedV2, 'cgroup/memory.max': max });
      expect(resources.read()).toMatchObject({ ...wholeMachine, memoryPressurePercent: 1.5 });
    },
  );

  it('leaves the use unknown when the group does not tell, and counts caches when it does not tell them', async () => {
    const untold = await machine({ ...limitedV2, 'cgroup/memory.current': 'soon\n' });
    expect(untold.resources.read()).toMatchObject({ ramUsed: null, ramTotal: 1000 * mib });
    const { resources } = await machine(limitedV2, ['cgroup/memory.stat', 'cgroup/memory.pressure']);
    expect(resources.read()).toMatchObject({ ramUsed: 700 * mib, memoryPressurePercent: 1.5 });
  });

  it('is the smallest of all groups around, with the use of the one that sets it', async () => {
    const { resources } = await machine({
      'proc/self/cgroup': '0::/machine.slice/box/../pod\n',
      'cgroup/machine.slice/memory.max': `${300 * mib}\n`,
      'cgroup/machine.slice/memory.current': `${250 * mib}\n`,
      'cgroup/machine.slice/box/memory.max': `${900 * mib}\n`,
      'cgroup/machine.slice/box/pod/memory.max': `${500 * mib}\n`,
      'cgroup/machine.slice/box/pod/memory.current': `${10 * mib}\n`,
    });
    expect(resources.read()).toMatchObject({ ramTotal: 300 * mib, ramUsed: 250 * mib });
  });

  it.each(['/docker/0a1b2c', '/../../elsewhere', '/'])(
    'is found at the root where the path of the host (%s) is not there',
    async (groupPath) => {
      const { resources } = await machine({
        ...limitedV2,
        'proc/self/cgroup': `0::${groupPath}\n`,
        'memory.max': '4096\n',
      });
      expect(resources.read().ramTotal).toBe(1000 * mib);
    },
  );

  it('is read from version 1 as well, also beside an empty version 2', async () => {
    const { resources } = await machine({
      'proc/self/cgroup': '4:memory:/jobs/one\n3:cpu,cpuacct:/\n0::/\n',
      'cgroup/unified/memory.pressure': 'some avg10=9.00 avg60=0.00 avg300=0.00 total=0\n',
      'cgroup/memory/memory.limit_in_bytes': unlimited,
      'cgroup/memory/jobs/memory.limit_in_bytes': `${600 * mib}\n`,
      'cgroup/memory/jobs/memory.usage_in_bytes': `${400 * mib}\n`,
      'cgroup/memory/jobs/memory.stat': `inactive_file 1\ntotal_inactive_file ${100 * mib}\n`,
      'cgroup/memory/jobs/one/memory.limit_in_bytes': unlimited,
    });
    expect(resources.read()).toMatchObject({
      ramTotal: 600 * mib,
      ramUsed: 300 * mib,
      ramLimit: 'container',
      memoryPressurePercent: 1.5,
    });
  });

  it('is read from version 2 where both are mounted', async () => {
    const { resources } = await machine({
      'proc/self/cgroup': '4:pids:/x\n0::/box\n',
      'cgroup/unified/box/memory.max': `${50 * mib}\n`,
      'cgroup/unified/box/memory.current': `${20 * mib}\n`,
    });
    expect(resources.read()).toMatchObject({ ramTotal: 50 * mib, ramUsed: 20 * mib });
  });

  it('outlives folders in place of files, and text without an end', async () => {
    const tree = await fileTree({
      ...proc,
      'cgroup/memory.max/file': '',
      'cgroup/cpu.max': '9'.repeat(100_000),
      'proc/self/cgroup': `0::/${'x/'.repeat(5000)}\n`,
    });
    await symlink(tree.at('nowhere'), tree.at('cgroup/memory.current'));
    expect(look(tree).read()).toMatchObject({ ...wholeMachine, cpuCount: 4 });
  });
});

describe('the processor quota', () => {
  it('makes the load that of the container, out of what it may use (version 2)', async () => {
    const { tree, time, resources } = await machine({
      'proc/self/cgroup': '0::/outer/inner\n',
      'cgroup/outer/cpu.max': '150000 100000\n',
      'cgroup/outer/cpu.stat': 'usage_usec 5000000\nuser_usec 1\n',
      'cgroup/outer/inner/cpu.max': 'max 100000\n',
      'cgroup/outer/inner/cpu.stat': 'usage_usec 1\n',
    });
    expect(resources.read()).toMatchObject({ cpuCount: 1.5, cpuPercent: null });
    time.nowMs = 1000;
    await tree.write({ 'cgroup/outer/cpu.stat': 'usage_usec 5750000\nuser_usec 1\n' });
    expect(resources.read()).toMatchObject({ cpuCount: 1.5, cpuPercent: 50 });
    time.nowMs = 2000;
    await tree.write({ 'cgroup/outer/cpu.stat': 'usage_usec 9750000\nuser_usec 1\n' });
    expect(resources.read().cpuPercent).toBe(100);
  });

  it.each(['cpu', 'cpu,cpuacct', 'cpuacct,cpu'])('is read from version 1 mounted as %s', async (mount) => {
    const accounts = mount === 'cpu' ? 'cpuacct' : mount;
    const { tree, time, resources } = await machine({
      'proc/self/cgroup': '3:cpu,cpuacct:/box\n',
      [`cgroup/${mount}/cpu.cfs_quota_us`]: '-1\n',
      [`cgroup/${mount}/cpu.cfs_period_us`]: '100000\n',
      [`cgroup/${mount}/box/cpu.cfs_quota_us`]: '200000\n',
      [`cgroup/${mount}/box/cpu.cfs_period_us`]: '100000\n',
      [`cgroup/${accounts}/box/cpuacct.usage`]: '7000000000\n',
    });
    expect(resources.read()).toMatchObject({ cpuCount: 2, cpuPercent: null });
    time.nowMs = 500;
    await tree.write({ [`cgroup/${accounts}/box/cpuacct.usage`]: '7250000000\n' });
    expect(resources.read().cpuPercent).toBe(25);
  });

  it.each(['max 100000\n', '400000 100000\n', '100000 0\n', '0 100000\n', 'half\n', ''])(
    'does not count when it is %j',
    async (max) => {
      const { tree, resources } = await machine({
        'cgroup/cpu.max': max,
        'cgroup/cpu.stat': 'usage_usec 1\n',
      });
      expect(resources.read().cpuCount).toBe(4);
      await tree.write({ 'proc/stat': stat([50, 100]) });
      expect(resources.read().cpuPercent).toBe(50);
    },
  );

  it('knows no load where the group does not tell what it used', async () => {
    const { tree, time, resources } = await machine({ 'cgroup/cpu.max': '100000 100000\n' });
    resources.read();
    time.nowMs = 1000;
    await tree.write({ 'proc/stat': stat([50, 100]) });
    expect(resources.read()).toMatchObject({ cpuCount: 1, cpuPercent: null });
  });
});
