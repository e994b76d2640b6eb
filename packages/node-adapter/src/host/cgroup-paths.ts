import { existsSync } from 'node:fs';
import path from 'node:path';

/** More levels than any container has. */
const mostLevels = 32;

/**
 * The control groups of a process out of the text of /proc/<pid>/cgroup: path by controller, that of version 2 by the
 * empty name.
 */
export function parseCgroups(text: string | null): ReadonlyMap<string, string> {
  const paths = new Map<string, string>();
  for (const line of text?.split('\n') ?? []) {
    const [, controllers, groupPath] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
    if (controllers === undefined || groupPath === undefined) continue;
    for (const controller of controllers.split(',')) paths.set(controller, groupPath);
  }
  return paths;
}

/**
 * The folders of a group and of every group around it, innermost first. Those that are not there are left out: a container
 * sees its own group as the root, while /proc may name it as the host does.
 */
export function groupFolders(root: string, groupPath = '/'): readonly string[] {
  const names = groupPath.split('/').filter((name) => name !== '' && name !== '.' && name !== '..');
  const folders = [root];
  for (const name of names.slice(0, mostLevels)) folders.push(path.join(folders.at(-1) ?? root, name));
  return folders.reverse().filter((folder) => existsSync(folder));
}
