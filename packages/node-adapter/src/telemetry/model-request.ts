import { parseJson, recordOf, textOf } from '../probes/json-values.js';
import { nameWithoutPath } from '../probes/model-name.js';

/** What `fetch` is called with. */
export type FetchInput = string | URL | Request;

/** A call of a model, as its request tells it. */
export interface ModelRequest {
  readonly url: URL;
  /** What was asked for; `null` where the body could not be read. */
  readonly model: string | null | Promise<string | null>;
  readonly isEmbedding: boolean;
  readonly signal: AbortSignal | null;
  /** After which the client itself gives up, where it says so. */
  readonly timeoutMs: number | undefined;
}

const modelPath = /\/(?:chat\/completions|completions|responses|embeddings)$/;

/** What a request asks of a model; `undefined` for every other request, which is none of our business. */
export function readModelRequest(input: FetchInput, init: RequestInit = {}): ModelRequest | undefined {
  const request = input instanceof Request ? input : undefined;
  const method = init.method ?? request?.method ?? 'GET';
  const url = urlOf(input instanceof Request ? input.url : input);
  if (method.toUpperCase() !== 'POST' || !url || !modelPath.test(url.pathname)) return undefined;
  const headers = new Headers(init.headers ?? request?.headers);
  const timeoutS = Number(headers.get('x-stainless-timeout'));
  return {
    url,
    model: modelIn(init.body ?? request),
    isEmbedding: url.pathname.endsWith('/embeddings'),
    signal: init.signal ?? request?.signal ?? null,
    timeoutMs: timeoutS > 0 ? timeoutS * 1000 : undefined,
  };
}

/** The model of a body; of a stream nobody can know it without reading it. */
function modelIn(body: RequestInit['body'] | Request): ModelRequest['model'] {
  if (typeof body === 'string') return modelOf(body);
  if (!(body instanceof Request) || body.bodyUsed) return null;
  return body
    .clone()
    .text()
    .then(modelOf, () => null);
}

/** The model that a JSON text names, without the folders where its file lies. */
export function modelOf(text: string): string | null {
  const model = textOf(recordOf(parseJson(text))['model']);
  return model === null ? null : nameWithoutPath(model);
}

function urlOf(url: string | URL): URL | undefined {
  // A relative one has no host; `fetch` refuses it by itself.
  const text = url.toString();
  return URL.canParse(text) ? new URL(text) : undefined;
}
