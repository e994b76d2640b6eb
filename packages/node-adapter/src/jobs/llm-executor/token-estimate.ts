import type { AnswerSchema, ChatMessage } from './chat-dialect.js';

/** Bytes of English that a token holds, or a bit fewer: estimates are rather too high than too low. */
const bytesPerToken = 3;

/** Tokens that a chat template puts around a message. */
const tokensPerMessage = 8;

/** About how many tokens a prompt has. */
export function estimateTokens(messages: readonly ChatMessage[], schema: AnswerSchema | null): number {
  // Some servers put the schema into the prompt.
  const schemaTokens = schema ? Math.ceil(JSON.stringify(schema).length / bytesPerToken) : 0;
  return messages.reduce(
    (sum, { content }) => sum + Math.ceil(Buffer.byteLength(content) / bytesPerToken) + tokensPerMessage,
    schemaTokens,
  );
}

/** Tokens to ask for at a model that holds so many, in and out: half of it is for the prompt. */
export function outputTokensFor(contextTokens: number | null, wanted: number): number {
  return contextTokens === null ? wanted : Math.max(16, Math.min(wanted, Math.floor(contextTokens / 2)));
}

/** Characters that a prompt may have so that it and the answer fit into the model. */
export function promptRoom(contextTokens: number | null, outputTokens: number, most: number): number {
  if (contextTokens === null) return most;
  return Math.max(200, Math.min(most, (contextTokens - outputTokens - 64) * bytesPerToken));
}
