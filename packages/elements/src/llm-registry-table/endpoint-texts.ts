import type {
  Endpoint,
  EndpointKind,
  EndpointModel,
  EndpointModelState,
  EndpointOrigin,
  HostResources,
} from '@corral/core';

const kindTexts: Readonly<Record<EndpointKind, string>> = {
  'llama-server': 'llama.cpp',
  'llama-router': 'llama.cpp router',
  'llama-swap': 'llama-swap',
  ollama: 'Ollama',
  'lm-studio': 'LM Studio',
  vllm: 'vLLM',
  sglang: 'SGLang',
  localai: 'LocalAI',
  koboldcpp: 'KoboldCpp',
  openai: 'OpenAI-like',
};

const originTexts: Readonly<Record<EndpointOrigin, string>> = {
  registered: 'added here',
  attached: 'attached',
  managed: 'own server',
  agent: 'by its agent',
  discovered: 'found here',
};

const originWords: Readonly<Record<EndpointOrigin, string>> = {
  registered: 'Someone added it here',
  attached: 'Someone attached it; its models have cards',
  managed: 'A server of this hub; it goes when its model stops, and cannot be removed here',
  agent: 'The agent on its machine reports it; it cannot be removed here',
  discovered:
    'Found on the machine of this hub; it goes ten minutes after it stops, and cannot be removed here',
};

const stateTexts: Readonly<Record<EndpointModelState, string>> = {
  ready: 'loaded',
  sleeping: 'asleep',
  loading: 'loading',
  stopping: 'stopping',
  failed: 'failed',
  unloaded: '',
};

const whole = new Intl.NumberFormat();
const milliseconds = new Intl.NumberFormat(undefined, {
  style: 'unit',
  unit: 'millisecond',
  maximumFractionDigits: 0,
});

/** What people call a kind of server. A kind that a newer hub knows and this page does not keeps its own name. */
export function kindText(kind: EndpointKind): string {
  return Object.hasOwn(kindTexts, kind) ? kindTexts[kind] : kind;
}

/** How a hub came to know an endpoint, in a word or two. */
export function originText(origin: EndpointOrigin): string {
  return Object.hasOwn(originTexts, origin) ? originTexts[origin] : origin;
}

/** The same as a sentence, which also says why an endpoint cannot be removed. */
export function originSentence(origin: EndpointOrigin): string {
  return Object.hasOwn(originWords, origin) ? originWords[origin] : '';
}

/** A duration as `12 ms`. */
export function latencyText(ms: number): string {
  // A server that answers at once has not answered in no time.
  return ms > 0 && ms < 1 ? `<${milliseconds.format(1)}` : milliseconds.format(ms);
}

/** A count in the reader's language. */
export function countText(count: number): string {
  return whole.format(count);
}

/** What a state of a model is called; empty for one that is only there to be loaded. */
export function modelStateText(state: EndpointModelState | null): string {
  return state !== null && Object.hasOwn(stateTexts, state) ? stateTexts[state] : '';
}

/** Whether a model is in memory, awake or not. */
export function isLoaded({ state }: EndpointModel): boolean {
  return state === 'ready' || state === 'sleeping';
}

/** What its address has that neither the name nor the port says; empty when there is nothing. */
export function placeText({ name, scheme, host, port, basePath }: Endpoint): string {
  const place = `${scheme === 'https' ? 'https://' : ''}${host}${basePath}`;
  return place === host && (name === host || name === `${host}:${port}`) ? '' : place;
}

/** The machine of an endpoint, and whether it still reports. */
export function hostText({ name, status }: HostResources): string {
  if (status === 'stale') return `on ${name}, which is stale: no report comes`;
  if (status === 'lost') return `on ${name}, which is lost: no report for long`;
  return `on ${name}`;
}
