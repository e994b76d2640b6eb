import { describe, expect, it } from 'vitest';
import type { ByteSource } from './file-cursor.js';
import {
  array,
  bool,
  hugeText,
  i32,
  i64,
  type RawGguf,
  rawGguf,
  rawHeader,
  smallModel,
  text,
  u8,
  u16,
  u32,
  u64,
} from './gguf-bytes.fixture.js';
import { readGgufHeader } from './gguf-header.js';
import { GgufRejection } from './gguf-rejection.js';

/** A file in memory that gives at most `most` bytes at a time. */
function source(bytes: Buffer, most = Number.POSITIVE_INFINITY): ByteSource {
  return {
    read: async (buffer, offset, length, position) => ({
      bytesRead: bytes.copy(buffer, offset, position, position + Math.min(length, most)),
    }),
  };
}
const read = (bytes: Buffer, most?: number) => readGgufHeader(source(bytes, most), bytes.length);
const readRaw = (raw: RawGguf) => read(rawGguf(raw));
const withEntry = (key: string, value: ReturnType<typeof u32>): RawGguf => ({
  ...smallModel,
  entries: [...smallModel.entries, [key, value]],
});
/** What it is rejected for. */
const rejection = async (bytes: Buffer | RawGguf) => {
  const error: unknown = await (Buffer.isBuffer(bytes) ? read(bytes) : readRaw(bytes)).catch(
    (e: unknown) => e,
  );
  expect(error).toBeInstanceOf(GgufRejection);
  const { code, message } = error as GgufRejection;
  return [code, message];
};

describe('readGgufHeader', () => {
  const facts = {
    architecture: 'llama',
    name: 'Meadow',
    quantization: 'Q4_K_M',
    parameterCount: 20,
    contextLength: 8192,
    layerCount: 3,
    generalType: 'model',
    tensorCount: 2,
    split: null,
  };

  it.each([2, 3])('reads version %i', async (version) => {
    expect(await readRaw({ ...smallModel, version })).toEqual(facts);
  });

  it('reads the same however few bytes the disk gives at a time', async () => {
    expect(await read(rawGguf(smallModel), 7)).toEqual(facts);
  });

  it('knows nothing of what the file does not say', async () => {
    expect(await readRaw({ tensors: [{ dims: [2] }] })).toEqual({
      ...{ architecture: null, name: null, quantization: null, contextLength: null, layerCount: null },
      ...{ parameterCount: 2, generalType: null, tensorCount: 1, split: null },
    });
  });

  it('finds the context whatever the order of the keys and the width of the number', async () => {
    const entries = [
      ['x.context_length', u64(131_072)],
      ['x.block_count', u16(2)],
      ['y.context_length', u32(1)],
      ['general.architecture', text('x')],
    ] as const;
    expect(await readRaw({ entries })).toMatchObject({ contextLength: 131_072, layerCount: 2 });
  });

  it.each([
    ['an array', array(4, [u32(7)])],
    ['negative', i64(-1)],
    ['too large to be exact', u64(2n ** 63n)],
    ['0', u32(0)],
    ['a text', text('8192')],
    ['true', bool(true)],
  ])('takes no context length that is %s', async (_, value) => {
    const entries = [['general.architecture', text('x')] as const, ['x.context_length', value] as const];
    expect((await readRaw({ entries })).contextLength).toBe(null);
  });

  it.each([
    [0, 'F32'],
    [15 + 1024, 'Q4_K_M'],
    [38, 'MXFP4_MOE'],
    [4, null],
    [999, null],
    [2 ** 32 - 1, null],
  ])('calls file type %i %s', async (value, quantization) => {
    expect((await readRaw({ entries: [['general.file_type', u32(value)]] })).quantization).toBe(quantization);
  });

  it('reads what a shard says of its set', async () => {
    const entries = [
      ['split.no', u16(1)],
      ['split.count', u16(3)],
      ['split.tensors.count', i32(9)],
    ] as const;
    expect((await readRaw({ entries })).split).toEqual({ index: 1, count: 3, tensorCount: 9 });
  });

  it('counts parameters, and believes no claim', async () => {
    const raw = withEntry('general.parameter_count', u64(10n ** 12n));
    expect((await readRaw(raw)).parameterCount).toBe(20);
  });

  it('keeps no name that nobody would read', async () => {
    const entries = [['general.name', text('x'.repeat(300))] as const];
    expect((await readRaw({ entries })).name).toBe(null);
    expect((await readRaw({ entries: [['general.name', text('x'.repeat(2e6))]] })).name).toBe(null);
  });

  it('is not led astray by keys that name parts of an object', async () => {
    const entries = [
      ['__proto__', text('evil')],
      ['constructor', u32(1)],
      ['general.architecture', text('__proto__')],
      ['__proto__.context_length', u32(5)],
    ] as const;
    const header = await readRaw({ entries });
    expect(header).toMatchObject({ architecture: '__proto__', contextLength: 5 });
    expect(Object.getPrototypeOf(header)).toBe(Object.prototype);
    expect((await readRaw({ entries: [['null.context_length', u32(5)]] })).contextLength).toBe(null);
  });
});

