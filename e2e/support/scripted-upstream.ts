import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request that the server was asked for a task of a job. */
export interface UpstreamCall {
  readonly taskId: string;
  readonly kind: 'write' | 'judge';
  /** `performance.now()` when it came. */
  readonly atMs: number;
  /** Whether its whole answer was sent. */
  finished: boolean;
  /** `performance.now()` when its client went away before that; `null` otherwise. */
  leftAtMs: number | null;
}

/** An OpenAI-compatible server that says what it is told to, and keeps a ledger of its own. */
export interface ScriptedUpstream {
  readonly port: number;
  /** Oldest first. */
  readonly calls: readonly UpstreamCall[];
  readonly close: () => Promise<void>;
}

/** What each answer uses, as the server counts it. */
export const usagePerCall = { inputTokens: 1000, outputTokens: 500 } as const;

const usage = { prompt_tokens: usagePerCall.inputTokens, completion_tokens: usagePerCall.outputTokens };

/**
 * Serves one model on a free port. A prompt names its task as `[[task-7]]`; the answer to it is `result of task-7`.
 * @param answerMs how long an answer takes
 */
export async function startScriptedUpstream(
  model: string,
  answerMs: () => number,
): Promise<ScriptedUpstream> {
  const calls: UpstreamCall[] = [];
  const server = createServer((incoming, outgoing) => {
    if (incoming.url === '/v1/models') {
      answerJson(outgoing, { object: 'list', data: [{ id: model, object: 'model', owned_by: 'scripted' }] });
    } else if (incoming.url === '/v1/chat/completions') void chat(incoming, outgoing);
    else answerJson(outgoing, { error: { message: 'not here' } }, 404);
  });

  const chat = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    let body = '';
    for await (const chunk of incoming) body += String(chunk);
    const { stream = false, response_format: format } = JSON.parse(body) as Record<string, unknown>;
    const taskId = /\[\[(task-\d+)\]\]/.exec(body)?.[1] ?? 'none';
    const kind = format === undefined ? 'write' : 'judge';
    const call: UpstreamCall = { taskId, kind, atMs: performance.now(), finished: false, leftAtMs: null };
    calls.push(call);
    outgoing.once('close', () => {
      if (!call.finished) call.leftAtMs = performance.now();
    });
    const text = kind === 'judge' ? '{"score":95,"feedback":"good"}' : `result of ${taskId}`;
    if (stream) outgoing.writeHead(200, { 'content-type': 'text/event-stream' });
    const pieces = stream ? text.split(/(?<= )/) : [text];
    for (const piece of pieces) {
      await new Promise((resolve) => setTimeout(resolve, answerMs() / pieces.length));
      if (outgoing.destroyed) return;
      if (stream) writeChunk(outgoing, { choices: [{ index: 0, delta: { content: piece } }] });
    }
    if (stream) {
      writeChunk(outgoing, { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] });
      writeChunk(outgoing, { choices: [], usage });
      outgoing.end('data: [DONE]\n\n', () => (call.finished = true));
    } else {
      const choices = [{ index: 0, message: { role: 'assistant', content: text }, finish_reason: 'stop' }];
      answerJson(outgoing, { choices, usage }, 200, () => (call.finished = true));
    }
  };

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    calls,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function writeChunk(outgoing: ServerResponse, chunk: object): void {
  outgoing.write(`data: ${JSON.stringify({ object: 'chat.completion.chunk', ...chunk })}\n\n`);
}

function answerJson(outgoing: ServerResponse, body: object, status = 200, sent?: () => void): void {
  outgoing.writeHead(status, { 'content-type': 'application/json' });
  outgoing.end(JSON.stringify(body), sent);
}
