import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';

/** A folder with the files of a machine that is not there; gone when the test is over. */
export interface FileTree {
  at(...parts: string[]): string;
  /** Writes files by their path in the folder. */
  write(files: Readonly<Record<string, string | Uint8Array>>): Promise<void>;
}

/** Makes a folder with these files. */
export async function fileTree(files: Readonly<Record<string, string | Uint8Array>>): Promise<FileTree> {
  const root = await mkdtemp(path.join(tmpdir(), 'corral-host-'));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  const tree: FileTree = {
    at: (...parts) => path.join(root, ...parts),
    write: async (more) => {
      for (const [name, text] of Object.entries(more)) {
        await mkdir(path.dirname(tree.at(name)), { recursive: true });
        await writeFile(tree.at(name), text);
      }
    },
  };
  await tree.write(files);
  return tree;
}
