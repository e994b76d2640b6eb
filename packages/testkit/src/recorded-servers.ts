import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { koboldCppShape, llamaSwapShape, localAiShape } from './recorded/desktop-servers.ts';
import { lmStudioShape } from './recorded/lm-studio.ts';
import { ollamaShape } from './recorded/ollama.ts';
import { mlxShape, otherShape, sglangShape, vllmShape } from './recorded/python-engines.ts';
import type { RecordedReply, RecordedShape, RecordedState } from './recorded/recorded-shape.ts';

const shapes = {
  ollama: ollamaShape,
  'lm-studio': () => lmStudioShape('v1'),
  /** Before 0.4. */
  'lm-studio-0.3': () => lmStudioShape('v0'),
  vllm: vllmShape,
  sglang: sglangShape,
  localai: localAiShape,
  koboldcpp: koboldCppShape,
  'llama-swap': llamaSwapShape,
  mlx: mlxShape,
  /** Any other with the API of OpenAI. */
  openai: otherShape,
} satisfies Record<string, () => RecordedShape>;

/** The kinds of servers whose answers are recorded. */
export const RECORDED_KINDS = Object.keys(shapes) as readonly RecordedKind[];

/** One of {@link RECORDED_KINDS}. */
export type RecordedKind = keyof typeof shapes;

/** Settings of {@link startRecordedServer}. */
export interface RecordedServerOptions extends Partial<RecordedState> {
  /** Default: one that is free. */
  readonly port?: number;
  /** Without this key as `Authorization: Bearer` every answer is 401. Default: nobody is asked for one. */
  readonly apiKey?: string;
}

/** A server that answers as one of its kind did, and writes down what it was asked. */
export interface RecordedServer {
  readonly kind: RecordedKind;
  readonly port: number;
  /** `http://127.0.0.1:<port>`, without a slash at the end. */
  readonly url: string;
  /** `GET /path`, with the query, in order. */
  readonly requests: readonly string[];
  /** Those of them that are not known to leave every model as it is. */
  readonly unsafe: readonly string[];
  /** What it answers by; may be changed at any time. */
  readonly state: RecordedState;
  /** `hang`: takes requests and never answers. */
  behaviour: 'ok' | 'hang' | 'error';
  /** Breaks all connections and frees the port. Idempotent. */
  close(): Promise<void>;
}

/** Pages by which servers of one kind are told from others: harmless also where they are not there. */
const harmless = ['/', '/v1/models', '/props', '/api/version', '/system', '/api/v0/models', '/api/v1/models'];

/**
 * Starts a server on loopback that answers in the shapes of a kind of LLM server.
 *
 * @example
 * const server = await startRecordedServer('ollama', { models: [{ name: 'llama3:8b', loaded: true }] });
 * await watch(server.url);
 * expect(server.unsafe).toEqual([]);
 * await server.close();
 */
export async function startRecordedServer(
  kind: RecordedKind,
  options: RecordedServerOptions = {},
): Promise<RecordedServer> {
  const { port = 0, apiKey, ...overrides } = options;
  const shape: RecordedShape = shapes[kind]();
  const state: RecordedState = { ...shape.state, ...overrides };
  const requests: string[] = [];
  const unsafe: string[] = [];
  const http = createServer((request, response) => {
    const asked = `${request.method} ${request.url}`;
    requests.push(asked);
    if (!isSafe(request, shape)) unsafe.push(asked);
    if (server.behaviour !== 'hang') send(response, shape, replyTo(request));
  });
  const replyTo = (request: IncomingMessage): RecordedReply => {
    if (server.behaviour === 'error') return { status: 500, body: 'Internal Server Error' };
    if (apiKey !== undefined && request.headers.authorization !== `Bearer ${apiKey}`)
      return { status: 401, body: { error: { message: 'Invalid API key', type: 'authentication_error' } } };
    const page = request.method === 'GET' ? shape.pages[pathOf(request)] : undefined;
    const missing = shape.missing ?? (() => ({ status: 404, body: '404 page not found' }));
    return page?.(state) ?? missing(`${request.method} ${request.url}`);
  };
  await new Promise<void>((resolve, reject) => {
    http.once('error', reject).listen(port, '127.0.0.1', resolve);
  });
  const address = http.address() as AddressInfo;
  const server: RecordedServer = {
    ...{ kind, port: address.port, url: `http://127.0.0.1:${address.port}`, requests, unsafe, state },
    behaviour: 'ok',
    close: () =>
      new Promise((resolve) => {
        // One that is closed already reports an error, which is as good.
        http.close(() => resolve());
        http.closeAllConnections();
      }),
  };
  return server;
}

/** What is not known to be safe is not: other methods, queries, and every page that nobody wrote down. */
function isSafe(request: IncomingMessage, { pages, unsafePages = [] }: RecordedShape): boolean {
  const path = request.url ?? '';
  if (request.method !== 'GET' || path !== pathOf(request)) return false;
  if (unsafePages.some((page) => path === page || path.startsWith(`${page}/`))) return false;
  return Object.hasOwn(pages, path) || harmless.includes(path);
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? '').replace(/\?.*$/s, '');
}

function send(response: ServerResponse, { headers }: RecordedShape, reply: RecordedReply): void {
  const isText = typeof reply.body === 'string';
  const type = isText ? 'text/plain; charset=utf-8' : 'application/json';
  response.writeHead(reply.status ?? 200, { 'content-type': type, ...headers, ...reply.headers });
  response.end(isText ? reply.body : JSON.stringify(reply.body));
}
