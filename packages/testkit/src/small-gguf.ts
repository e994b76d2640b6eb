import { writeGguf } from './gguf-writer.ts';

/** Writes the smallest file that is a sound model: a header and one tensor of a few floats. Nothing can run it. */
export async function writeSmallGguf(path: string): Promise<void> {
  await writeGguf(path, {
    entries: [
      { key: 'general.architecture', kind: 'string', value: 'llama' },
      { key: 'llama.context_length', kind: 'u32', value: 2048 },
      { key: 'llama.block_count', kind: 'u32', value: 1 },
    ],
    tensors: [{ name: 'output.weight', dims: [8, 2], data: new Float32Array(16) }],
  });
}
