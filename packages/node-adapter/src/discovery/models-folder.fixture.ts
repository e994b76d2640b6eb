import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { RejectedFile, ScanResult } from '@corral/core';
import { rawGguf, shard, smallModel } from './gguf-bytes.fixture.js';

/** A folder for models that is gone after the test. */
export class ModelsFolder {
  readonly path: string;

  private constructor(folder: string) {
    this.path = folder;
  }

  static async create(): Promise<ModelsFolder> {
    return new ModelsFolder(await mkdtemp(path.join(tmpdir(), 'corral-models-')));
  }

  remove(): Promise<void> {
    return rm(this.path, { recursive: true, force: true });
  }

  at(name: string): string {
    return path.join(this.path, name);
  }

  /** Writes a file, by default a sound small model. */
  async put(name: string, content: string | Buffer = rawGguf(smallModel)): Promise<string> {
    await mkdir(path.dirname(this.at(name)), { recursive: true });
    await writeFile(this.at(name), content);
    return this.at(name);
  }

  /** Writes the shards of a set, or some of them, by their numbers. */
  async putSet(stem: string, count: number, numbers = Array.from({ length: count }, (_, i) => i + 1)) {
    for (const number of numbers)
      await this.put(shardName(stem, number, count), rawGguf(shard(number - 1, count)));
  }

  async link(target: string, name: string): Promise<void> {
    await mkdir(path.dirname(this.at(name)), { recursive: true });
    await symlink(target, this.at(name));
  }
}

export function shardName(stem: string, number: number, count: number): string {
  const digits = (value: number) => String(value).padStart(5, '0');
  return `${stem}-${digits(number)}-of-${digits(count)}.gguf`;
}

/** The names of the models. */
export const namesOf = ({ files }: ScanResult): string[] => files.map(({ filename }) => filename);

/** Name, code and reason of each rejection. */
export const rejectionsOf = ({ rejected }: ScanResult): (readonly [string, RejectedFile['code'], string])[] =>
  rejected.map(({ filename, code, reason }) => [filename, code, reason]);
