import { open } from 'node:fs/promises';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  array,
  type RawGguf,
  type RawValue,
  rawGguf,
  rawHeader,
  smallModel,
  text,
  u8,
  u32,
  wholeSize,
} from './gguf-bytes.fixture.js';
import { GgufFolders } from './gguf-folders.js';
import { ModelsFolder, namesOf, rejectionsOf, shardName } from './models-folder.fixture.js';

let folder: ModelsFolder;
beforeAll(async () => {
  // The first scan of a process pays for compiling; that is not what is measured here.
  folder = await ModelsFolder.create();
  await folder.put('warm.gguf');
  await scan();
  await folder.remove();
});
beforeEach(async () => {
  folder = await ModelsFolder.create();
});
afterEach(() => folder.remove());

const scan = () => new GgufFolders([folder.path]).scan();

/** Runs and answers the CPU time of it in ms. */
async function cpuMs(run: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** Writes the header only; the tensors are a hole, as large as the header says. */
async function putSparse(name: string, raw: RawGguf): Promise<void> {
  const header = rawHeader(raw);
  const handle = await open(await folder.put(name, header), 'r+');
  await handle.truncate(wholeSize(raw, header));
  await handle.close();
}

describe('what a scan costs', () => {
  it('sorts a folder of sound and broken files within 200 ms of CPU', async () => {
    await folder.put('good.gguf');
    await folder.put('truncated.gguf', rawGguf(smallModel).subarray(0, -8));
    await folder.put('text.gguf', 'Once upon a time there was a model.\n'.repeat(50));
    await folder.put('claims.gguf', rawHeader({ tensorCount: 9_900_000 }));
    await folder.putSet('gap', 3, [1, 3]);
    await folder.putSet('whole', 3);
    await folder.link('/etc/passwd', 'x.gguf');
    let result = await scan();
    const cost = await cpuMs(async () => {
      result = await scan();
    });
    expect(namesOf(result)).toEqual(['good.gguf', shardName('whole', 1, 3)]);
    expect(rejectionsOf(result)).toEqual([
      ['claims.gguf', 'implausible', 'This file is damaged: it claims more content than any model has'],
      [shardName('gap', 1, 3), 'missing_shard', `The part ${shardName('gap', 2, 3)} is missing`],
      ['text.gguf', 'not_gguf', 'This is not a GGUF file'],
      ['truncated.gguf', 'incomplete', 'This file is incomplete: 8 bytes are missing'],
      ['x.gguf', 'outside_folder', 'This link leads out of the models folder'],
    ]);
    expect(cost).toBeLessThan(200);
  });

  it('does not grow with the weights: 200 files of 5 GB, with progress', async () => {
    const raw: RawGguf = { ...smallModel, tensors: Array(50).fill({ dims: [5000, 5000] }) };
    for (let i = 0; i < 200; i++) await putSparse(`model-${i}.gguf`, raw);
    const heard: number[] = [];
    const cost = await cpuMs(async () => {
      const { files } = await new GgufFolders([folder.path]).scan(({ done }) => heard.push(done));
      expect(files).toHaveLength(200);
      expect(files[0]?.sizeBytes).toBeGreaterThan(5e9);
    });
    expect(heard).toEqual(Array.from({ length: 200 }, (_, i) => i + 1));
    expect(cost).toBeLessThan(3000);
  });

  it('is small for a vocabulary of 150 000 tokens with 300 000 merges', async () => {
    const texts = (count: number): RawValue[] => Array.from({ length: count }, (_, i) => text(`token ${i}`));
    const entries = [
      ...smallModel.entries,
      ['vocabulary.tokens', array(8, texts(150_000))],
      ['vocabulary.merges', array(8, texts(300_000))],
      ['vocabulary.types', array(4, Array(150_000).fill(u32(1)))],
      // Behind all that: proof that every length was walked.
      ['late.block_count', u32(1)],
    ] as const;
    await folder.put('large.gguf', rawGguf({ ...smallModel, entries }));
    const cost = await cpuMs(async () => expect(namesOf(await scan())).toEqual(['large.gguf']));
    expect(cost).toBeLessThan(500);
  });

  it('is bounded for files that are made to be expensive', async () => {
    const many = <Item>(count: number, item: (i: number) => Item) =>
      Array.from({ length: count }, (_, i) => item(i));
    const texts: RawValue = { kind: 9, bytes: Buffer.concat([array(8, [], 8e6).bytes, Buffer.alloc(64e6)]) };
    await folder.put('texts.gguf', rawGguf({ ...smallModel, entries: [['a', texts]] }));
    await folder.put(
      'keys.gguf',
      rawGguf({ ...smallModel, entries: many(99_999, (i) => [`${i}.block_count`, u8(1)]) }),
    );
    await folder.put('tensors.gguf', rawGguf({ tensors: many(99_999, () => ({ dims: [1, 1, 1, 1] })) }));
    const cost = await cpuMs(scan);
    expect(cost).toBeLessThan(3000);
  });

  it('is next to nothing for a second scan', async () => {
    for (let i = 0; i < 100; i++)
      await folder.put(`${i}.gguf`, Buffer.concat([rawGguf(smallModel), Buffer.from([i])]));
    const folders = new GgufFolders([folder.path]);
    const first = await folders.scan();
    const cost = await cpuMs(async () => expect(await folders.scan()).toEqual(first));
    expect(cost).toBeLessThan(200);
  });
});
