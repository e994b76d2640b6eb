import type { EndpointKind } from '@corral/core';

/** What has to be asked next of a server whose models have a certain owner; a kind means that nothing has to be. */
export type NextQuestion = 'props' | 'version' | 'lm-studio-list' | EndpointKind;

/**
 * By the `owned_by` of the models that a server lists. llama.cpp's own may be a router or a single server, and `library`
 * is what Ollama says of models that come from nobody in particular.
 */
export const knownServers: Readonly<Record<string, NextQuestion>> = {
  llamacpp: 'props',
  'llama-swap': 'llama-swap',
  vllm: 'vllm',
  sglang: 'sglang',
  koboldcpp: 'koboldcpp',
  library: 'version',
  organization_owner: 'lm-studio-list',
};
