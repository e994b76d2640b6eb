/** What the header of a GGUF file says of the model in it. `null` means that it does not say. */
export interface GgufFacts {
  /** `general.architecture`, such as `llama`. */
  readonly architecture: string | null;
  /** `general.name`. */
  readonly name: string | null;
  /** How the weights are quantised, such as `Q4_K_M`, by `general.file_type`. */
  readonly quantization: string | null;
  /** Sum over all tensors of all shards; counted, never taken from the file's own claim. */
  readonly parameterCount: number;
  /** `<architecture>.context_length`: tokens of context the model was trained for. */
  readonly contextLength: number | null;
  /** `<architecture>.block_count`: layers. */
  readonly layerCount: number | null;
  /** Files that the model is split into; 1 when it is whole. */
  readonly shardCount: number;
}