describe('rejections', () => {
  it.each([
    ['', 'This file is empty'],
    ['GGU', 'This is not a GGUF file'],
    ['hello, this is a text', 'This is not a GGUF file'],
  ])('takes %j for no GGUF file', async (content, message) => {
    expect(await rejection(Buffer.from(content))).toEqual(['not_gguf', message]);
  });

  it.each([
    [1, 'of version 1'],
    [4, 'of version 4'],
    [0x0300_0000, 'of another byte order'],
    [0, 'of another byte order'],
  ])('refuses version %i', async (version, what) => {
    const message = `This GGUF file is ${what}, which cannot be used here`;
    expect(await rejection({ ...smallModel, version })).toEqual(['unsupported_version', message]);
  });

  it('says how many bytes are missing', async () => {
    const whole = rawGguf(smallModel);
    expect(await rejection(whole.subarray(0, -1))).toEqual([
      'incomplete',
      'This file is incomplete: 1 byte is missing',
    ]);
    expect((await rejection(whole.subarray(0, -9)))[1]).toBe('This file is incomplete: 9 bytes are missing');
    expect(await rejection(rawHeader({ tensors: [{ dims: [1e9] }] }))).toEqual([
      'incomplete',
      expect.stringMatching(/^This file is incomplete: 40000000\d\d bytes are missing \(4\.0 GB\)$/),
    ]);
  });

  it('says when even the header is not whole', async () => {
    const message = 'This file is incomplete: it ends within its header';
    for (const bytes of [4, 23, 24, 100]) {
      expect(await rejection(rawGguf(smallModel).subarray(0, bytes))).toEqual(['incomplete', message]);
    }
  });

  it('notices that a file became shorter while it was read', async () => {
    const bytes = rawGguf(smallModel);
    await expect(readGgufHeader(source(bytes.subarray(0, 60)), bytes.length)).rejects.toThrow('ends within');
  });

  it.each([[{ tensorCount: 9_900_000 }], [{ tensorCount: 2n ** 64n - 1n }], [{ keyCount: 2n ** 63n }]])(
    'refuses 24 bytes that claim %o',
    async (claim) => {
      expect(await rejection(rawHeader(claim))).toEqual([
        'implausible',
        'This file is damaged: it claims more content than any model has',
      ]);
    },
  );

  it.each<[string, RawGguf]>([
    ['tensors', { tensorCount: 90_000 }],
    ['keys', { keyCount: 99_000 }],
    ['texts', { entries: [['a', array(8, [], 200_000)]] }],
    ['numbers', { entries: [['a', array(10, [], 200_000)]] }],
  ])('refuses more %s than the rest of the file has room for before it reads on', async (_, raw) => {
    let reads = 0;
    const bytes = Buffer.concat([rawHeader(raw), Buffer.alloc(1e6)]);
    const counting: ByteSource = {
      read: (...where) => {
        reads += 1;
        return source(bytes).read(...where);
      },
    };
    await expect(readGgufHeader(counting, bytes.length)).rejects.toMatchObject({ code: 'incomplete' });
    expect(reads).toBe(1);
  });

  it.each<[string, RawGguf]>([
    ['a text longer than any header', withEntry('a', hugeText(2n ** 63n))],
    ['a name longer than any header', withEntry('general.name', hugeText(2n ** 40n))],
    ['an array longer than any header', withEntry('a', array(4, [], 2n ** 62n))],
    ['an array whose bytes overflow', withEntry('a', array(10, [], 2n ** 61n))],
    ['an array of too many texts', withEntry('a', array(8, [], 2n ** 50n))],
    ['an array with a text longer than any header', withEntry('a', array(8, [hugeText(2n ** 60n)]))],
    ['an array of arrays', withEntry('a', array(9, [array(0, [u8(1)])]))],
    ['a value of no kind', withEntry('a', { kind: 13, bytes: Buffer.alloc(8) })],
    ['an array of no kind', withEntry('a', array(2 ** 32 - 1, [], 1))],
    ['a key without a name', withEntry('', u32(1))],
    ['a key of 70 000 letters', withEntry('a'.repeat(70_000), u32(1))],
    ['a key twice', withEntry('general.name', text('Heath'))],
    ['a tensor of 5 dimensions', { tensors: [{ dims: [1, 1, 1, 1, 1] }] }],
    ['a tensor with a long name', { tensors: [{ dims: [1], name: 'a'.repeat(70_000) }] }],
    ['a tensor of 2⁶⁴ − 1 values', { tensors: [{ dims: [2n ** 64n - 1n], bytes: 4 }] }],
    ['a tensor of 2⁶² values', { tensors: [{ dims: [2 ** 31, 2 ** 31], bytes: 4 }] }],
    ['a tensor at the end of the world', { tensors: [{ dims: [1], offset: 2n ** 64n - 32n, bytes: 4 }] }],
    ['an unaligned tensor', { tensors: [{ dims: [1] }, { dims: [1], offset: 33 }] }],
    ['half a block', { tensors: [{ dims: [48], type: 2 }] }],
    ['overlapping tensors', { tensors: [{ dims: [64] }, { dims: [64], offset: 0 }] }],
  ])('refuses %s', async (_, raw) => {
    // Room for whatever is claimed, up to a point: the claims are what is refused.
    const bytes = Buffer.concat([rawHeader(raw), Buffer.alloc(1000)]);
    expect((await rejection(bytes))[0]).toBe('implausible');
  });

  it.each([
    ['0', u32(0)],
    ['48', u32(48)],
    ['2³¹', u32(2 ** 31)],
    ['a text', text('32')],
    ['8 bytes', u64(32)],
    ['an array', array(4, [u32(32)])],
  ])('refuses an alignment that is %s', async (_, value) => {
    const raw: RawGguf = { entries: [['general.alignment', value]], tensors: [{ dims: [1] }] };
    expect(await rejection(raw)).toEqual([
      'implausible',
      'This file is damaged: its alignment makes no sense',
    ]);
  });

  it('takes a header that ends beyond the budget for a trap, although the file is that long', async () => {
    const head = rawHeader(withEntry('a', hugeText(300 * 2 ** 20)));
    await expect(readGgufHeader(source(head), 2 ** 40)).rejects.toMatchObject({ code: 'implausible' });
  });
});

