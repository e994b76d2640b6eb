import { countOf, type JsonRecord, recordOf, recordsOf, textOf } from '../../probes/json-values.js';

/** What a server counted. `null` means unknown. */
export interface CountedTokens {
  /** With those that came from a cache. */
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
}

/** An error that a server sent in place of an answer, or in the middle of one. */
export interface CompletionError {
  /** The status that it would have had; `null` where it says none. */
  readonly status: number | null;
  /** Such as `exceed_context_size_error`. */
  readonly type: string | null;
  /** In the words of the server: never for callers or logs. */
  readonly message: string;
  /** What llama.cpp says of a prompt that is too long. */
  readonly promptTokens: number | null;
  readonly contextTokens: number | null;
}

/** What one piece of an answer says, of any of the OpenAI-compatible forms. */
export interface CompletionChunk {
  readonly content: string;
  readonly reasoning: string;
  readonly hasToolCall: boolean;
  /** `stop`, `length` and so on; `null` until the last piece. */
  readonly finishReason: string | null;
  /** Whether the server says that nothing more comes. */
  readonly isLast: boolean;
  readonly tokens: CountedTokens | null;
  /** Milliseconds that the server took for its output tokens, where it tells. */
  readonly decodeMs: number | null;
  readonly error: CompletionError | null;
}

const nothing: CompletionChunk = {
  content: '',
  reasoning: '',
  hasToolCall: false,
  finishReason: null,
  isLast: false,
  tokens: null,
  decodeMs: null,
  error: null,
};

/**
 * Reads a piece of a streamed answer, or a whole one: of `/chat/completions`, `/completions` or `/responses`. What it
 * does not know is left out.
 */
export function readCompletionChunk(json: unknown): CompletionChunk {
  const body = recordOf(json);
  const error = readCompletionError(body);
  if (error) return { ...nothing, error };
  if (typeof body['type'] === 'string' && body['type'].startsWith('response.'))
    return readResponseEvent(body);
  if (body['object'] === 'response') return { ...readResponse(body), content: outputTextOf(body) };
  return readChoice(body);
}

/** The error that a body holds; `null` when it holds none. */
export function readCompletionError(body: JsonRecord): CompletionError | null {
  const { error } = body;
  if (typeof error === 'string') return { ...unnamed, message: error };
  if (body['type'] === 'error') return { ...unnamed, message: textOf(body['message']) ?? '' };
  if (typeof error !== 'object' || error === null) return null;
  const facts = recordOf(error);
  return {
    status: countOf(facts['code']),
    type: textOf(facts['type']),
    message: textOf(facts['message']) ?? '',
    promptTokens: countOf(facts['n_prompt_tokens']),
    contextTokens: countOf(facts['n_ctx']),
  };
}

const unnamed = { status: null, type: null, promptTokens: null, contextTokens: null } as const;

/** `/chat/completions` streamed (`delta`) or whole (`message`), and `/completions` (`text`). */
function readChoice(body: JsonRecord): CompletionChunk {
  const [choice = {}] = recordsOf(body['choices']) ?? [];
  const said = recordOf(choice['delta'] ?? choice['message']);
  const toolCalls = recordsOf(said['tool_calls']);
  return {
    content: textOf(said['content']) ?? textOf(choice['text']) ?? '',
    reasoning: textOf(said['reasoning_content']) ?? textOf(said['reasoning']) ?? '',
    hasToolCall: toolCalls !== null && toolCalls.length > 0,
    finishReason: textOf(choice['finish_reason']),
    isLast: false,
    tokens: tokensOf(body),
    decodeMs: decodeMsOf(body),
    error: null,
  };
}

function readResponseEvent(body: JsonRecord): CompletionChunk {
  const type = String(body['type']);
  const delta = textOf(body['delta']) ?? '';
  if (type === 'response.output_text.delta') return { ...nothing, content: delta };
  if (/^response\.reasoning(?:_summary)?_text\.delta$/.test(type)) return { ...nothing, reasoning: delta };
  if (type === 'response.function_call_arguments.delta') return { ...nothing, hasToolCall: delta !== '' };
  const ends = ['response.completed', 'response.incomplete', 'response.failed'];
  return ends.includes(type) ? readResponse(recordOf(body['response'])) : nothing;
}

function readResponse(response: JsonRecord): CompletionChunk {
  const tokens = tokensOf(response);
  const error = readCompletionError(response);
  if (error || response['status'] === 'failed')
    return { ...nothing, tokens, error: error ?? { ...unnamed, message: '' } };
  const finishReason = response['status'] === 'incomplete' ? 'length' : 'stop';
  return { ...nothing, tokens, finishReason, isLast: true };
}

function outputTextOf(response: JsonRecord): string {
  const items = recordsOf(response['output']) ?? [];
  const parts = items.flatMap((item) => recordsOf(item['content']) ?? []);
  return parts.map((part) => textOf(part['text']) ?? '').join('');
}

/** llama.cpp measures itself, which no piece that comes late can spoil. */
function decodeMsOf(body: JsonRecord): number | null {
  const ms = recordOf(body['timings'])['predicted_ms'];
  return typeof ms === 'number' && Number.isFinite(ms) && ms > 0 ? ms : null;
}

/** `usage` counts everything; `timings` of llama.cpp leaves out what its cache held, and comes while it still runs. */
function tokensOf(body: JsonRecord): CountedTokens | null {
  const usage = recordOf(body['usage']);
  const inputTokens = countOf(usage['prompt_tokens']) ?? countOf(usage['input_tokens']);
  const outputTokens = countOf(usage['completion_tokens']) ?? countOf(usage['output_tokens']);
  if (inputTokens !== null || outputTokens !== null) return { inputTokens, outputTokens };
  const timings = recordOf(body['timings']);
  const [cached, prompt] = [countOf(timings['cache_n']), countOf(timings['prompt_n'])];
  const predicted = countOf(timings['predicted_n']);
  if (prompt === null && predicted === null) return null;
  return { inputTokens: prompt === null ? null : prompt + (cached ?? 0), outputTokens: predicted };
}
