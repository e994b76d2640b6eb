import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCgroups } from './cgroup-paths.js';
import {
  cpuList,
  cpuTimes,
  memoryInfo,
  namedNumber,
  onlineCpus,
  pressureOf,
  wholeNumber,
} from './proc-text.js';

const stat = `cpu  626555 135421 149935 1480005 10179 3 4497 510 77 7
cpu0 305241 68193 70503 755761 1680 1 1784 267 0 0
cpu1 321314 67228 79431 724244 8499 2 2713 243 0 0
intr 16503091 0 0
ctxt 5
`;

describe('the text of /proc', () => {
  it('counts stolen time as busy, waiting for disks as idle, and guests not twice', () => {
    const busy = 626_555 + 135_421 + 149_935 + 3 + 4497 + 510;
    expect(cpuTimes(stat, null)).toEqual({ busy, total: busy + 1_480_005 + 10_179 });
    const ofOne = 321_314 + 67_228 + 79_431 + 2 + 2713 + 243;
    expect(cpuTimes(stat, new Set([1]))).toEqual({ busy: ofOne, total: ofOne + 724_244 + 8499 });
    expect(onlineCpus(stat)).toEqual([0, 1]);
  });

  it.each(['', 'cpu\n', 'cpu  1 2 3\n', 'cpu  x 1 2 3\n', 'cpu  99999999999999999999 1 1 1\n', null])(
    'knows no processor time from %j',
    (text) => {
      expect(cpuTimes(text, null)).toBeNull();
    },
  );

  it('reads memory as bytes, each number on its own', () => {
    const meminfo =
      'MemTotal:       24684096 kB\nMemFree:        1 kB\nMemAvailable:   24271736 kB\nCached: 5 kB\n';
    expect(memoryInfo(meminfo)).toEqual({ total: 24_684_096 * 1024, available: 24_271_736 * 1024 });
    expect(memoryInfo('MemTotal: 5 kB\nXMemAvailable: 4 kB\n')).toEqual({ total: 5120, available: null });
    expect(memoryInfo('MemTotal: -5 kB\nMemAvailable: 9e9 kB\n')).toEqual({ total: null, available: null });
  });

  it.each([
    ['0-3,7\n', [0, 1, 2, 3, 7]],
    ['5', [5]],
    ['', null],
    ['3-', null],
    ['0-3;7', null],
    ['0-999999', null],
    ['3-1', null],
  ])('reads the processors %j as %j', (text, expected) => {
    expect(cpuList(text)).toEqual(expected && new Set(expected));
  });

  it('reads numbers by name, none of them beyond what is exact', () => {
    const text = 'anon 5\ninactive_file 4096\ntotal_inactive_file 9\nlast 7';
    expect(namedNumber(text, 'inactive_file')).toBe(4096);
    expect(namedNumber(text, 'last')).toBe(7);
    expect(namedNumber(text, 'file')).toBeNull();
    expect(wholeNumber('9223372036854771712\n')).toBeNull();
    for (const nonsense of ['', 'max', '-1', '0x10', '1.5', '1e3', ' 1', '1\n2'])
      expect(wholeNumber(nonsense)).toBeNull();
  });

  it('reads the pressure of 10 s', () => {
    const text =
      'some avg10=12.34 avg60=1.00 avg300=0.00 total=9\nfull avg10=99.00 avg60=0 avg300=0 total=0\n';
    expect(pressureOf(text)).toBe(12.34);
    for (const nonsense of [
      '',
      null,
      'some avg10=NaN avg60=',
      'some avg10=101.00 avg60=',
      'full avg10=1.00 x',
    ])
      expect(pressureOf(nonsense)).toBeNull();
  });

  it('reads the control groups of both versions', () => {
    const text = '12:cpu,cpuacct:/a\n4:memory:/docker/x:y\n1:name=systemd:/s\n0::/user.slice\nnonsense\n';
    expect([...parseCgroups(text)]).toEqual([
      ['cpu', '/a'],
      ['cpuacct', '/a'],
      ['memory', '/docker/x:y'],
      ['name=systemd', '/s'],
      ['', '/user.slice'],
    ]);
  });

  it('never throws and never knows what is no number, whatever it is given', () => {
    const anything = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...'cpu 0123456789\n-:.') }));
    fc.assert(
      fc.property(anything, (text) => {
        const times = cpuTimes(text, null);
        const { total, available } = memoryInfo(text);
        const numbers = [times?.busy, times?.total, total, available, pressureOf(text), wholeNumber(text)];
        for (const value of [...numbers, namedNumber(text, 'cpu'), ...(cpuList(text) ?? [])])
          if (value !== null && value !== undefined && !(Number.isFinite(value) && value >= 0))
            expect.fail(`${value} from ${JSON.stringify(text)}`);
      }),
      { numRuns: 20_000 },
    );
  });
});
