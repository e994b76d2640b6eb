import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Answers a request as a test likes. */
export type Answer = (response: ServerResponse, request: IncomingMessage) => unknown;

/** A server whose answers are written piece by piece. */
export class ModelServer {
  /** Bodies of the requests so far. */
  readonly bodies: string[] = [];
  /** Answers that were broken off before they ended. */
  brokenOff = 0;
  answer: Answer;
  readonly #server = createServer((request, response) => void this.#take(request, response));

  private constructor(answer: Answer) {
    this.answer = answer;
  }

  static async start(answer: Answer = (response) => response.end()): Promise<ModelServer> {
    const server = new ModelServer(answer);
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get url(): string {
    return `http://${this.host}/v1/chat/completions`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('close', () => (this.brokenOff += response.writableFinished ? 0 : 1));
    let body = '';
    for await (const text of request.setEncoding('utf8')) body += String(text);
    this.bodies.push(body);
    this.answer(response, request);
  }
}

/** A piece of a streamed answer. */
export const chunk = (facts: object): string => `data: ${JSON.stringify(facts)}\n\n`;
/** A piece with text. */
export const said = (content: string): string => chunk({ choices: [{ index: 0, delta: { content } }] });
/** The piece that says why there are no more. */
export const finish = chunk({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] });
/** The piece with what was counted. */
export const usage = chunk({
  choices: [],
  usage: { prompt_tokens: 30, completion_tokens: 12, total_tokens: 42 },
});
export const done = 'data: [DONE]\n\n';

/** Answers with a stream of these pieces, and ends it. */
export const streamed =
  (...pieces: readonly string[]): Answer =>
  (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
    for (const piece of pieces) response.write(piece);
    response.end();
  };

/** Answers with one JSON body. */
export const whole =
  (body: unknown, status = 200): Answer =>
  (response) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));

/** A whole answer of a chat. */
export const completion = {
  id: 'c1',
  object: 'chat.completion',
  created: 1,
  model: 'meadow-2026-01-01',
  choices: [
    { index: 0, message: { role: 'assistant', content: 'Hello' }, finish_reason: 'stop', logprobs: null },
  ],
  usage: { prompt_tokens: 30, completion_tokens: 12, total_tokens: 42 },
};
