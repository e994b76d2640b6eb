import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** What was asked, as it came. */
export interface AskedBody {
  readonly model: string;
  readonly messages: readonly { readonly role: string; readonly content: string }[];
  readonly max_tokens?: number;
  readonly max_completion_tokens?: number;
  readonly stream_options?: unknown;
  readonly timings_per_token?: boolean;
  readonly response_format?: { readonly type: string; readonly json_schema?: { readonly name: string } };
}

/** Answers one request. */
export type ModelAnswer = (response: ServerResponse, asked: AskedBody, request: IncomingMessage) => void;

/** A server of a model that behaves as the test says: one answer after another, the last one for all that follow. */
export interface ModelServer {
  readonly url: string;
  readonly asked: AskedBody[];
  readonly keys: (string | undefined)[];
  /** When each connection was closed, by `performance.now`. */
  readonly closedMs: number[];
  readonly openSockets: number;
  behave(...answers: readonly ModelAnswer[]): void;
  close(): Promise<void>;
}

/** Opens one on a free port of loopback. */
export async function startModelServer(...first: readonly ModelAnswer[]): Promise<ModelServer> {
  let answers = [...first];
  const asked: AskedBody[] = [];
  const keys: (string | undefined)[] = [];
  const closedMs: number[] = [];
  const sockets = new Set<Socket>();
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    response.on('error', () => undefined);
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = JSON.parse(Buffer.concat(chunks).toString() || '{}') as AskedBody;
      asked.push(body);
      keys.push(request.headers.authorization);
      const answer = answers.length > 1 ? answers.shift() : answers[0];
      answer?.(response, body, request);
    });
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => {
      sockets.delete(socket);
      closedMs.push(performance.now());
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    keys,
    closedMs,
    get openSockets() {
      return sockets.size;
    },
    behave: (...next) => {
      answers = [...next];
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const event = (json: unknown): string => `data: ${JSON.stringify(json)}\n\n`;

/** A piece of text in a stream. */
export const piece = (content: string, more: object = {}): string =>
  event({ choices: [{ delta: { content } }], ...more });

/** Begins a stream. */
export function beginStream(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.flushHeaders();
}

/** Says a text as a stream, with counts. */
export function says(text: string, { tokens = 10, reason = 'stop', usage = true } = {}): ModelAnswer {
  return (response) => {
    beginStream(response);
    for (const part of text.match(/[^]{1,7}/g) ?? []) response.write(piece(part));
    response.write(event({ choices: [{ delta: {}, finish_reason: reason }] }));
    if (usage)
      response.write(event({ choices: [], usage: { prompt_tokens: 20, completion_tokens: tokens } }));
    response.end('data: [DONE]\n\n');
  };
}

/** Says JSON. */
export const saysJson = (value: unknown): ModelAnswer => says(JSON.stringify(value));

/** Refuses with a status. */
export function refuses(status: number, error: unknown = { message: 'no' }, headers = {}): ModelAnswer {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify({ error }));
  };
}

/** Says a beginning and cuts the connection. */
export function diesAfter(text: string): ModelAnswer {
  return (response) => {
    beginStream(response);
    if (text !== '') response.write(piece(text));
    setTimeout(() => response.socket?.destroy(), 20);
  };
}

/** Says a beginning and then nothing more. */
export function stallsAfter(text: string): ModelAnswer {
  return (response) => {
    beginStream(response);
    if (text !== '') response.write(piece(text));
  };
}

/** A judge who is content, and one who is not. */
export const good = saysJson({ score: 90, feedback: 'Good' });
export const poor = saysJson({ score: 30, feedback: 'Say hello' });
