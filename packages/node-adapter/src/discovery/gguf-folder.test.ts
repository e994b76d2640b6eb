import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GgufFolder, modelIdOf } from './gguf-folder.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'corral-models-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function put(name: string, bytes = 100, magic = 'GGUF'): Promise<void> {
  await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
  await writeFile(path.join(folder, name), magic.padEnd(bytes, '\0').slice(0, bytes));
}
const scan = () => new GgufFolder(folder).scan();

describe('GgufFolder', () => {
  it('finds models in the folder and below, in order', async () => {
    await put('b.gguf', 200);
    await put('a/c.GGUF', 300);
    await put('notes.txt');
    const { files, rejected } = await scan();
    expect(files.map(({ filename, sizeBytes }) => [filename, sizeBytes])).toEqual([
      ['c.GGUF', 300],
      ['b.gguf', 200],
    ]);
    expect(files[1]?.path).toBe(path.join(folder, 'b.gguf'));
    expect(rejected).toEqual([]);
  });

  it('rejects with a reason what is named .gguf and is none', async () => {
    await put('text.gguf', 50, 'hello');
    await put('short.gguf', 3);
    await put('empty.gguf', 0);
    const { files, rejected } = await scan();
    expect(files).toEqual([]);
    expect(rejected).toEqual(
      ['empty.gguf', 'short.gguf', 'text.gguf'].map((filename) => ({
        filename,
        reason: 'This is not a GGUF file',
      })),
    );
  });

  it('counts a split set as one model with the weight of all its parts', async () => {
    for (const i of [1, 2, 3]) await put(`big-0000${i}-of-00003.gguf`, 100 * i);
    const { files } = await scan();
    expect(files).toMatchObject([{ filename: 'big-00001-of-00003.gguf', sizeBytes: 600 }]);
  });

  it('keeps split sets of different folders apart', async () => {
    for (const sub of ['x', 'y'])
      for (const i of [1, 2]) await put(`${sub}/big-0000${i}-of-00002.gguf`, sub === 'x' ? 10 : 20);
    expect((await scan()).files.map(({ sizeBytes }) => sizeBytes)).toEqual([20, 40]);
  });

  it('takes no projector for a model', async () => {
    await put('mmproj-model-f16.gguf');
    await put('MMPROJ.gguf');
    await put('model.gguf');
    expect((await scan()).files.map(({ filename }) => filename)).toEqual(['model.gguf']);
  });

  it('says that a folder is missing, or is none', async () => {
    const reason = 'There is no such folder';
    expect((await new GgufFolder(path.join(folder, 'nope')).scan()).rejected).toEqual([
      { filename: 'nope', reason },
    ]);
    await put('file.gguf');
    expect((await new GgufFolder(path.join(folder, 'file.gguf')).scan()).rejected).toEqual([
      { filename: 'file.gguf', reason },
    ]);
  });

  it('rejects a set of parts of which one is missing', async () => {
    await put('big-00001-of-00002.gguf');
    expect((await scan()).rejected).toEqual([
      { filename: 'big-00001-of-00002.gguf', reason: 'The part big-00002-of-00002.gguf is missing' },
    ]);
  });

  it('I49 follows no link out of the folder, and takes no folder for a model', async () => {
    await symlink('/etc/hostname', path.join(folder, 'out.gguf'));
    await mkdir(path.join(folder, 'folder.gguf'));
    const reason = 'This is a link, and links are not followed';
    expect(await scan()).toEqual({ files: [], rejected: [{ filename: 'out.gguf', reason }] });
  });

  it('looks four levels deep and no deeper', async () => {
    await put('1/2/3/deep.gguf');
    await put('1/2/3/4/deeper.gguf');
    expect((await scan()).files.map(({ filename }) => filename)).toEqual(['deep.gguf']);
  });

  it('gives a model the same id each time, and files of one name different ones', async () => {
    await put('x/model.gguf');
    await put('y/model.gguf');
    const ids = (await scan()).files.map(({ modelId }) => modelId);
    expect((await scan()).files.map(({ modelId }) => modelId)).toEqual(ids);
    expect(new Set(ids).size).toBe(2);
  });
});

describe('modelIdOf', () => {
  it.each([
    'Llama 3.1 (8B).gguf',
    '../../etc/passwd',
    '-m',
    '--host=0.0.0.0',
    'x;rm -rf',
    '$(id)',
    '__proto__',
    '🐎.gguf',
    'a'.repeat(300),
    '\u202e.gguf',
  ])('I49 makes a harmless id of %s', (name) => {
    expect(modelIdOf(name)).toMatch(/^[a-z0-9][a-z0-9-]{0,59}-[0-9a-f]{8}$/);
  });

  it('tells names apart that look alike, but not two spellings of one letter', () => {
    expect(modelIdOf('a b.gguf')).not.toBe(modelIdOf('a-b.gguf'));
    expect(modelIdOf('pr\u00e4rie.gguf')).toBe(modelIdOf('pra\u0308rie.gguf'));
  });
});