describe('tensors', () => {
  it.each([
    ['Q4_K', 12, 144],
    ['Q6_K', 14, 210],
    ['MXFP4', 39, 17 * 8],
    ['BF16', 30, 512],
  ])('knows how many bytes 256 values of %s are', async (_, type, bytes) => {
    const raw: RawGguf = { tensors: [{ dims: [256], type, bytes }] };
    expect((await readRaw(raw)).parameterCount).toBe(256);
    expect(await rejection(rawGguf(raw).subarray(0, -1))).toContain('incomplete');
  });

  it('asks of a type that it does not know only where it begins', async () => {
    const raw: RawGguf = { tensors: [{ dims: [7], type: 200, bytes: 1 }] };
    expect((await readRaw(raw)).parameterCount).toBe(7);
    expect(await rejection(rawGguf(raw).subarray(0, -1))).toContain('incomplete');
  });

  it('begins the data at the alignment that the file gives', async () => {
    const raw: RawGguf = { entries: [['general.alignment', u32(4096)]], tensors: [{ dims: [1] }] };
    const short = rawGguf(raw);
    expect(await rejection(short)).toContain(
      `This file is incomplete: ${4100 - short.length} bytes are missing`,
    );
    expect(await read(Buffer.concat([short, Buffer.alloc(4100 - short.length)]))).toMatchObject({
      tensorCount: 1,
    });
  });

  it('counts tensors without dimensions and without values', async () => {
    const raw: RawGguf = { tensors: [{ dims: [] }, { dims: [0, 5] }] };
    expect(await readRaw(raw)).toMatchObject({ parameterCount: 1, tensorCount: 2 });
  });
});
