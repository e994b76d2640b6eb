import { open, rename, rm } from 'node:fs/promises';

const MAGIC = 'GGUF';
const VERSION = 3;
const ALIGNMENT = 32;
const TENSOR_F32 = 0;

/** The value kinds this writer knows, with their numbers in the file format. */
const KIND_IDS = { u32: 4, i32: 5, f32: 6, bool: 7, string: 8, array: 9 } as const;

/** One key of a GGUF header. Arrays hold a single kind of scalar. */
export type GgufEntry =
  | { readonly key: string; readonly kind: 'u32' | 'i32' | 'f32'; readonly value: number }
  | { readonly key: string; readonly kind: 'bool'; readonly value: boolean }
  | { readonly key: string; readonly kind: 'string'; readonly value: string }
  | {
      readonly key: string;
      readonly kind: 'array';
      readonly of: 'i32' | 'f32';
      readonly value: readonly number[];
    }
  | {
      readonly key: string;
      readonly kind: 'array';
      readonly of: 'string';
      readonly value: readonly string[];
    };

/** A tensor of 32-bit floats. The first dimension is the one that is contiguous in `data`. */
export interface GgufTensor {
  readonly name: string;
  readonly dims: readonly number[];
  readonly data: Float32Array;
}

/** All that goes into a GGUF file. */
export interface GgufFile {
  readonly entries: readonly GgufEntry[];
  readonly tensors: readonly GgufTensor[];
}

/**
 * Writes a GGUF v3 file (little-endian, F32). It appears under its name only when complete, so that nobody loads
 * half a model.
 *
 * @throws RangeError when a tensor's data does not fit its dimensions.
 */
export async function writeGguf(path: string, file: GgufFile): Promise<void> {
  const header = encodeGgufHeader(file);
  const temporary = `${path}.${process.pid}.tmp`;
  const handle = await open(temporary, 'w');
  try {
    await handle.writeFile(header);
    for (const { data } of file.tensors) {
      await handle.writeFile(Buffer.from(data.buffer, data.byteOffset, data.byteLength));
      await handle.writeFile(Buffer.alloc(padding(data.byteLength)));
    }
    await handle.close();
    await rename(temporary, path);
  } catch (error) {
    await handle.close().catch(() => undefined);
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Everything before the tensor data, padded to the format's alignment. */
export function encodeGgufHeader({ entries, tensors }: GgufFile): Buffer {
  const parts = [Buffer.from(MAGIC), u32(VERSION), u64(tensors.length), u64(entries.length)];
  for (const entry of entries) {
    parts.push(text(entry.key), u32(KIND_IDS[entry.kind]), encodeValue(entry));
  }
  let offset = 0;
  for (const { name, dims, data } of tensors) {
    const expected = dims.reduce((product, dim) => product * dim, 1);
    if (expected !== data.length) {
      throw new RangeError(`Expected tensor "${name}" to have ${expected} values, got ${data.length}`);
    }
    parts.push(text(name), u32(dims.length), ...dims.map(u64), u32(TENSOR_F32), u64(offset));
    offset += data.byteLength + padding(data.byteLength);
  }
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat([...parts, Buffer.alloc(padding(length))]);
}

function encodeValue(entry: GgufEntry): Buffer {
  if (entry.kind !== 'array') return encodeScalar(entry.kind, entry.value);
  const items = entry.value.map((item) => encodeScalar(entry.of, item));
  return Buffer.concat([u32(KIND_IDS[entry.of]), u64(items.length), ...items]);
}

function encodeScalar(kind: Exclude<GgufEntry['kind'], 'array'>, value: number | boolean | string): Buffer {
  if (kind === 'string') return text(String(value));
  if (kind === 'bool') return Buffer.from([value ? 1 : 0]);
  const bytes = Buffer.alloc(4);
  if (kind === 'f32') bytes.writeFloatLE(Number(value));
  else if (kind === 'i32') bytes.writeInt32LE(Number(value));
  else bytes.writeUInt32LE(Number(value));
  return bytes;
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value, 'utf8');
  return Buffer.concat([u64(bytes.length), bytes]);
}

function u32(value: number): Buffer {
  return encodeScalar('u32', value);
}

function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

function padding(length: number): number {
  return (ALIGNMENT - (length % ALIGNMENT)) % ALIGNMENT;
}
