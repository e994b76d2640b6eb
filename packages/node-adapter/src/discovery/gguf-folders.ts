import path from 'node:path';
import type { ModelFile, ModelSource, Progress, RejectedFile, ScanResult } from '@corral/core';
import { dropDuplicates } from './drop-duplicates.js';
import { byPlace, type Candidate, concurrentCalls, findCandidates, rejection } from './find-candidates.js';
import { GgufRejection } from './gguf-rejection.js';
import { HeaderReader, type HeaderReading, type Readings } from './header-reader.js';
import { judgeUnit } from './judge-unit.js';
import { mapConcurrently } from './map-concurrently.js';
import { assignIds } from './model-id.js';
import { groupShards } from './model-unit.js';

export { modelIdOf } from './model-id.js';

/**
 * Finds GGUF models in folders and their subfolders, and reads what their headers say. A set of shards is one model.
 * Whatever is named `.gguf` and cannot be served is rejected with the reason.
 *
 * What was read is kept in memory, so the next scan reads only files that have changed.
 */
export class GgufFolders implements ModelSource {
  readonly #folders: readonly string[];
  #readings: Readings = new Map();

  /** @param folders in the order in which they are searched; the first to have a file keeps it */
  constructor(folders: readonly string[]) {
    this.#folders = [...new Set(folders.map((folder) => path.resolve(folder)))];
  }

  /** Files come by folder and path, and so do rejections. `onProgress` hears of each file whose header was read. */
  async scan(onProgress?: (progress: Progress) => void): Promise<ScanResult> {
    const found = await findCandidates(this.#folders);
    const distinct = dropDuplicates(groupShards(found.candidates));
    const rejected = [...found.rejected, ...distinct.rejected];
    const readings = await this.#readAll(
      distinct.units.flatMap(({ files }) => files),
      onProgress,
    );
    const modelIds = assignIds(distinct.units);
    const files: ModelFile[] = [];
    for (const [i, unit] of distinct.units.entries()) {
      const [first] = unit.files;
      try {
        const facts = judgeUnit(
          unit,
          unit.files.map((file) => readings.get(file) as HeaderReading),
        );
        const filename = path.basename(first.path);
        files.push({ modelId: modelIds[i] as string, filename, path: first.path, ...facts });
      } catch (error) {
        if (!(error instanceof GgufRejection)) throw error;
        rejected.push(rejection(first, error.code, error.message));
      }
    }
    return { files, rejected: rejected.sort(byPlace).map(asRejectedFile) };
  }

  async #readAll(
    files: readonly Candidate[],
    onProgress?: (progress: Progress) => void,
  ): Promise<ReadonlyMap<Candidate, HeaderReading>> {
    const reader = new HeaderReader(this.#readings);
    const readings = new Map<Candidate, HeaderReading>();
    await mapConcurrently(files, concurrentCalls, async (file) => {
      readings.set(file, await reader.read(file.path, file.stats));
      onProgress?.({ done: readings.size, total: files.length });
    });
    this.#readings = reader.readings;
    return readings;
  }
}

/** Places stay inside: paths are nobody's business. */
function asRejectedFile({ filename, code, reason }: RejectedFile): RejectedFile {
  return { filename, code, reason };
}
