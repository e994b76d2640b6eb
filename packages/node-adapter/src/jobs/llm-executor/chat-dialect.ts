import type { CompletionError } from './completion-chunk.js';

/** A message of a conversation with a model. */
export interface ChatMessage {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string;
}

/** A form that an answer must have. */
export interface AnswerSchema {
  readonly name: string;
  /** JSON Schema, of the part that servers can enforce. */
  readonly schema: Readonly<Record<string, unknown>>;
}

/** What is asked of a model. */
export interface ChatAsk {
  readonly model: string;
  readonly messages: readonly ChatMessage[];
  readonly maxOutputTokens: number;
  /** `null`: any text. */
  readonly schema: AnswerSchema | null;
}

/** Which of the options that not every server knows one is sent. */
export interface ChatDialect {
  /** How an answer is held to its schema: by the server, to JSON of any form, or by the prompt alone. */
  readonly format: 'json_schema' | 'json_object' | 'none';
  /** Whether token counts are asked for in the stream. */
  readonly asksForUsage: boolean;
  readonly limitName: 'max_tokens' | 'max_completion_tokens';
}

/** What every server is tried with first. */
export const firstDialect: ChatDialect = {
  format: 'json_schema',
  asksForUsage: true,
  limitName: 'max_tokens',
};

/** Kinds of servers that tell their counts with every piece when asked to: so they are known when a call is cut off. */
const countingKinds: readonly string[] = ['llama-server', 'llama-router'];

/** The body of a request for a streamed answer. */
export function chatBody(ask: ChatAsk, dialect: ChatDialect, provider: string): string {
  const { model, messages, maxOutputTokens, schema } = ask;
  return JSON.stringify({
    model,
    messages,
    [dialect.limitName]: maxOutputTokens,
    stream: true,
    ...(dialect.asksForUsage && { stream_options: { include_usage: true } }),
    ...(countingKinds.includes(provider) && { timings_per_token: true }),
    ...(schema && formatOf(schema, dialect)),
  });
}

function formatOf({ name, schema }: AnswerSchema, { format }: ChatDialect): object {
  if (format === 'none') return {};
  if (format === 'json_object') return { response_format: { type: 'json_object' } };
  return { response_format: { type: 'json_schema', json_schema: { name, strict: true, schema } } };
}

/**
 * What to try next with a server that refused a request as such (400 or 422): without the option that it names, or else
 * without those that it may not know, one after another. `null` when nothing is left to leave out.
 */
export function nextDialect(
  dialect: ChatDialect,
  usedSchema: boolean,
  error: Pick<CompletionError, 'message'> | null,
): ChatDialect | null {
  const said = error?.message ?? '';
  const { format, asksForUsage, limitName } = dialect;
  if (/max_completion_tokens/.test(said) && limitName === 'max_tokens')
    return { ...dialect, limitName: 'max_completion_tokens' };
  if (/stream_options|include_usage/.test(said) && asksForUsage) return { ...dialect, asksForUsage: false };
  if (usedSchema && format === 'json_schema') return { ...dialect, format: 'json_object' };
  if (usedSchema && format === 'json_object') return { ...dialect, format: 'none' };
  return asksForUsage ? { ...dialect, asksForUsage: false } : null;
}
