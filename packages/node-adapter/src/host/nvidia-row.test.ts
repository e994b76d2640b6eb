import { describe, expect, it } from 'vitest';
import { parseNvidiaRow } from './nvidia-row.js';

const mib = 1024 ** 2;
const row = (...values: string[]) =>
  parseNvidiaRow(['0', 'GPU-1', 'Some card', ...values].join(', '), 'full');

describe('parseNvidiaRow', () => {
  it('reads a card, MiB as bytes', () => {
    const line = '1, GPU-5a3c, NVIDIA GeForce RTX 4090, 24564, 23871, 97, 71, 402.51';
    expect(parseNvidiaRow(line, 'full')).toEqual({
      key: 'GPU-5a3c',
      index: 1,
      gpu: {
        name: 'NVIDIA GeForce RTX 4090',
        vramTotal: 24_564 * mib,
        vramUsed: 23_871 * mib,
        utilizationPercent: 97,
        temperatureC: 71,
        powerW: 402.51,
        isUnified: false,
      },
    });
    expect(row('1', '0', '0', '0', '0')?.gpu).toMatchObject({
      vramUsed: 0,
      utilizationPercent: 0,
      powerW: 0,
    });
  });

  it('reads the short list, and names with commas', () => {
    const parsed = parseNvidiaRow('0, Quadro, rev. 2, 8192, 12', 'minimal');
    expect(parsed).toMatchObject({ key: '0', gpu: { name: 'Quadro, rev. 2', vramTotal: 8192 * mib } });
    expect(parsed?.gpu).toMatchObject({ vramUsed: 12 * mib, utilizationPercent: null, powerW: null });
  });

  it.each([
    '[N/A]',
    '[Not Supported]',
    '[Unknown Error]',
    '[GPU requires reset]',
    '',
    'NaN',
    '-1',
    '1e9',
    '0x10',
  ])('leaves %j unknown, and nothing else', (text) => {
    expect(row('100', text, '5', text, text)?.gpu).toMatchObject({
      vramTotal: 100 * mib,
      vramUsed: null,
      utilizationPercent: 5,
      temperatureC: null,
      powerW: null,
      isUnified: false,
    });
  });

  it.each([
    ['[N/A]', '[N/A]', '12', true],
    ['[Not Supported]', '[Not Supported]', '0', true],
    ['[Unknown Error]', '[Unknown Error]', '12', false],
    ['[N/A]', '[N/A]', '[N/A]', false],
    ['[N/A]', '100', '12', false],
  ])(
    'with memory %s, %s and load %s: one memory with the processors is %s',
    (total, used, load, isUnified) => {
      expect(row(total, used, load, '50', '20')?.gpu.isUnified).toBe(isUnified);
    },
  );

  it.each([
    '',
    'NVIDIA-SMI has failed because it could not communicate with the NVIDIA driver.',
    'Field "power.draw" is not a valid field to query.',
    '0, GPU-1, 1, 2, 3',
    'x, GPU-1, card, 1, 2, 3, 4, 5',
  ])('takes %j for no card', (line) => {
    expect(parseNvidiaRow(line, 'full')).toBeNull();
  });
});
