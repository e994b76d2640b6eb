import { createHash } from 'node:crypto';
import path from 'node:path';
import type { ModelUnit } from './model-unit.js';

/**
 * A slug of the path and 8 hex digits of its hash: readable, and stable as long as the file stays where it is.
 * @param salt tells files apart that would get the same id
 */
export function modelIdOf(relativePath: string, salt = ''): string {
  const portable = portablePath(relativePath).normalize('NFC');
  const slug = portable
    .toLowerCase()
    .replace(/\.gguf$/, '')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  const hash = createHash('sha256')
    .update(portable + salt)
    .digest('hex');
  return `${slug.slice(0, 60) || 'model'}-${hash.slice(0, 8)}`;
}

/** A path with slashes, whatever the system writes. */
export function portablePath(relativePath: string): string {
  return relativePath.split(path.sep).join('/');
}

/** An id for each unit, in their order. Of two folders that hold the same relative path, the first has the plain id. */
export function assignIds(units: readonly ModelUnit[]): string[] {
  const taken = new Set<string>();
  return units.map(({ files: [{ path: file, relativePath }] }) => {
    let modelId = modelIdOf(relativePath);
    // The full path keeps the id the same over restarts; the number is for names that differ in no letter we can read.
    for (let n = 1; taken.has(modelId); n++) modelId = modelIdOf(relativePath, `\0${file}\0${n}`);
    taken.add(modelId);
    return modelId;
  });
}
