import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CORPUS } from './corpus.ts';
import { seededRandom } from './seeded-random.ts';
import { makeTinyLogits } from './tiny-logits.ts';
import { writeTinyModel } from './tiny-model.ts';
import { ensureTinyModels } from './tiny-models.ts';
import { makeTinyVocabulary, SPACE, SPECIAL } from './tiny-vocabulary.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tiny-'));
});
afterEach(() => rm(dir, { recursive: true }));

describe('makeTinyLogits', () => {
  const vocabulary = makeTinyVocabulary(CORPUS, 768);
  const logits = makeTinyLogits(vocabulary, seededRandom(1));
  const logit = (context: string, next: string) => {
    const row = vocabulary.idOf(next) ?? -1;
    const column = vocabulary.tokens[vocabulary.idOf(context) ?? -1]?.context ?? -1;
    return logits[row * vocabulary.contexts + column] ?? Number.NaN;
  };

  it('prefers words that follow each other in the text', () => {
    expect(logit(`${SPACE}gray`, `${SPACE}mare`)).toBeGreaterThan(logit(`${SPACE}gray`, `${SPACE}river`) + 3);
  });

  it('keeps raw bytes out of reach, so that answers stay valid UTF-8', () => {
    expect(logit(`${SPACE}gray`, '<0xFF>')).toBe(-30);
  });

  it('starts an answer with a word that has no space', () => {
    expect(logit('<0x0A>', 'The')).toBeGreaterThan(logit('<0x0A>', `${SPACE}The`));
  });

  it('lets an answer end after a full stop only', () => {
    expect(logit('.', '</s>')).toBeCloseTo(Math.log(0.02));
    expect(logit(`${SPACE}gray`, '</s>')).toBeLessThan(-10);
  });

  it('is finite everywhere', () => {
    expect(logits.every(Number.isFinite)).toBe(true);
  });
});

describe('writeTinyModel', () => {
  it('writes the same file for the same seed and another for another', async () => {
    const [a, b, c] = ['a', 'b', 'c'].map((name) => join(dir, name)) as [string, string, string];
    await writeTinyModel(a, { seed: 5 });
    await writeTinyModel(b, { seed: 5 });
    await writeTinyModel(c, { seed: 6 });
    const bytes = await readFile(a);
    expect(bytes.equals(await readFile(b))).toBe(true);
    expect(bytes.equals(await readFile(c))).toBe(false);
  });

  it('scales the output by the width, since a one-hot vector leaves the norm as its root', async () => {
    const path = join(dir, 'm.gguf');
    await writeTinyModel(path, { embedding: 512 });
    const bytes = await readFile(path);
    // The output matrix lies last; its first row belongs to the unknown token, which is never said.
    const output = bytes.subarray(bytes.length - 768 * 512 * 4);
    const unknown = output.readFloatLE(SPECIAL.unknown * 512 * 4);
    expect(unknown).toBeCloseTo(-30 / Math.sqrt(512));
  });

  it('grows with its blocks', async () => {
    await writeTinyModel(join(dir, 'one'), { blocks: 1 });
    await writeTinyModel(join(dir, 'three'), { blocks: 3 });
    const [one, three] = await Promise.all(['one', 'three'].map((name) => stat(join(dir, name))));
    expect(three?.size ?? 0).toBeGreaterThan((one?.size ?? 0) + 8_000_000);
  });

  it.each([500, 256])('rejects a width of %d', async (embedding) => {
    await expect(writeTinyModel(join(dir, 'x'), { embedding })).rejects.toThrow('Expected embedding to be');
    expect(await readdir(dir)).toEqual([]);
  });
});

describe('ensureTinyModels', () => {
  it('makes three models of differing size and keeps those that are there', async () => {
    const models = await ensureTinyModels(dir);
    expect(new Set(models.map((model) => model.sizeBytes)).size).toBe(3);
    const before = await Promise.all(models.map((model) => stat(model.path)));
    await ensureTinyModels(dir);
    const after = await Promise.all(models.map((model) => stat(model.path)));
    expect(after.map((info) => info.ino)).toEqual(before.map((info) => info.ino));
  });
});
