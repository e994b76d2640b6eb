import path from 'node:path';
import type { Candidate } from './find-candidates.js';

/** Files that make one model: a whole one, or the shards of a set. */
export interface ModelUnit {
  /** In the order of their numbers; one at least. */
  readonly files: readonly [Candidate, ...Candidate[]];
  /** How the files are numbered, where they are named as shards. */
  readonly set: ShardSet | null;
}

/** The numbers of a set of shards, as its file names have them. */
export interface ShardSet {
  /** How many shards the names speak of. */
  readonly count: number;
  /** The number of each file, counted from 1. */
  readonly numbers: readonly number[];
  /** The name that the shard of a number must have; a server looks for nothing else. */
  readonly nameOf: (number: number) => string;
}

const shardName = /^(.*)-(\d{5})-of-(\d{5})(\.gguf)$/is;

/** Puts the shards of a set together. Sets of different folders stay apart. */
export function groupShards(candidates: readonly Candidate[]): ModelUnit[] {
  const units: ModelUnit[] = [];
  const sets = new Map<string, { readonly files: Candidate[]; readonly parts: ShardParts }>();
  for (const candidate of candidates) {
    const parts = shardParts(candidate.path);
    if (!parts) {
      units.push({ files: [candidate], set: null });
      continue;
    }
    const { stem, count, extension } = parts;
    const key = [candidate.folder, path.dirname(candidate.path), stem, count, extension].join('\0');
    const set = sets.get(key);
    if (set) set.files.push(candidate);
    else sets.set(key, { files: [candidate], parts });
  }
  for (const { files, parts } of sets.values()) units.push(setOf(files, parts));
  return units;
}

/** The pieces of the name of a shard, as they are written. */
interface ShardParts {
  readonly stem: string;
  readonly number: string;
  readonly count: string;
  readonly extension: string;
}

function shardParts(file: string): ShardParts | undefined {
  const match = shardName.exec(path.basename(file));
  if (!match) return undefined;
  const [, stem = '', number = '', count = '', extension = ''] = match;
  return { stem, number, count, extension };
}

/** The numbers have leading zeros, so the order of the names is their order. */
function setOf(files: Candidate[], { stem, count, extension }: ShardParts): ModelUnit {
  files.sort((a, b) => (a.path < b.path ? -1 : 1));
  return {
    files: files as [Candidate, ...Candidate[]],
    set: {
      count: Number(count),
      numbers: files.map((file) => Number(shardParts(file.path)?.number)),
      nameOf: (number) => `${stem}-${String(number).padStart(5, '0')}-of-${count}${extension}`,
    },
  };
}
