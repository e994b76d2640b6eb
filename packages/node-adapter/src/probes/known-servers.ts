/** What is known of servers by the `owned_by` of the models they list. */
export interface KnownServer {
  /** Its name, for people. */
  readonly product: string;
  /** What has to be asked next: whether it is a router, or nothing more. `null`: it cannot be watched. */
  readonly next: 'props' | 'llama-swap' | null;
}

/** One line for each kind; a kind that can be watched needs a backend in `connect-backend.ts` too. */
export const knownServers: Readonly<Record<string, KnownServer>> = {
  llamacpp: { product: 'llama.cpp', next: 'props' },
  'llama-swap': { product: 'llama-swap', next: 'llama-swap' },
  vllm: { product: 'vLLM', next: null },
  sglang: { product: 'SGLang', next: null },
  koboldcpp: { product: 'KoboldCpp', next: null },
  library: { product: 'Ollama', next: null },
};
