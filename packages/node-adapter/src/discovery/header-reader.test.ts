import { execFile } from 'node:child_process';
import { chmod, rm, stat, truncate } from 'node:fs/promises';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rawGguf, smallModel } from './gguf-bytes.fixture.js';
import { HeaderReader, type Readings } from './header-reader.js';
import { ModelsFolder } from './models-folder.fixture.js';

let folder: ModelsFolder;
let file: string;
beforeEach(async () => {
  folder = await ModelsFolder.create();
  file = await folder.put('a.gguf');
});
afterEach(() => folder.remove());

/** One scan of one file: the reading, and what the next scan starts with. */
async function scan(before: Readings = new Map()) {
  const reader = new HeaderReader(before);
  const reading = await reader.read(file, await stat(file, { bigint: true }));
  return { reading, readings: reader.readings };
}

describe('HeaderReader', () => {
  it('reads nothing that it knows from the scan before', async () => {
    const first = await scan();
    const second = await scan(first.readings);
    expect(second.reading).toBe(first.reading);
    expect((await scan(second.readings)).reading).toBe(first.reading);
  });

  it('keeps what is wrong with a file in mind, too', async () => {
    await truncate(file, 30);
    const first = await scan();
    expect(first.reading.header).toMatchObject({ code: 'incomplete' });
    expect((await scan(first.readings)).reading).toBe(first.reading);
  });

  it.each([
    ['length', () => truncate(file, 30)],
    ['content', () => folder.put('a.gguf', rawGguf(smallModel))],
    ['rights', () => chmod(file, 0o400)],
  ])('reads a file again when its %s has changed', async (_, change) => {
    const first = await scan();
    await change();
    expect((await scan(first.readings)).reading).not.toBe(first.reading);
  });

  it('forgets files that are gone', async () => {
    const { readings } = await scan();
    expect(readings.size).toBe(1);
    expect(new HeaderReader(readings).readings.size).toBe(0);
  });

  it('keeps no failure of the disk in mind', async () => {
    const stats = await stat(file, { bigint: true });
    await rm(file);
    const reader = new HeaderReader(new Map());
    expect((await reader.read(file, stats)).header).toMatchObject({
      code: 'unreadable',
      message: 'This file cannot be read',
    });
    expect(reader.readings.size).toBe(0);
  });

  it('waits for no pipe that took the place of a file', async () => {
    const stats = await stat(file, { bigint: true });
    await rm(file);
    await promisify(execFile)('mkfifo', [file]);
    const { header } = await new HeaderReader(new Map()).read(file, stats);
    expect(header).toMatchObject({ code: 'unreadable', message: 'This is not a regular file' });
  });
});
