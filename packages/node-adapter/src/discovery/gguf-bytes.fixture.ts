/** A value of a header: its kind in the format, and its bytes. */
export interface RawValue {
  readonly kind: number;
  readonly bytes: Buffer;
}

/** An entry of a tensor list. */
export interface RawTensor {
  readonly dims: readonly (number | bigint)[];
  readonly name?: string;
  /** Default: F32. */
  readonly type?: number;
  /** Default: behind the tensor before it, aligned to 32. */
  readonly offset?: number | bigint;
  /** Default: as F32. */
  readonly bytes?: number;
}

/** A header byte for byte, lies included. */
export interface RawGguf {
  readonly entries?: readonly (readonly [string, RawValue])[];
  readonly tensors?: readonly RawTensor[];
  readonly version?: number;
  /** What the header claims. Default: the truth. */
  readonly tensorCount?: number | bigint;
  readonly keyCount?: number | bigint;
}

export const u8 = (value: number): RawValue => ({ kind: 0, bytes: Buffer.from([value]) });
export const u16 = (value: number): RawValue => ({ kind: 2, bytes: number16(value) });
export const u32 = (value: number): RawValue => ({ kind: 4, bytes: number32(value) });
export const i32 = (value: number): RawValue => ({ kind: 5, bytes: number32(value >>> 0) });
export const u64 = (value: number | bigint): RawValue => ({ kind: 10, bytes: number64(value) });
export const i64 = (value: number): RawValue => ({
  kind: 11,
  bytes: number64(BigInt.asUintN(64, BigInt(value))),
});
export const bool = (value: boolean): RawValue => ({ kind: 7, bytes: Buffer.from([Number(value)]) });
export const text = (value: string): RawValue => ({ kind: 8, bytes: sized(value) });

/** An array of values of one kind; `count` may lie. */
export function array(
  kind: number,
  items: readonly RawValue[],
  count: number | bigint = items.length,
): RawValue {
  return {
    kind: 9,
    bytes: Buffer.concat([number32(kind), number64(count), ...items.map(({ bytes }) => bytes)]),
  };
}

/** A length, and nothing behind it. */
export const hugeText = (length: number | bigint): RawValue => ({ kind: 8, bytes: number64(length) });

const pad = (length: number, alignment = 32): number => Math.ceil(length / alignment) * alignment;

/** The header, unpadded. */
export function rawHeader({
  entries = [],
  tensors = [],
  version = 3,
  tensorCount,
  keyCount,
}: RawGguf): Buffer {
  const parts = [Buffer.from('GGUF'), number32(version)];
  parts.push(number64(tensorCount ?? tensors.length), number64(keyCount ?? entries.length));
  for (const [key, { kind, bytes }] of entries) parts.push(sized(key), number32(kind), bytes);
  let next = 0;
  for (const [i, { name = `t${i}`, dims, type = 0, offset = next, bytes }] of tensors.entries()) {
    parts.push(sized(name), number32(dims.length), ...dims.map(number64), number32(type), number64(offset));
    next = pad(Number(offset) + (bytes ?? valuesOf(dims) * 4));
  }
  return Buffer.concat(parts);
}

/** The header and all of its tensors, which are zeros. */
export function rawGguf(raw: RawGguf): Buffer {
  const header = rawHeader(raw);
  return Buffer.concat([header, Buffer.alloc(wholeSize(raw, header) - header.length)]);
}

/** The size that the whole file has, without its bytes. */
export function wholeSize({ tensors = [] }: RawGguf, header: Buffer): number {
  let size = 0;
  for (const { dims, bytes } of tensors) size = pad(size) + (bytes ?? valuesOf(dims) * 4);
  return size === 0 ? header.length : pad(header.length) + size;
}

/** A small model of 20 parameters. */
export const smallModel = {
  entries: [
    ['general.architecture', text('llama')],
    ['general.type', text('model')],
    ['general.name', text('Meadow')],
    ['general.file_type', u32(15)],
    ['llama.context_length', u32(8192)],
    ['llama.block_count', u32(3)],
    ['tokenizer.ggml.tokens', array(8, [text('a'), text(''), text('bcd')])],
    ['tokenizer.ggml.scores', array(6, [u32(0), u32(0), u32(0)])],
  ],
  tensors: [{ dims: [4, 3] }, { dims: [8] }],
} as const satisfies RawGguf;

/** One of `count` shards; the first one has the metadata. */
export function shard(index: number, count: number, others: RawGguf = {}): RawGguf {
  const entries = [
    ...(index === 0 ? smallModel.entries : []),
    ['split.no', u16(index)] as const,
    ['split.count', u16(count)] as const,
    ['split.tensors.count', i32(count)] as const,
  ];
  return { entries, tensors: [{ dims: [10] }], ...others };
}

function valuesOf(dims: readonly (number | bigint)[]): number {
  return dims.reduce<number>((product, dim) => product * Number(dim), 1);
}

function sized(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([number64(bytes.length), bytes]);
}

function number16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}

function number32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function number64(value: number | bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}
