import { mkdirSync } from 'node:fs';
import { appendFile, chmod, mkdir, truncate, utimes } from 'node:fs/promises';
import path from 'node:path';
import type { Progress } from '@corral/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rawGguf, smallModel, text } from './gguf-bytes.fixture.js';
import { GgufFolders, modelIdOf } from './gguf-folders.js';
import { ModelsFolder, namesOf, rejectionsOf } from './models-folder.fixture.js';

let folder: ModelsFolder;
beforeEach(async () => {
  folder = await ModelsFolder.create();
});
afterEach(() => folder.remove());

const scan = () => new GgufFolders([folder.path]).scan();
const ofType = (type: string) =>
  rawGguf({
    ...smallModel,
    entries: [...smallModel.entries.filter(([key]) => key !== 'general.type'), ['general.type', text(type)]],
  });

describe('GgufFolders', () => {
  it('finds models in the folder and below, in order, with what their headers say', async () => {
    await folder.put('b.gguf');
    await folder.put('a/c.GGUF');
    await folder.put('notes.txt');
    const { files, rejected } = await scan();
    expect(files.map(({ filename }) => filename)).toEqual(['c.GGUF', 'b.gguf']);
    expect(files[1]).toEqual({
      modelId: modelIdOf('b.gguf'),
      filename: 'b.gguf',
      path: folder.at('b.gguf'),
      sizeBytes: rawGguf(smallModel).length,
      gguf: {
        architecture: 'llama',
        name: 'Meadow',
        quantization: 'Q4_K_M',
        parameterCount: 20,
        contextLength: 8192,
        layerCount: 3,
        shardCount: 1,
      },
    });
    expect(rejected).toEqual([]);
  });

  it('rejects with code and reason what is named .gguf and is none', async () => {
    await folder.put('text.gguf', 'hello');
    await folder.put('short.gguf', 'GGU');
    await folder.put('empty.gguf', '');
    await folder.put('cut.gguf', rawGguf(smallModel).subarray(0, -100));
    expect(rejectionsOf(await scan())).toEqual([
      ['cut.gguf', 'incomplete', 'This file is incomplete: 100 bytes are missing'],
      ['empty.gguf', 'not_gguf', 'This file is empty'],
      ['short.gguf', 'not_gguf', 'This is not a GGUF file'],
      ['text.gguf', 'not_gguf', 'This is not a GGUF file'],
    ]);
  });

  it('takes no projector, adapter or other data for a model', async () => {
    await folder.put('MMPROJ-f16.gguf');
    await folder.put('vision.gguf', ofType('mmproj'));
    await folder.put(
      'clip.gguf',
      rawGguf({ ...smallModel, entries: [['general.architecture', text('clip')]] }),
    );
    await folder.put('lora.gguf', ofType('adapter'));
    await folder.put('matrix.gguf', ofType('imatrix'));
    await folder.put('odd.gguf', ofType('<b>\u202e'));
    await folder.put('vocabulary.gguf', rawGguf({ entries: smallModel.entries }));
    await folder.put('model.gguf');
    const result = await scan();
    expect(namesOf(result)).toEqual(['model.gguf']);
    const projector = 'This is a projector: it belongs to a model and is none itself';
    expect(rejectionsOf(result)).toEqual([
      ['MMPROJ-f16.gguf', 'projector', projector],
      ['clip.gguf', 'projector', projector],
      ['lora.gguf', 'adapter', 'This is an adapter: it belongs to a model and is none itself'],
      ['matrix.gguf', 'not_gguf', 'This GGUF file holds no model, but data of the kind imatrix'],
      ['odd.gguf', 'not_gguf', 'This GGUF file holds no model, but other data'],
      ['vision.gguf', 'projector', projector],
      ['vocabulary.gguf', 'not_gguf', 'This GGUF file holds no weights'],
    ]);
  });

  it('says that a folder is missing, or is none', async () => {
    await folder.put('file.gguf');
    const result = await new GgufFolders([folder.at('nope'), folder.at('file.gguf'), folder.path]).scan();
    expect(rejectionsOf(result)).toEqual([
      ['nope', 'no_folder', 'There is no such folder'],
      ['file.gguf', 'no_folder', 'There is no such folder'],
    ]);
    expect(namesOf(result)).toEqual(['file.gguf']);
  });

  it('says what it may not read, and reads it once it may', async () => {
    await folder.put('secret.gguf');
    await folder.put('locked/inside.gguf');
    await folder.put('open.gguf');
    const folders = new GgufFolders([folder.path]);
    const modes = (mode: number) =>
      Promise.all(['secret.gguf', 'locked'].map((name) => chmod(folder.at(name), mode)));
    await chmod(folder.path, 0o755);
    expect(namesOf(await asNobody(() => folders.scan()))).toHaveLength(3);
    await modes(0o000);
    const result = await asNobody(() => folders.scan());
    expect(namesOf(result)).toEqual(['open.gguf']);
    expect(rejectionsOf(result)).toEqual([
      ['locked', 'unreadable', 'This folder cannot be read'],
      ['secret.gguf', 'unreadable', 'This file cannot be read'],
    ]);
    await modes(0o755);
    expect(namesOf(await asNobody(() => folders.scan()))).toHaveLength(3);
  });

  it('looks four levels deep and no deeper, and takes no folder for a model', async () => {
    await folder.put('1/2/3/deep.gguf');
    await folder.put('1/2/3/4/deeper.gguf');
    await mkdir(folder.at('folder.gguf'));
    expect(await scan()).toMatchObject({ files: [{ filename: 'deep.gguf' }], rejected: [] });
  });

  it('stops at ten thousand files, and says so', async () => {
    for (let i = 0; i < 10_001; i += 100) {
      await Promise.all(Array.from({ length: 100 }, (_, j) => folder.put(`${i + j}.gguf`, '')));
    }
    const { rejected } = await scan();
    expect(rejected).toHaveLength(10_001);
    expect(rejected.filter(({ code }) => code === 'limit_reached')).toEqual([
      {
        filename: path.basename(folder.path),
        code: 'limit_reached',
        reason: 'There is too much in this folder; not all of it was looked at',
      },
    ]);
  });

  it('stops at ten thousand folders, and says so', async () => {
    await folder.put('a.gguf');
    for (let i = 0; i < 10_000; i++) mkdirSync(folder.at(`folder-${i}`));
    const result = await scan();
    expect(namesOf(result)).toEqual(['a.gguf']);
    expect(result.rejected).toMatchObject([{ code: 'limit_reached' }]);
  });

  it('is not harmed by names that are no text', async () => {
    for (const name of ['\ud800', 'a\nb', '\u001b[31m', '<img src=x>', '\u202e', "'; --", ' ']) {
      await folder.put(`${name}.gguf`);
    }
    const { files, rejected } = await scan();
    expect(files).toHaveLength(7);
    expect(rejected).toEqual([]);
    expect(new Set(files.map(({ modelId }) => modelId)).size).toBe(7);
  });
});

