import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { writeTinyModel } from './tiny-model.ts';

/** A model file made by {@link ensureTinyModels}. */
export interface TinyModel {
  /** File name without its ending; the last part is the number of parameters in millions. */
  readonly name: string;
  readonly path: string;
  readonly sizeBytes: number;
}

const MODELS = [
  { name: 'meadow-2m', title: 'Meadow 2M', vocabSize: 768, embedding: 512, seed: 1 },
  { name: 'prairie-4m', title: 'Prairie 4M', vocabSize: 1000, embedding: 768, seed: 2 },
  { name: 'mesa-7m', title: 'Mesa 7M', vocabSize: 1200, embedding: 1024, seed: 3 },
] as const;

/**
 * Makes three tiny models of differing size in `dir`, unless they are there already. They take 55 MB together and
 * a second to write.
 */
export async function ensureTinyModels(dir: string): Promise<readonly TinyModel[]> {
  await mkdir(dir, { recursive: true });
  const models: TinyModel[] = [];
  for (const { name, title, ...shape } of MODELS) {
    const path = join(dir, `${name}.gguf`);
    // Written atomically, so a file of this name is complete.
    const present = await stat(path).then(
      () => true,
      () => false,
    );
    if (!present) await writeTinyModel(path, { ...shape, name: title });
    models.push({ name, path, sizeBytes: (await stat(path)).size });
  }
  return models;
}
