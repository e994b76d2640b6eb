import type { FileCursor } from './file-cursor.js';
import { tensorLayout } from './ggml-types.js';
import { implausible, incompleteBy } from './gguf-rejection.js';

/** What the tensor list of one file comes to. */
export interface TensorTotals {
  readonly count: number;
  readonly parameterCount: number;
}

/** The format's own limit. */
const maxDimensions = 4;
const maxNameBytes = 65_535;
/** 35 TB: a claim beyond it is a broken number rather than a broken download. */
const maxDataBytes = 2 ** 45;

/** Where a tensor lies, from the beginning of the tensor data. */
interface TensorSpan {
  readonly values: number;
  readonly offset: number;
  /** 0 for a type whose layout is not known. */
  readonly bytes: number;
}

/**
 * Reads the list of `count` tensors and proves that the file holds all of their data.
 * @throws GgufRejection `incomplete`, `implausible`
 */
export async function readTensors(
  cursor: FileCursor,
  count: number,
  alignment: number,
): Promise<TensorTotals> {
  let [parameterCount, bytes, end] = [0, 0, 0];
  for (let i = 0; i < count; i++) {
    const tensor = await readTensor(cursor);
    if (tensor.offset % alignment !== 0) throw implausible('its tensors are not aligned');
    parameterCount += tensor.values;
    bytes += tensor.bytes;
    // Of an unknown layout one thing is certain: it has a first byte.
    end = Math.max(end, tensor.offset + (tensor.bytes || Math.min(1, tensor.values)));
    if (end > maxDataBytes || bytes > maxDataBytes || !Number.isSafeInteger(parameterCount)) {
      throw implausible('its tensors are larger than any disk');
    }
  }
  const dataStart = Math.ceil(cursor.position / alignment) * alignment;
  if (end > 0 && dataStart + end > cursor.size) throw incompleteBy(dataStart + end - cursor.size);
  // Otherwise a small file could claim any number of parameters.
  if (bytes > end) throw implausible('its tensors overlap');
  return { count, parameterCount };
}

async function readTensor(cursor: FileCursor): Promise<TensorSpan> {
  await cursor.need(8);
  const nameBytes = cursor.unsigned(8);
  if (nameBytes > maxNameBytes) throw implausible('a tensor has a name without a sensible length');
  cursor.skip(nameBytes);
  await cursor.need(4);
  const dimensions = cursor.unsigned(4);
  if (dimensions > maxDimensions) throw implausible('a tensor has too many dimensions');
  await cursor.need(8 * dimensions + 12);
  const rowValues = dimensions > 0 ? cursor.unsigned(8) : 1;
  let values = rowValues;
  for (let i = 1; i < dimensions; i++) values *= cursor.unsigned(8);
  if (!Number.isSafeInteger(values)) throw implausible('its tensors are larger than any disk');
  const layout = tensorLayout(cursor.unsigned(4));
  const offset = cursor.unsigned(8);
  if (!layout) return { values, offset, bytes: 0 };
  if (rowValues % layout.valuesPerBlock !== 0) throw implausible('a tensor has rows of half a block');
  return { values, offset, bytes: (values / layout.valuesPerBlock) * layout.bytesPerBlock };
}
