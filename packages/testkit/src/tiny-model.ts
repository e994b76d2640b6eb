import { CORPUS } from './corpus.ts';
import { type GgufTensor, writeGguf } from './gguf-writer.ts';
import { seededRandom } from './seeded-random.ts';
import { makeTinyLogits } from './tiny-logits.ts';
import { HEAD_SIZE, HEADS_PER_KV, makeTinyMetadata } from './tiny-metadata.ts';
import { makeTinyVocabulary, type TinyVocabulary } from './tiny-vocabulary.ts';

/** Settings of {@link writeTinyModel}. */
export interface TinyModelOptions {
  /** Shown as `general.name`. Default: `Tiny`. */
  readonly name?: string;
  /** Entries of the vocabulary. Default: 768, which holds every word of the text. */
  readonly vocabSize?: number;
  /** Width of the model: a multiple of 256, and at least `vocabSize` less 256. Default: 512. */
  readonly embedding?: number;
  /** Layers, each of which only costs time: more of them make a slower model. Default: 1. */
  readonly blocks?: number;
  /** Models with different seeds prefer different words. Default: 1. */
  readonly seed?: number;
}

/**
 * Writes a small but real llama-architecture model, one that llama-server loads, streams from and constrains with
 * grammars like any other. It speaks: each word follows the last one as in an English story.
 *
 * How it works: embeddings are one-hot, attention and feed-forward weights are zero, so the state after the final
 * norm is one-hot still, with √n in place of 1. The output matrix holds log-probabilities of word pairs over √n.
 *
 * The file appears whole or not at all. With the defaults it takes 7 MB.
 *
 * @throws RangeError when `vocabSize` and `embedding` do not fit each other.
 */
export async function writeTinyModel(path: string, options: TinyModelOptions = {}): Promise<void> {
  const { name = 'Tiny', vocabSize = 768, embedding = 512, blocks = 1, seed = 1 } = options;
  const vocabulary = makeTinyVocabulary(CORPUS, vocabSize);
  if (embedding % (HEAD_SIZE * HEADS_PER_KV) !== 0 || embedding < vocabulary.contexts) {
    const unit = HEAD_SIZE * HEADS_PER_KV;
    throw new RangeError(
      `Expected embedding to be a multiple of ${unit} and at least ${vocabulary.contexts}, got ${embedding}`,
    );
  }
  const tensors = makeTensors(vocabulary, embedding, blocks, seededRandom(seed));
  await writeGguf(path, { entries: makeTinyMetadata(name, vocabulary, embedding, blocks), tensors });
}

function makeTensors(
  vocabulary: TinyVocabulary,
  width: number,
  blocks: number,
  random: () => number,
): GgufTensor[] {
  const { tokens, contexts } = vocabulary;
  const embeddings = zeros('token_embd.weight', width, tokens.length);
  const output = zeros('output.weight', width, tokens.length);
  const logits = makeTinyLogits(vocabulary, random);
  for (const [id, token] of tokens.entries()) {
    embeddings.data[id * width + token.context] = 1;
    const row = logits.subarray(id * contexts, (id + 1) * contexts);
    output.data.set(
      row.map((logit) => logit / Math.sqrt(width)),
      id * width,
    );
  }
  const layers = Array.from({ length: blocks }, (_, index) => makeBlock(`blk.${index}`, width));
  return [embeddings, ...layers.flat(), ones('output_norm.weight', width), output];
}

function makeBlock(prefix: string, width: number): GgufTensor[] {
  const keyWidth = width / HEADS_PER_KV;
  return [
    ones(`${prefix}.attn_norm.weight`, width),
    zeros(`${prefix}.attn_q.weight`, width, width),
    zeros(`${prefix}.attn_k.weight`, width, keyWidth),
    zeros(`${prefix}.attn_v.weight`, width, keyWidth),
    zeros(`${prefix}.attn_output.weight`, width, width),
    ones(`${prefix}.ffn_norm.weight`, width),
    zeros(`${prefix}.ffn_gate.weight`, width, width / 2),
    zeros(`${prefix}.ffn_up.weight`, width, width / 2),
    zeros(`${prefix}.ffn_down.weight`, width / 2, width),
  ];
}

function zeros(name: string, ...dims: readonly number[]): GgufTensor {
  return { name, dims, data: new Float32Array(dims.reduce((product, dim) => product * dim, 1)) };
}

function ones(name: string, width: number): GgufTensor {
  return { name, dims: [width], data: new Float32Array(width).fill(1) };
}
