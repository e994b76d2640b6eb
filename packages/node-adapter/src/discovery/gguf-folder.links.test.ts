import { execFile } from 'node:child_process';
import { link, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GgufFolders } from './gguf-folders.js';
import { ModelsFolder, namesOf, rejectionsOf, shardName } from './models-folder.fixture.js';

let folder: ModelsFolder;
let other: ModelsFolder;
beforeEach(async () => {
  [folder, other] = [await ModelsFolder.create(), await ModelsFolder.create()];
});
afterEach(async () => {
  await folder.remove();
  await other.remove();
});

const scan = (...folders: string[]) => new GgufFolders(folders.length > 0 ? folders : [folder.path]).scan();
const outside = 'This link leads out of the models folder';

describe('links', () => {
  it('I49 follows no link out of the folder', async () => {
    await folder.link('/etc/passwd', 'out.gguf');
    await folder.link(await other.put('model.gguf'), 'model.gguf');
    await folder.link(other.path, 'shelf');
    await folder.link('/etc/passwd', 'notes.txt');
    expect(await scan()).toMatchObject({ files: [] });
    expect(rejectionsOf(await scan())).toEqual([
      ['model.gguf', 'outside_folder', outside],
      ['out.gguf', 'outside_folder', outside],
      ['shelf', 'outside_folder', outside],
    ]);
  });

  it('I49 is not deceived by a folder whose name only begins like the own one', async () => {
    await folder.put('models-secret/a.gguf');
    await folder.link('../models-secret/a.gguf', 'models/a.gguf');
    await folder.put('models/..b/b.gguf');
    await folder.link('..b/b.gguf', 'models/c.gguf');
    expect(rejectionsOf(await scan(folder.at('models')))).toEqual([
      ['a.gguf', 'outside_folder', outside],
      ['c.gguf', 'duplicate', 'The same file as ..b/b.gguf'],
    ]);
  });

  it('follows a link inside to a file that has another name', async () => {
    await folder.put('blobs/0123');
    await folder.link('../blobs/0123', 'snapshots/model.gguf');
    const { files, rejected } = await scan();
    expect(files).toMatchObject([{ filename: 'model.gguf', path: folder.at('snapshots/model.gguf') }]);
    expect(rejected).toEqual([]);
  });

  it('follows a link from one given folder into another', async () => {
    await other.put('blob');
    await folder.link(other.at('blob'), 'model.gguf');
    expect(namesOf(await scan(folder.path, other.path))).toEqual(['model.gguf']);
  });

  it('follows links when the given folder is itself behind one', async () => {
    await folder.put('real/blob');
    await folder.link('blob', 'real/model.gguf');
    await folder.link('real', 'door');
    const { files } = await scan(folder.at('door'));
    expect(files).toMatchObject([{ path: folder.at('door/model.gguf') }]);
  });

  it('says that a link leads nowhere, or in a circle', async () => {
    await folder.link('gone', 'broken.gguf');
    await folder.link('circle.gguf', 'circle.gguf');
    await folder.link('gone', 'broken.txt');
    expect(rejectionsOf(await scan())).toEqual([
      ['broken.gguf', 'unreadable', 'This link leads nowhere'],
      ['circle.gguf', 'unreadable', 'This link leads nowhere'],
    ]);
  });

  it('ends when links to folders make a circle', async () => {
    await folder.put('a/model.gguf');
    for (let i = 0; i < 30; i++) {
      await folder.link('..', `a/up${i}`);
      await folder.link('.', `a/here${i}`);
      await folder.link('a', `down${i}`);
    }
    expect(await scan()).toMatchObject({ files: [{ path: folder.at('a/model.gguf') }], rejected: [] });
  });

  it('follows a link to a folder that it would not reach otherwise', async () => {
    await folder.put('1/2/3/4/5/deep.gguf');
    await folder.link('1/2/3/4/5', 'short');
    expect((await scan()).files).toMatchObject([{ path: folder.at('short/deep.gguf') }]);
  });

  it('waits for no pipe', async () => {
    await promisify(execFile)('mkfifo', [folder.at('pipe.gguf')]);
    await folder.link('pipe.gguf', 'to-pipe.gguf');
    expect(rejectionsOf(await scan())).toEqual([
      ['pipe.gguf', 'unreadable', 'This is not a regular file'],
      ['to-pipe.gguf', 'unreadable', 'This is not a regular file'],
    ]);
  });
});

describe('the same file twice', () => {
  it('keeps the real file, whichever comes first', async () => {
    await folder.link('m.gguf', 'a.gguf');
    await folder.put('m.gguf');
    await folder.link('m.gguf', 'z.gguf');
    const result = await scan();
    expect(namesOf(result)).toEqual(['m.gguf']);
    expect(rejectionsOf(result)).toEqual(
      ['a.gguf', 'z.gguf'].map((name) => [name, 'duplicate', 'The same file as m.gguf']),
    );
  });

  it('keeps the first of two hard links', async () => {
    await folder.put('sub/b.gguf');
    await link(folder.at('sub/b.gguf'), folder.at('c.gguf'));
    const result = await scan();
    expect(namesOf(result)).toEqual(['c.gguf']);
    expect(rejectionsOf(result)).toEqual([['b.gguf', 'duplicate', 'The same file as c.gguf']]);
  });

  it('finds a file of folders within folders once', async () => {
    await folder.put('sub/model.gguf');
    const result = await scan(folder.path, folder.at('sub'));
    expect(result.files).toMatchObject([{ path: folder.at('sub/model.gguf') }]);
    expect(rejectionsOf(result)).toEqual([['model.gguf', 'duplicate', 'The same file as sub/model.gguf']]);
    expect((await scan(folder.path, path.join(folder.path, '.'))).rejected).toEqual([]);
  });

  it('finds a set of shards once, as a whole', async () => {
    await folder.putSet('real/big', 3);
    await mkdir(folder.at('copy'));
    for (const number of [1, 2, 3]) {
      await folder.link(`../real/${shardName('big', number, 3)}`, `copy/${shardName('big', number, 3)}`);
    }
    const result = await scan();
    expect(result.files).toMatchObject([{ path: folder.at(`real/${shardName('big', 1, 3)}`) }]);
    const reason = `The same file as real/${shardName('big', 1, 3)}`;
    expect(rejectionsOf(result)).toEqual([[shardName('big', 1, 3), 'duplicate', reason]]);
  });
});
