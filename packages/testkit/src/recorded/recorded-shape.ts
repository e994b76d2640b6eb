/** A model of a recorded server. */
export interface RecordedModel {
  readonly name: string;
  /** Whether it is in memory. Servers that serve only what they were started with list it either way. */
  readonly loaded: boolean;
  /** Bytes that it takes while it is loaded, where the kind of server tells. */
  readonly sizeBytes?: number;
  /** The part of them in graphics memory, where the kind of server tells. */
  readonly vramBytes?: number;
  /** A model of Ollama's cloud, which is only listed here. */
  readonly isRemote?: boolean;
}

/** What a recorded server answers by; tests change it while it runs. */
export interface RecordedState {
  models: readonly RecordedModel[];
  /** Requests that wait. */
  queueDepth: number;
  /** Whether the page that tells of waiting requests is there, where it can be switched off. */
  hasMetrics: boolean;
}

/** An answer: text as it is, anything else as JSON. */
export interface RecordedReply {
  readonly status?: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** How one kind of server answers. */
export interface RecordedShape {
  readonly state: RecordedState;
  /** Sent with every answer. */
  readonly headers?: Readonly<Record<string, string>>;
  /** GET pages by path; each of them may be asked for at any time without doing anything to a model. */
  readonly pages: Readonly<Record<string, (state: RecordedState) => RecordedReply>>;
  /** GET pages that load, unload, generate, wake or keep awake a model. */
  readonly unsafePages?: readonly string[];
  /** What is said of a path that it does not have. Default: 404. */
  readonly missing?: (request: string) => RecordedReply;
}

/** A list as `/v1/models` gives it. */
export function openAiList(
  models: readonly RecordedModel[],
  facts: Readonly<Record<string, unknown>>,
): RecordedReply {
  const data = models.map(({ name }) => ({ id: name, object: 'model', ...facts }));
  return { body: { object: 'list', data } };
}

/** A model that is loaded and two that are not. */
export const usualModels: readonly RecordedModel[] = [
  { name: 'llama3:8b', loaded: true, sizeBytes: 6_654_289_920, vramBytes: 5_000_000_000 },
  { name: 'qwen3:32b', loaded: false },
];

/** One model, as servers have it that are started with one. */
export const oneModel: readonly RecordedModel[] = [
  { name: 'meta-llama/Llama-3.1-8B-Instruct', loaded: true },
];

/** Prometheus text, as it is served. */
export function prometheusText(body: string): RecordedReply {
  return { body, headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' } };
}
