import type { FileCursor } from './file-cursor.js';
import { implausible } from './gguf-rejection.js';

/** The values of a header that matter here. A map, because its keys are the file's to choose. */
export type GgufMetadata = ReadonlyMap<string, string | number>;

const kind = { u32: 4, string: 8, array: 9 } as const;

/** Bytes of a value, by its kind: u8, i8, u16, i16, u32, i32, f32, bool, (string), (array), u64, i64, f64. */
const fixedBytes = [1, 1, 2, 2, 4, 4, 4, 1, undefined, undefined, 8, 8, 8] as const;
const unsignedKinds = new Set([0, 2, 4, 10]);
const signedKinds = new Set([1, 3, 5, 11]);

/** The format's own limit for keys. */
const maxKeyBytes = 65_535;
/** No key that we want is longer, and no value of one. */
const maxWantedKeyBytes = 256;
const maxTextBytes = 64 * 1024;
const wantedKey =
  /^(general\.(alignment|architecture|file_type|name|type)|split\.(no|count|tensors\.count)|.+\.(context_length|block_count))$/s;

/**
 * Reads `count` keys with their values, and keeps what matters. Vocabularies are stepped over, not decoded.
 * @throws GgufRejection `incomplete`, `implausible`
 */
export async function readMetadata(cursor: FileCursor, count: number): Promise<GgufMetadata> {
  const metadata = new Map<string, string | number>();
  for (let i = 0; i < count; i++) {
    const key = await readKey(cursor);
    await cursor.need(4);
    const valueKind = cursor.unsigned(4);
    const value = await readValue(cursor, valueKind, key !== undefined);
    if (key === undefined) continue;
    // Which of the two is true? A server refuses such a file, too.
    if (metadata.has(key)) throw implausible('its header says the same thing twice');
    if (key === 'general.alignment' && valueKind !== kind.u32)
      throw implausible('its alignment makes no sense');
    if (value !== undefined) metadata.set(key, value);
  }
  return metadata;
}

/** The key, `undefined` where its value does not matter. */
async function readKey(cursor: FileCursor): Promise<string | undefined> {
  await cursor.need(8);
  const length = cursor.unsigned(8);
  if (length === 0 || length > maxKeyBytes)
    throw implausible('its header has a key without a sensible length');
  if (length > maxWantedKeyBytes) {
    cursor.skip(length);
    return undefined;
  }
  await cursor.need(length);
  const key = cursor.text(length);
  return wantedKey.test(key) ? key : undefined;
}

/** The value where it is wanted and of a kind that any wanted key has. */
async function readValue(
  cursor: FileCursor,
  valueKind: number,
  wanted: boolean,
): Promise<string | number | undefined> {
  if (valueKind === kind.string) return readText(cursor, wanted);
  if (valueKind === kind.array) return skipArray(cursor);
  const bytes = bytesOf(valueKind);
  await cursor.need(bytes);
  if (wanted && unsignedKinds.has(valueKind)) return cursor.unsigned(bytes);
  if (wanted && signedKinds.has(valueKind)) return cursor.signed(bytes);
  cursor.skip(bytes);
  return undefined;
}

async function readText(cursor: FileCursor, wanted: boolean): Promise<string | undefined> {
  await cursor.need(8);
  const length = cursor.unsigned(8);
  if (!wanted || length > maxTextBytes) {
    cursor.skip(length);
    return undefined;
  }
  await cursor.need(length);
  return cursor.text(length);
}

async function skipArray(cursor: FileCursor): Promise<undefined> {
  await cursor.need(12);
  const itemKind = cursor.unsigned(4);
  const count = cursor.unsigned(8);
  // No server reads arrays of arrays, and each level would be one more to get lost in.
  if (itemKind !== kind.string) {
    cursor.skip(bytesOf(itemKind) * count);
    return undefined;
  }
  cursor.assertRoom(8 * count);
  for (let left = count; left > 0; ) {
    await cursor.need(8);
    left -= cursor.skipStrings(left);
  }
  return undefined;
}

function bytesOf(valueKind: number): number {
  const bytes = fixedBytes[valueKind];
  if (bytes === undefined) throw implausible('its header has a value of an unknown kind');
  return bytes;
}
