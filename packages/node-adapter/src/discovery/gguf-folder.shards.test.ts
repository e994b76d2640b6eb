import { rm } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { i32, type RawGguf, rawGguf, shard, smallModel, u16 } from './gguf-bytes.fixture.js';
import { GgufFolders, modelIdOf } from './gguf-folders.js';
import { ModelsFolder, namesOf, rejectionsOf, shardName } from './models-folder.fixture.js';

let folder: ModelsFolder;
beforeEach(async () => {
  folder = await ModelsFolder.create();
});
afterEach(() => folder.remove());

const scan = () => new GgufFolders([folder.path]).scan();
const big = (number: number, count = 3) => shardName('big', number, count);
const bytesOf = (raw: RawGguf) => rawGguf(raw).length;

describe('sets of shards', () => {
  it('count as one model with the facts of the first and the weight of all', async () => {
    await folder.putSet('big', 3);
    const { files, rejected } = await scan();
    expect(rejected).toEqual([]);
    expect(files).toEqual([
      {
        modelId: modelIdOf(big(1)),
        filename: big(1),
        path: folder.at(big(1)),
        sizeBytes: [0, 1, 2].reduce((sum, index) => sum + bytesOf(shard(index, 3)), 0),
        gguf: expect.objectContaining({
          name: 'Meadow',
          contextLength: 8192,
          parameterCount: 30,
          shardCount: 3,
        }),
      },
    ]);
  });

  it('may have a first part without tensors', async () => {
    await folder.putSet('big', 2, [2]);
    const entries = [...shard(0, 2).entries!.slice(0, -1), ['split.tensors.count', i32(1)] as const];
    await folder.put(big(1, 2), rawGguf({ entries }));
    expect((await scan()).files).toMatchObject([{ gguf: { parameterCount: 10 } }]);
  });

  it('of different folders stay apart', async () => {
    for (const sub of ['x', 'y']) await folder.putSet(`${sub}/big`, 2);
    await folder.putSet('x/big', 3);
    expect(namesOf(await scan())).toEqual([big(1, 2), big(1, 3), big(1, 2)]);
  });

  it('of one part need not say so', async () => {
    await folder.put(big(1, 1));
    expect((await scan()).files).toMatchObject([{ gguf: { shardCount: 1 } }]);
  });

  it.each([
    ['the last', [1, 2], big(1), `The part ${big(3)} is missing`],
    ['one in the middle', [1, 3], big(1), `The part ${big(2)} is missing`],
    ['the first', [2, 3], big(2), `The part ${big(1)} is missing`],
    ['two', [2], big(2), `The part ${big(1)} and 1 more are missing`],
  ])('are reported once when %s is missing', async (_, numbers, filename, reason) => {
    await folder.putSet('big', 3, numbers);
    const result = await scan();
    expect(result.files).toEqual([]);
    expect(rejectionsOf(result)).toEqual([[filename, 'missing_shard', reason]]);
  });

  it('may be claimed to have any number of parts without costing anything', async () => {
    await folder.put(big(5, 99_999));
    expect(rejectionsOf(await scan())).toEqual([
      [big(5, 99_999), 'missing_shard', `The part ${big(1, 99_999)} and 99997 more are missing`],
    ]);
  });

  it.each([[0], [4]])('have no part %i of 3', async (number) => {
    await folder.putSet('big', 3);
    await folder.put(big(number));
    expect(rejectionsOf(await scan())).toEqual([
      [big(Math.min(number, 1)), 'implausible', 'The name numbers a part that a set of 3 does not have'],
    ]);
  });

  it('say which part is broken', async () => {
    await folder.putSet('big', 3);
    await folder.put(big(2), rawGguf(shard(1, 3)).subarray(0, -1));
    const reason = `In the part ${big(2)}: This file is incomplete: 1 byte is missing`;
    expect(rejectionsOf(await scan())).toEqual([[big(1), 'incomplete', reason]]);
  });

  it.each<[string, RawGguf, string, string]>([
    ['is whole', smallModel, 'implausible', 'Part 2 of 3 by its name, but a whole file by its content'],
    ['is of another set', shard(1, 4), 'implausible', 'Part 2 of 3 by its name, but of 4 by its content'],
    ['is another part', shard(2, 3), 'implausible', 'Part 2 of 3 by its name, but part 3 by its content'],
    [
      'has no number',
      { ...shard(1, 3), entries: [['split.count', u16(3)]] },
      'implausible',
      'Part 2 of 3 by its name, but without a number by its content',
    ],
    [
      'lacks tensors',
      shard(1, 3, { tensors: [] }),
      'incomplete',
      'The parts hold 2 tensors, and should hold 3',
    ],
  ])('are rejected when a part %s', async (_, raw, code, reason) => {
    await folder.putSet('big', 3);
    await folder.put(big(2), rawGguf(raw));
    expect(rejectionsOf(await scan())).toEqual([[big(1), code, reason]]);
  });

  it('must be named like sets', async () => {
    await folder.put('renamed.gguf', rawGguf(shard(0, 3)));
    const reason = 'This is one of 3 parts, and its name does not say which';
    expect(rejectionsOf(await scan())).toEqual([['renamed.gguf', 'incomplete', reason]]);
  });

  it('become models as soon as the last part is there', async () => {
    await folder.putSet('big', 3);
    await rm(folder.at(big(3)));
    const folders = new GgufFolders([folder.path]);
    expect(namesOf(await folders.scan())).toEqual([]);
    await folder.putSet('big', 3, [3]);
    expect(namesOf(await folders.scan())).toEqual([big(1)]);
  });
});