describe('ids', () => {
  it('gives a model the same id each time, and files of one name different ones', async () => {
    await folder.put('x/model.gguf');
    await folder.put('y/model.gguf');
    const ids = (await scan()).files.map(({ modelId }) => modelId);
    expect((await scan()).files.map(({ modelId }) => modelId)).toEqual(ids);
    expect(ids).toEqual(['x/model.gguf', 'y/model.gguf'].map((name) => modelIdOf(name)));
  });

  it('tells files of several folders apart, and changes no id of the first', async () => {
    await folder.put('one/model.gguf');
    await folder.put('two/model.gguf');
    await folder.put('two/other.gguf');
    const { files } = await new GgufFolders([folder.at('one'), folder.at('two')]).scan();
    const ids = files.map(({ modelId }) => modelId);
    expect(ids[0]).toBe(modelIdOf('model.gguf'));
    expect(ids[1]).toMatch(/^model-[0-9a-f]{8}$/);
    expect(ids[1]).not.toBe(ids[0]);
    expect(ids[2]).toBe(modelIdOf('other.gguf'));
    expect(files.map((file) => file.path)).toEqual(
      ['one/model.gguf', 'two/model.gguf', 'two/other.gguf'].map((name) => folder.at(name)),
    );
  });

  it('tells two spellings of one name apart', async () => {
    await folder.put('pr\u00e4rie.gguf');
    await folder.put('pra\u0308rie.gguf');
    const { files } = await scan();
    expect(new Set(files.map(({ modelId }) => modelId)).size).toBe(2);
  });
});

describe('progress and memory', () => {
  it('tells after each file how far it is', async () => {
    for (const name of ['a', 'b', 'c']) await folder.put(`${name}.gguf`);
    await folder.put('text.gguf', 'hello');
    const heard: Progress[] = [];
    await new GgufFolders([folder.path]).scan((progress) => heard.push(progress));
    expect(heard).toEqual([1, 2, 3, 4].map((done) => ({ done, total: 4 })));
  });

  it('sees what has changed since the last scan, and nothing else', async () => {
    const file = await folder.put('a.gguf');
    await folder.put('b.gguf');
    const folders = new GgufFolders([folder.path]);
    const before = await folders.scan();
    expect(await folders.scan()).toEqual(before);
    await truncate(file, 500);
    const after = await folders.scan();
    expect(rejectionsOf(after)).toEqual([['a.gguf', 'incomplete', expect.any(String)]]);
    expect(namesOf(after)).toEqual(['b.gguf']);
    await folder.put('a.gguf');
    expect(await folders.scan()).toEqual(before);
  });

  it('sees a change that a copying tool has hidden behind the old time', async () => {
    const file = await folder.put('a.gguf');
    const past = new Date(0);
    await utimes(file, past, past);
    const folders = new GgufFolders([folder.path]);
    expect(namesOf(await folders.scan())).toEqual(['a.gguf']);
    await folder.put('a.gguf', Buffer.alloc(rawGguf(smallModel).length));
    await utimes(file, past, past);
    expect(rejectionsOf(await folders.scan())).toMatchObject([['a.gguf', 'not_gguf', expect.any(String)]]);
  });

  it('gives the right result for scans that overlap', async () => {
    await folder.put('a.gguf');
    const folders = new GgufFolders([folder.path]);
    const [first, second] = await Promise.all([folders.scan(), folders.scan()]);
    expect(first).toEqual(second);
    await appendFile(folder.at('a.gguf'), 'x');
    expect((await folders.scan()).files[0]?.sizeBytes).toBe(rawGguf(smallModel).length + 1);
  });
});

/** Runs as a user whom file modes bind; the superuser may read everything. */
async function asNobody<Result>(run: () => Promise<Result>): Promise<Result> {
  if (process.geteuid?.() !== 0) return run();
  process.seteuid?.(65_534);
  try {
    return await run();
  } finally {
    process.seteuid?.(0);
  }
}
