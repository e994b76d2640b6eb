import type { BigIntStats, Dirent } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import type { RejectedFile } from '@corral/core';
import { isErrno } from '../process/process-group.js';
import { mapConcurrently } from './map-concurrently.js';

/** Folders are searched this deep. */
const maxDepth = 4;
/** Beyond these the search was pointed at something other than a folder of models. */
const maxCandidates = 10_000;
const maxFolders = 10_000;
/** As many as Node has threads for files. */
export const concurrentCalls = 4;

/** Where something was found. */
export interface Place {
  /** Index of the given folder. */
  readonly folder: number;
  readonly path: string;
}

/** A file by its name. */
interface NamedFile extends Place {
  /** From the given folder. */
  readonly relativePath: string;
  /** Whether a link led to it. */
  readonly linked: boolean;
}

/** A file that is named like a model. */
export interface Candidate extends NamedFile {
  /** Of the file itself, not of a link to it. */
  readonly stats: BigIntStats;
}

/** Something that is none, with its place. */
export interface PlacedRejection extends Place, RejectedFile {}

/** What a search found, in no particular order. */
export interface Finds {
  readonly candidates: readonly Candidate[];
  readonly rejected: readonly PlacedRejection[];
}

/** Orders by folder, then by path, so that the same disk always gives the same list. For `Array.prototype.sort`. */
export function byPlace(a: Place, b: Place): number {
  if (a.folder !== b.folder) return a.folder - b.folder;
  return a.path < b.path ? -1 : a.path > b.path ? 1 : 0;
}

/** Searches folders for files that are named like a model. Links are followed as long as they stay in the folders. */
export async function findCandidates(folders: readonly string[]): Promise<Finds> {
  const roots = await Promise.all(folders.map((folder) => realpath(folder).catch(() => undefined)));
  const files: NamedFile[] = [];
  const rejected: PlacedRejection[] = [];
  for (const [index, folder] of folders.entries()) {
    const search = new FolderSearch({ index, folder, roots, files, rejected });
    await search.run(roots[index] ?? folder);
  }
  const candidates: Candidate[] = [];
  await mapConcurrently(files, concurrentCalls, async (file) => {
    const stats = await stat(file.path, { bigint: true }).catch(() => undefined);
    if (stats) candidates.push({ ...file, stats });
    else rejected.push(rejection(file, 'unreadable', 'This file cannot be read'));
  });
  return { candidates, rejected };
}

/** A rejection of what is at a place. */
export function rejection(place: Place, code: RejectedFile['code'], reason: string): PlacedRejection {
  return { folder: place.folder, path: place.path, filename: path.basename(place.path), code, reason };
}

/** A folder to look into. */
interface Step {
  readonly path: string;
  readonly realPath: string;
  readonly depth: number;
  readonly linked: boolean;
}

interface FolderSearchOptions {
  readonly index: number;
  readonly folder: string;
  /** The real paths of all given folders. */
  readonly roots: readonly (string | undefined)[];
  readonly files: NamedFile[];
  readonly rejected: PlacedRejection[];
}

/** The search of one given folder. */
class FolderSearch {
  readonly #options: FolderSearchOptions;
  readonly #visited = new Set<string>();
  readonly #folders: Step[] = [];
  /** Links to folders wait until all real folders were seen, so that what lies in both is found in its real place. */
  readonly #links: Step[] = [];
  #limitReached = false;

  constructor(options: FolderSearchOptions) {
    this.#options = options;
  }

  async run(realPath: string): Promise<void> {
    this.#folders.push({ path: this.#options.folder, realPath, depth: 1, linked: false });
    for (;;) {
      const step = this.#folders.shift() ?? this.#links.shift();
      if (!step || this.#limitReached) return;
      // Without this, links that lead in a circle would be followed down to the depth limit, each time anew.
      if (this.#visited.has(step.realPath)) continue;
      this.#visited.add(step.realPath);
      if (this.#visited.size > maxFolders) this.#stop();
      else await this.#look(step);
    }
  }

  /** A folder that cannot be read is told, and hides nothing beside itself. */
  async #look(step: Step): Promise<void> {
    let entries: Dirent[];
    try {
      entries = await readdir(step.path, { withFileTypes: true });
    } catch (error) {
      const missing = isErrno(error, 'ENOENT') || isErrno(error, 'ENOTDIR');
      if (missing) this.#reject(step.path, 'no_folder', 'There is no such folder');
      else this.#reject(step.path, 'unreadable', 'This folder cannot be read');
      return;
    }
    entries.sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const entry of entries) {
      if (this.#limitReached) return;
      const found = path.join(step.path, entry.name);
      if (entry.isDirectory()) {
        const realPath = path.join(step.realPath, entry.name);
        this.#enter(this.#folders, { ...step, path: found, realPath, depth: step.depth + 1 });
      } else if (entry.isSymbolicLink()) await this.#follow(found, step);
      else if (!isNamedGguf(found)) continue;
      else if (entry.isFile()) this.#take(found, step.linked);
      else this.#reject(found, 'unreadable', 'This is not a regular file');
    }
  }

  async #follow(link: string, { depth }: Step): Promise<void> {
    const named = isNamedGguf(link);
    try {
      const realPath = await realpath(link);
      const target = await stat(realPath);
      if (!named && !target.isDirectory()) return;
      if (!this.#isInside(realPath)) {
        this.#reject(link, 'outside_folder', 'This link leads out of the models folder');
      } else if (target.isDirectory()) {
        this.#enter(this.#links, { path: link, realPath, depth: depth + 1, linked: true });
      } else if (target.isFile()) this.#take(link, true);
      else this.#reject(link, 'unreadable', 'This is not a regular file');
    } catch {
      if (named) this.#reject(link, 'unreadable', 'This link leads nowhere');
    }
  }

  #enter(steps: Step[], step: Step): void {
    if (step.depth <= maxDepth) steps.push(step);
  }

  #take(file: string, linked: boolean): void {
    const { index, folder, files } = this.#options;
    const relativePath = path.relative(folder, file);
    if (files.length >= maxCandidates) this.#stop();
    else files.push({ folder: index, path: file, relativePath, linked });
  }

  #stop(): void {
    this.#limitReached = true;
    const reason = 'There is too much in this folder; not all of it was looked at';
    this.#reject(this.#options.folder, 'limit_reached', reason);
  }

  #reject(place: string, code: RejectedFile['code'], reason: string): void {
    const { index, rejected } = this.#options;
    rejected.push(rejection({ folder: index, path: place }, code, reason));
  }

  #isInside(realPath: string): boolean {
    return this.#options.roots.some((root) => root !== undefined && isWithin(root, realPath));
  }
}

function isWithin(root: string, file: string): boolean {
  const way = path.relative(root, file);
  return way !== '..' && !way.startsWith(`..${path.sep}`) && !path.isAbsolute(way);
}

function isNamedGguf(file: string): boolean {
  return /\.gguf$/i.test(file);
}
