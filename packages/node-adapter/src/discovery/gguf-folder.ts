import { createHash } from 'node:crypto';
import { open, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { ModelFile, ModelSource, RejectedFile, ScanResult } from '@corral/core';

/** Folders are searched this deep. */
const mostDepth = 4;
const shardName = /^(.*)-(\d{5})-of-(\d{5})\.gguf$/i;

/** Finds GGUF models in a folder and its subfolders. Sets of shards count as one model; projectors are no models. */
export class GgufFolder implements ModelSource {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = path.resolve(folder);
  }

  async scan(): Promise<ScanResult> {
    const files: ModelFile[] = [];
    const rejected: RejectedFile[] = [];
    for (const file of await this.#list()) {
      const filename = path.basename(file);
      const reason = await whyNotGguf(file);
      if (reason !== null) rejected.push({ filename, reason });
      else
        files.push({
          modelId: modelIdOf(path.relative(this.#folder, file)),
          filename,
          path: file,
          sizeBytes: await weightBytes(file),
        });
    }
    return { files, rejected };
  }

  /** Absolute paths of what could be a model, sorted. A folder that cannot be read has none. */
  async #list(): Promise<string[]> {
    const entries = await readdir(this.#folder, { recursive: true, withFileTypes: true }).catch(() => []);
    return entries
      .filter((entry) => entry.isFile() && /\.gguf$/i.test(entry.name) && !/^mmproj/i.test(entry.name))
      .filter((entry) => Number(shardName.exec(entry.name)?.[2] ?? 1) === 1)
      .map((entry) => path.join(entry.parentPath, entry.name))
      .filter((file) => path.relative(this.#folder, file).split(path.sep).length <= mostDepth)
      .sort();
  }
}

/** A slug of the path and 8 hex digits of its hash: readable, and stable as long as the file stays where it is. */
export function modelIdOf(relativePath: string): string {
  const portable = relativePath.split(path.sep).join('/').normalize('NFC');
  const slug = portable
    .toLowerCase()
    .replace(/\.gguf$/, '')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  return `${slug.slice(0, 60) || 'model'}-${createHash('sha256').update(portable).digest('hex').slice(0, 8)}`;
}

async function whyNotGguf(file: string): Promise<string | null> {
  try {
    const handle = await open(file, 'r');
    try {
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(4), 0, 4, 0);
      return bytesRead === 4 && buffer.toString('latin1') === 'GGUF' ? null : 'This is not a GGUF file';
    } finally {
      await handle.close();
    }
  } catch {
    return 'This file cannot be read';
  }
}

async function weightBytes(file: string): Promise<number> {
  const shards = shardName.exec(path.basename(file));
  if (!shards) return (await stat(file)).size;
  const [, stem, , count] = shards;
  const sizes = Array.from({ length: Number(count) }, async (_, i) => {
    const shard = path.join(path.dirname(file), `${stem}-${String(i + 1).padStart(5, '0')}-of-${count}.gguf`);
    return (await stat(shard).catch(() => ({ size: 0 }))).size;
  });
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}
