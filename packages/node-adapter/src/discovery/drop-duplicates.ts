import { byPlace, type PlacedRejection, rejection } from './find-candidates.js';
import { portablePath } from './model-id.js';
import type { ModelUnit } from './model-unit.js';

/** Units of which no two are the same files. */
export interface DistinctUnits {
  /** By folder and path. */
  readonly units: readonly ModelUnit[];
  readonly rejected: readonly PlacedRejection[];
}

/**
 * Keeps one of those units that are the same files under several names: by links, hard links or folders within
 * folders. Real files win over links, then the first by folder and path.
 */
export function dropDuplicates(units: readonly ModelUnit[]): DistinctUnits {
  const kept = new Map<string, ModelUnit>();
  const rejected: PlacedRejection[] = [];
  for (const unit of units.toSorted(byLinkThenPlace)) {
    const identity = unit.files.map(({ stats }) => `${stats.dev}:${stats.ino}`).join();
    const original = kept.get(identity);
    if (!original) {
      kept.set(identity, unit);
      continue;
    }
    const reason = `The same file as ${portablePath(original.files[0].relativePath)}`;
    rejected.push(rejection(unit.files[0], 'duplicate', reason));
  }
  return { units: [...kept.values()].sort((a, b) => byPlace(a.files[0], b.files[0])), rejected };
}

function byLinkThenPlace(a: ModelUnit, b: ModelUnit): number {
  return Number(isLinked(a)) - Number(isLinked(b)) || byPlace(a.files[0], b.files[0]);
}

function isLinked({ files }: ModelUnit): boolean {
  return files.some(({ linked }) => linked);
}
