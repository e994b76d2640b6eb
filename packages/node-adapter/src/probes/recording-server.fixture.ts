import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Client } from 'undici';
import { type ConnectClient, clientOptions, ServerConnection } from './server-connection.js';

/** An answer, or none: `hang` never comes, `cut` breaks the connection. */
export type RecordedReply =
  | readonly [status: number, body: string, headers?: Record<string, string>]
  | 'hang'
  | 'cut';

/** A server that writes down every request and answers as it is told. */
export class RecordingServer {
  /** `GET /path`, in order. */
  readonly asked: string[] = [];
  /** By `GET /path`, with the query; a path without method is a GET. */
  readonly replies: Record<string, RecordedReply>;
  readonly bodies: string[] = [];
  /** Sent with every answer. */
  headers: Record<string, string> = {};
  connections = 0;
  readonly #server = createServer((request, response) => this.#answer(request, response));
  readonly #clients: Client[] = [];

  private constructor(replies: Record<string, RecordedReply>, headers: Record<string, string>) {
    this.replies = replies;
    this.headers = headers;
    this.#server.on('connection', () => (this.connections += 1));
  }

  static async start(
    replies: Record<string, RecordedReply>,
    headers: Record<string, string> = {},
  ): Promise<RecordingServer> {
    const server = new RecordingServer(replies, headers);
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get origin(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  readonly connect: ConnectClient = (origin) => {
    const client = new Client(origin, clientOptions);
    this.#clients.push(client);
    return client;
  };

  connection(basePath = '', apiKey: string | null = null): ServerConnection {
    return new ServerConnection({ origin: this.origin, basePath, apiKey }, this.connect);
  }

  /** Distinct requests so far. */
  get kinds(): string[] {
    return [...new Set(this.asked)].sort();
  }

  async close(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.destroy()));
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const what = `${request.method} ${request.url}`;
    this.asked.push(what);
    request.setEncoding('utf8').on('data', (text: string) => this.bodies.push(text));
    const reply = this.replies[what] ?? this.replies[request.url ?? ''] ?? ([404, 'File Not Found'] as const);
    if (reply === 'hang') return;
    if (reply === 'cut') return void request.socket.destroy();
    const [status, body, headers] = reply;
    response.writeHead(status, { ...this.headers, ...headers }).end(body);
  }
}

export const ok = (body: unknown): RecordedReply => [
  200,
  typeof body === 'string' ? body : JSON.stringify(body),
];

/** What llama-server says while its model loads. */
export const loadingReply: RecordedReply = [
  503,
  '{"error":{"message":"Loading model","type":"unavailable_error","code":503}}',
];

/** What `/metrics` of a llama-server says. */
export const metricsText = (finished: number, processing = 0): string =>
  `llamacpp:tokens_predicted_total ${finished}
llamacpp:requests_processing ${processing}
llamacpp:requests_deferred 0
`;
