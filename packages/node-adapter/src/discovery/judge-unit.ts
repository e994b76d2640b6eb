import path from 'node:path';
import type { GgufFacts } from '@corral/core';
import type { GgufHeader, SplitClaim } from './gguf-header.js';
import { GgufRejection } from './gguf-rejection.js';
import type { HeaderReading } from './header-reader.js';
import type { ModelUnit, ShardSet } from './model-unit.js';

/** What a unit weighs and what it is. */
export interface UnitFacts {
  readonly sizeBytes: number;
  readonly gguf: GgufFacts;
}

/**
 * Decides whether the files of a unit are a model that a server can load.
 * @param readings of its files, in their order
 * @throws GgufRejection
 */
export function judgeUnit({ files, set }: ModelUnit, readings: readonly HeaderReading[]): UnitFacts {
  const names = files.map((file) => path.basename(file.path));
  if (set) assertComplete(set);
  const headers = readings.map(({ header }, i) => {
    if (!(header instanceof GgufRejection)) return header;
    if (files.length === 1) throw header;
    throw new GgufRejection(header.code, `In the part ${names[i] ?? ''}: ${header.message}`);
  });
  const first = headers[0] as GgufHeader;
  assertModel(first, names[0] ?? '');
  if (set) assertOneSet(set, headers);
  else if (first.split && first.split.count > 1) {
    const reason = `This is one of ${first.split.count} parts, and its name does not say which`;
    throw new GgufRejection('incomplete', reason);
  }
  const parameterCount = headers.reduce((sum, header) => sum + header.parameterCount, 0);
  if (parameterCount === 0) throw new GgufRejection('not_gguf', 'This GGUF file holds no weights');
  const { architecture, name, quantization, contextLength, layerCount } = first;
  const shardCount = files.length;
  return {
    sizeBytes: readings.reduce((sum, reading) => sum + reading.sizeBytes, 0),
    gguf: { architecture, name, quantization, parameterCount, contextLength, layerCount, shardCount },
  };
}

function assertComplete({ count, numbers, nameOf }: ShardSet): void {
  if (numbers.some((number) => number < 1 || number > count)) {
    throw new GgufRejection('implausible', `The name numbers a part that a set of ${count} does not have`);
  }
  const missing = count - numbers.length;
  if (missing === 0) return;
  // The numbers are in order, so the first gap is where a number is not its place.
  const gap = numbers.findIndex((number, i) => number !== i + 1);
  const name = nameOf((gap < 0 ? numbers.length : gap) + 1);
  const reason =
    missing === 1 ? `The part ${name} is missing` : `The part ${name} and ${missing - 1} more are missing`;
  throw new GgufRejection('missing_shard', reason);
}

/** Some GGUF files are sound, and no models. */
function assertModel({ generalType, architecture }: GgufHeader, name: string): void {
  if (generalType === 'mmproj' || architecture === 'clip' || /^mmproj/i.test(name)) {
    throw new GgufRejection('projector', 'This is a projector: it belongs to a model and is none itself');
  }
  if (generalType === 'adapter') {
    throw new GgufRejection('adapter', 'This is an adapter: it belongs to a model and is none itself');
  }
  if (generalType === null || generalType === 'model') return;
  const what = /^[\w-]{1,32}$/.test(generalType) ? `data of the kind ${generalType}` : 'other data';
  throw new GgufRejection('not_gguf', `This GGUF file holds no model, but ${what}`);
}

/** The shards must agree with their names and with each other, or the server refuses them after a long start. */
function assertOneSet({ count }: ShardSet, headers: readonly GgufHeader[]): void {
  for (const [index, { split }] of headers.entries()) assertShard(split, index, count);
  const claimed = headers[0]?.split?.tensorCount ?? null;
  const found = headers.reduce((sum, header) => sum + header.tensorCount, 0);
  if (claimed !== null && claimed !== found) {
    throw new GgufRejection('incomplete', `The parts hold ${found} tensors, and should hold ${claimed}`);
  }
}

function assertShard(split: SplitClaim | null, index: number, count: number): void {
  if (split === null) {
    if (count === 1) return;
    const reason = `Part ${index + 1} of ${count} by its name, but a whole file by its content`;
    throw new GgufRejection('implausible', reason);
  }
  if (split.count !== count) {
    const reason = `Part ${index + 1} of ${count} by its name, but of ${split.count} by its content`;
    throw new GgufRejection('implausible', reason);
  }
  if (split.index !== index) {
    const inside = split.index === null ? 'without a number' : `part ${split.index + 1}`;
    throw new GgufRejection(
      'implausible',
      `Part ${index + 1} of ${count} by its name, but ${inside} by its content`,
    );
  }
}
