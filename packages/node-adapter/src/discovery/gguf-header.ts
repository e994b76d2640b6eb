import type { GgufFacts } from '@corral/core';
import { type ByteSource, FileCursor } from './file-cursor.js';
import { quantizationOf } from './ggml-types.js';
import { type GgufMetadata, readMetadata } from './gguf-metadata.js';
import { GgufRejection, implausible } from './gguf-rejection.js';
import { readTensors } from './gguf-tensors.js';

/** What the header of one file says. `null` means that it does not say. */
export interface GgufHeader extends Omit<GgufFacts, 'shardCount'> {
  /** `general.type`: `model`, `mmproj`, `adapter` and others; old writers leave it out. */
  readonly generalType: string | null;
  readonly tensorCount: number;
  /** Where the file stands in a set of shards; `null` for a whole model. */
  readonly split: SplitClaim | null;
}

/** What a shard says of its set. */
export interface SplitClaim {
  /** Counted from 0, unlike the number in the file's name. */
  readonly index: number | null;
  readonly count: number;
  /** Tensors of all shards together. */
  readonly tensorCount: number | null;
}

/** Models have some hundred tensors and some dozen keys; the worst known has 50 000 tensors. */
const maxTensors = 100_000;
const maxKeys = 100_000;
const minTensorBytes = 24;
const minKeyBytes = 13;
const maxAlignment = 2 ** 20;
/** A name goes to every page that shows the model, so it is no place for a novel. */
const maxNameLength = 256;

/**
 * Reads the header of an open file and checks that the file holds what it promises. It reads forwards, in windows, and
 * only the header: the size of the weights does not matter.
 * @throws GgufRejection `not_gguf`, `unsupported_version`, `implausible`, `incomplete`
 */
export async function readGgufHeader(file: ByteSource, sizeBytes: number): Promise<GgufHeader> {
  const cursor = new FileCursor(file, sizeBytes);
  await readMagic(cursor);
  await cursor.need(20);
  assertVersion(cursor.unsigned(4));
  const tensorCount = cursor.unsigned(8);
  const keyCount = cursor.unsigned(8);
  if (tensorCount > maxTensors || keyCount > maxKeys) {
    throw implausible('it claims more content than any model has');
  }
  cursor.assertRoom(tensorCount * minTensorBytes + keyCount * minKeyBytes);
  const metadata = await readMetadata(cursor, keyCount);
  const tensors = await readTensors(cursor, tensorCount, alignmentOf(metadata));
  return headerOf(metadata, tensors);
}

async function readMagic(cursor: FileCursor): Promise<void> {
  if (cursor.size === 0) throw new GgufRejection('not_gguf', 'This file is empty');
  if (cursor.size >= 4) await cursor.need(4);
  if (cursor.size < 4 || cursor.text(4) !== 'GGUF') {
    throw new GgufRejection('not_gguf', 'This is not a GGUF file');
  }
}

function assertVersion(version: number): void {
  if (version === 2 || version === 3) return;
  // A small number that was written the other way round has nothing in its lower half.
  const what = (version & 0xffff) === 0 ? 'of another byte order' : `of version ${version}`;
  throw new GgufRejection('unsupported_version', `This GGUF file is ${what}, which cannot be used here`);
}

function alignmentOf(metadata: GgufMetadata): number {
  const alignment = numberOf(metadata, 'general.alignment') ?? 32;
  // Only a power of two has no bit in common with the number below it.
  if (alignment === 0 || alignment > maxAlignment || (alignment & (alignment - 1)) !== 0) {
    throw implausible('its alignment makes no sense');
  }
  return alignment;
}

function headerOf(
  metadata: GgufMetadata,
  tensors: { readonly count: number; readonly parameterCount: number },
): GgufHeader {
  const architecture = textOf(metadata, 'general.architecture');
  const fileType = numberOf(metadata, 'general.file_type');
  const splitCount = numberOf(metadata, 'split.count');
  return {
    architecture,
    name: textOf(metadata, 'general.name'),
    quantization: fileType === null ? null : quantizationOf(fileType),
    parameterCount: tensors.parameterCount,
    contextLength: positiveOf(metadata, architecture, 'context_length'),
    layerCount: positiveOf(metadata, architecture, 'block_count'),
    generalType: textOf(metadata, 'general.type'),
    tensorCount: tensors.count,
    split: splitCount === null ? null : splitOf(metadata, splitCount),
  };
}

function splitOf(metadata: GgufMetadata, count: number): SplitClaim {
  return {
    index: numberOf(metadata, 'split.no'),
    count,
    tensorCount: numberOf(metadata, 'split.tensors.count'),
  };
}

/** Text that is short enough to be shown. */
function textOf(metadata: GgufMetadata, key: string): string | null {
  const value = metadata.get(key);
  return typeof value === 'string' && value !== '' && value.length <= maxNameLength ? value : null;
}

function numberOf(metadata: GgufMetadata, key: string): number | null {
  const value = metadata.get(key);
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;
}

/** A size that the architecture has; 0 is what writers put that did not know. */
function positiveOf(metadata: GgufMetadata, architecture: string | null, key: string): number | null {
  return (architecture !== null && numberOf(metadata, `${architecture}.${key}`)) || null;
}
