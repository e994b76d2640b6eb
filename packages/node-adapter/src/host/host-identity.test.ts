import { describe, expect, it } from 'vitest';
import { fileTree } from './file-tree.fixture.js';
import { hostAddresses, hostIdentity } from './host-identity.js';

const machineId = '3d1219c7c4c5404aaa1f6d2a48adfda4';

async function identity(hostname: string, id?: string) {
  const tree = await fileTree(id === undefined ? {} : { 'machine-id': id });
  return hostIdentity({ hostname, machineIdFile: tree.at('machine-id') });
}

describe('hostIdentity', () => {
  it('is the same each time, differs by machine, and never holds the id of the machine', async () => {
    const first = await identity('GPU-Box.lan', `${machineId}\n`);
    expect(first).toMatchObject({ name: 'GPU-Box.lan' });
    expect(first.hostId).toMatch(/^gpu-box-lan-[0-9a-f]{12}$/);
    expect((await identity('GPU-Box.lan', `${machineId}\n`)).hostId).toBe(first.hostId);
    expect((await identity('GPU-Box.lan', `${machineId.replace('3', '4')}\n`)).hostId).not.toBe(first.hostId);
    for (let i = 0; i + 8 <= machineId.length; i++)
      expect(first.hostId).not.toContain(machineId.slice(i, i + 8));
  });

  it.each(['', 'uninitialized\n', `${'0'.repeat(32)}\n`, '../../etc/passwd', undefined])(
    'goes by the host name where the id of the machine is %j',
    async (id) => {
      const [one, same, other] = [await identity('a', id), await identity('a', id), await identity('b', id)];
      expect(one.hostId).toBe(same.hostId);
      expect(one.hostId.slice(-12)).not.toBe(other.hostId.slice(-12));
      expect(one.hostId.slice(-12)).not.toBe((await identity('a', machineId)).hostId.slice(-12));
    },
  );

  it.each([
    ['', /^host-[0-9a-f]{12}$/, 'host'],
    ['Ünïcode Büchse', /^n-code-b-chse-[0-9a-f]{12}$/, 'Ünïcode Büchse'],
    ['a\u001b[31m\u202eb', /^a-31m-b-[0-9a-f]{12}$/, 'a [31m b'],
    ['x'.repeat(300), /^x{40}-[0-9a-f]{12}$/, 'x'.repeat(64)],
  ])('makes a plain id and a printable name of %j', async (hostname, id, name) => {
    const found = await identity(hostname);
    expect(found.hostId).toMatch(id);
    expect(found.name).toBe(name);
  });

  it.each([
    ['linux', '6.1.0-18-amd64', Array(16).fill('AMD Ryzen 9 7950X'), 'Linux 6.1, 16 × AMD Ryzen 9 7950X'],
    ['linux', '6.12.1', ['unknown', 'unknown'], 'Linux 6.12, 2 processors'],
    ['linux', 'odd', [], 'Linux'],
    ['darwin', '24.1.0', ['Apple M3 Pro'], 'macOS, Darwin 24.1, 1 × Apple M3 Pro'],
    ['win32', '10.0.22631', ['  Intel(R)\u0000 Core(TM) '], 'Windows 10.0, 1 × Intel(R) Core(TM)'],
  ] as const)('calls %s %s with %j processors', (platform, release, processors, system) => {
    expect(hostIdentity({ platform, release, processors }).system).toBe(system);
  });
});

describe('hostAddresses', () => {
  it('lists each address once at which others reach the machine', () => {
    const interfaces = () => ({
      lo: [
        { address: '127.0.0.1', internal: true },
        { address: '::1', internal: true },
      ],
      eth0: [
        { address: '192.168.1.20', internal: false },
        { address: 'fe80::1', internal: false },
        { address: 'fd00::20', internal: false },
      ],
      eth1: [{ address: '192.168.1.20', internal: false }],
      gone: undefined,
    });
    expect(hostAddresses({ interfaces })).toEqual(['192.168.1.20', 'fd00::20']);
  });
});
