import type { GgufEntry } from './gguf-writer.ts';
import { SPECIAL, type TinyVocabulary } from './tiny-vocabulary.ts';

/** Width of one attention head. */
export const HEAD_SIZE = 64;

/** Query heads that share one key and value head, as in current models. */
export const HEADS_PER_KV = 4;

/** Each message on lines of its own; the answer starts on a fresh line. */
const CHAT_TEMPLATE =
  "{% for message in messages %}{{ message['role'] + ':\\n' + message['content'] + '\\n\\n' }}{% endfor %}" +
  "{% if add_generation_prompt %}{{ 'assistant:\\n' }}{% endif %}";

/** The header of a tiny model: its shape, vocabulary and chat template. */
export function makeTinyMetadata(
  name: string,
  { tokens }: TinyVocabulary,
  width: number,
  blocks: number,
): GgufEntry[] {
  const u32 = (key: string, value: number): GgufEntry => ({ key, kind: 'u32', value });
  const text = (key: string, value: string): GgufEntry => ({ key, kind: 'string', value });
  return [
    text('general.architecture', 'llama'),
    text('general.type', 'model'),
    text('general.name', name),
    text('general.license', 'mit'),
    u32('general.file_type', 0),
    u32('llama.context_length', 8192),
    u32('llama.embedding_length', width),
    u32('llama.block_count', blocks),
    u32('llama.feed_forward_length', width / 2),
    u32('llama.attention.head_count', width / HEAD_SIZE),
    u32('llama.attention.head_count_kv', width / HEAD_SIZE / HEADS_PER_KV),
    // Small against 1/width, the mean square of a one-hot vector, or it would dampen every logit.
    { key: 'llama.attention.layer_norm_rms_epsilon', kind: 'f32', value: 1e-7 },
    u32('llama.rope.dimension_count', HEAD_SIZE),
    u32('llama.vocab_size', tokens.length),
    text('tokenizer.ggml.model', 'llama'),
    text('tokenizer.ggml.pre', 'default'),
    { key: 'tokenizer.ggml.tokens', kind: 'array', of: 'string', value: tokens.map((token) => token.text) },
    // The tokenizer merges letters into the longest known word when earlier entries score higher.
    { key: 'tokenizer.ggml.scores', kind: 'array', of: 'f32', value: tokens.map((_, id) => -id) },
    { key: 'tokenizer.ggml.token_type', kind: 'array', of: 'i32', value: tokens.map((token) => token.type) },
    u32('tokenizer.ggml.unknown_token_id', SPECIAL.unknown),
    u32('tokenizer.ggml.bos_token_id', SPECIAL.begin),
    u32('tokenizer.ggml.eos_token_id', SPECIAL.end),
    { key: 'tokenizer.ggml.add_bos_token', kind: 'bool', value: true },
    { key: 'tokenizer.ggml.add_space_prefix', kind: 'bool', value: false },
    text('tokenizer.chat_template', CHAT_TEMPLATE),
  ];
}
