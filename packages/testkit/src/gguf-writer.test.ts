import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeGgufHeader, type GgufFile, writeGguf } from './gguf-writer.ts';

const FILE: GgufFile = {
  entries: [
    { key: 'a', kind: 'u32', value: 7 },
    { key: 'b', kind: 'array', of: 'string', value: ['é', ''] },
  ],
  tensors: [
    { name: 't', dims: [3], data: Float32Array.of(1, 2, 3) },
    { name: 'u', dims: [2, 1], data: Float32Array.of(4, 5) },
  ],
};

describe('encodeGgufHeader', () => {
  it('starts with magic, version and the two counts', () => {
    const header = encodeGgufHeader(FILE);
    expect(header.toString('latin1', 0, 4)).toBe('GGUF');
    expect(header.readUInt32LE(4)).toBe(3);
    expect(header.readBigUInt64LE(8)).toBe(2n);
    expect(header.readBigUInt64LE(16)).toBe(2n);
  });

  it('writes keys with length, kind and value', () => {
    const scalar = encodeGgufHeader(FILE).subarray(24, 24 + 8 + 1 + 4 + 4);
    expect(scalar.toString('hex')).toBe('0100000000000000' + '61' + '04000000' + '07000000');
  });

  it('counts text in bytes, not in letters', () => {
    const array = encodeGgufHeader(FILE).subarray(41, 41 + 9 + 4 + 4 + 8 + 10 + 8);
    expect(array.toString('hex', 9)).toBe(
      '09000000' + '08000000' + '0200000000000000' + '0200000000000000c3a9' + '0'.repeat(16),
    );
  });

  it('pads to 32 bytes', () => {
    expect(encodeGgufHeader(FILE).length % 32).toBe(0);
  });

  it('rejects a tensor whose data does not fit its dimensions', () => {
    const tensors = [{ name: 't', dims: [2, 2], data: new Float32Array(3) }];
    expect(() => encodeGgufHeader({ entries: [], tensors })).toThrow(
      'Expected tensor "t" to have 4 values, got 3',
    );
  });
});

describe('writeGguf', () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'gguf-'));
  });
  afterEach(() => rm(dir, { recursive: true }));

  it('puts each tensor at its offset', async () => {
    const path = join(dir, 'x.gguf');
    await writeGguf(path, FILE);
    const data = (await readFile(path)).subarray(encodeGgufHeader(FILE).length);
    expect([0, 4, 8].map((offset) => data.readFloatLE(offset))).toEqual([1, 2, 3]);
    expect([32, 36].map((offset) => data.readFloatLE(offset))).toEqual([4, 5]);
  });

  it('leaves nothing behind when the target cannot be written', async () => {
    await mkdir(join(dir, 'taken', 'full'), { recursive: true });
    await expect(writeGguf(join(dir, 'taken'), FILE)).rejects.toThrow();
    expect(await readdir(dir)).toEqual(['taken']);
  });
});
