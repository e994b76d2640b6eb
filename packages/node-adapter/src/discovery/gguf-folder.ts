import { createHash } from 'node:crypto';
import type { Dirent } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { ModelFile, ModelSource, RejectedFile, ScanResult } from '@corral/core';
import { isErrno } from '../process/process-group.js';

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
    const candidates: string[] = [];
    await this.#walk(this.#folder, 1, candidates, rejected);
    for (const file of candidates.sort()) {
      const filename = path.basename(file);
      try {
        await assertGguf(file);
        files.push({
          modelId: modelIdOf(path.relative(this.#folder, file)),
          filename,
          path: file,
          sizeBytes: await weightBytes(file),
        });
      } catch (error) {
        rejected.push({
          filename,
          reason: error instanceof Unusable ? error.message : 'This file cannot be read',
        });
      }
    }
    return { files, rejected };
  }

  /** Collects what could be a model. A folder that cannot be read is told, and hides nothing beside itself. */
  async #walk(folder: string, depth: number, candidates: string[], rejected: RejectedFile[]): Promise<void> {
    let entries: Dirent[];
    try {
      entries = await readdir(folder, { withFileTypes: true });
    } catch (error) {
      const missing = isErrno(error, 'ENOENT') || isErrno(error, 'ENOTDIR');
      rejected.push({
        filename: path.basename(folder),
        reason: missing ? 'There is no such folder' : 'This folder cannot be read',
      });
      return;
    }
    for (const entry of entries) {
      const file = path.join(folder, entry.name);
      if (entry.isDirectory()) {
        if (depth < mostDepth) await this.#walk(file, depth + 1, candidates, rejected);
      } else if (!isCandidate(entry.name)) continue;
      else if (entry.isFile()) candidates.push(file);
      else rejected.push({ filename: entry.name, reason: 'This is a link, and links are not followed' });
    }
  }
}

/** A file that is no model, with the reason as its message. */
class Unusable extends Error {}

/** Projectors are no models, and of a set of shards the first one stands for all. */
function isCandidate(name: string): boolean {
  return /\.gguf$/i.test(name) && !/^mmproj/i.test(name) && Number(shardName.exec(name)?.[2] ?? 1) === 1;
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

async function assertGguf(file: string): Promise<void> {
  const handle = await open(file, 'r');
  try {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(4), 0, 4, 0);
    if (bytesRead < 4 || buffer.toString('latin1') !== 'GGUF') throw new Unusable('This is not a GGUF file');
  } finally {
    await handle.close();
  }
}

/** Bytes of the file, or of all its shards. */
async function weightBytes(file: string): Promise<number> {
  const shards = shardName.exec(path.basename(file));
  if (!shards) return (await stat(file)).size;
  const [, stem, , count = ''] = shards;
  let bytes = 0;
  for (let i = 1; i <= Number(count); i++) {
    const shard = `${stem}-${String(i).padStart(5, '0')}-of-${count}.gguf`;
    const found = await stat(path.join(path.dirname(file), shard)).catch(() => undefined);
    if (!found) throw new Unusable(`The part ${shard} is missing`);
    bytes += found.size;
  }
  return bytes;
}
