import {
  type Endpoint,
  type EndpointCondition,
  type GgufFacts,
  type MeasuredValue,
  type ModelDetails,
  type ModelStatus,
  type ModelTier,
  type ModelValueName,
  modelValueNames,
} from '@corral/core';
import { SimulatedHub, simulatedEndpoint, simulatedModel } from '@corral/core/testing';
import type { StoryContext } from '@storybook/web-components-vite';
import { html, nothing, type TemplateResult } from 'lit';
import { AsyncDirective, directive } from 'lit/async-directive.js';

const names = [
  ['llama-3.2-1b-instruct-Q2_K', 'fast'],
  ['qwen2.5-3b-instruct-Q2_K', 'fast'],
  ['phi-3.5-mini-instruct-Q2_K', 'fast'],
  ['gemma-2-2b-it-Q2_K', 'fast'],
  ['mistral-7b-instruct-v0.3-Q3_K_M', 'balanced'],
  ['llama-3.1-8b-instruct-Q3_K_M', 'balanced'],
  ['qwen2.5-coder-14b-instruct-Q3_K_M', 'balanced'],
  ['gemma-2-9b-it-Q3_K_M', 'balanced'],
  ['deepseek-r1-distill-qwen-32b-Q4_K_M', 'powerful'],
  ['mixtral-8x7b-instruct-v0.1-Q4_K_M', 'powerful'],
  ['llama-3.3-70b-instruct-Q4_K_M-00001-of-00002', 'powerful'],
  ['command-r-35b-v01-Q4_K_M', 'powerful'],
] as const satisfies readonly (readonly [string, ModelTier])[];

const states = [
  'ready',
  'ready',
  'offline',
  'ready',
  'loading',
  'ready',
  'sleeping',
  'ready',
  'failed',
  'ready',
  'backoff',
  'offline',
] as const;

/** Twelve models in many states, as a busy machine has them. */
export function twelveModels(): ModelStatus[] {
  return names.map(([name, assignedTier], i) => {
    const state = states[i] ?? 'offline';
    const facts = simulatedModel({ modelId: name, assignedTier, state, port: 8100 + i });
    const served =
      state === 'ready'
        ? { requestCount: 137 * (i + 1), errorCount: i % 3, uptimeSeconds: 13_320 + 977 * i }
        : {};
    return { ...facts, ...served, errorMessage: problems[state as keyof typeof problems] ?? null };
  });
}

const problems = {
  failed: 'The file is cut short',
  backoff: 'The server ended (exit code 1); next try in 8 s',
};

/** One model for the story of one card. */
export function oneModel(facts: Partial<ModelStatus> = {}): ModelStatus {
  const served = facts.state === 'ready' ? { requestCount: 1284, errorCount: 3, uptimeSeconds: 13_320 } : {};
  return simulatedModel({ modelId: 'm', filename: 'llama-3.2-3b-instruct-Q4_K_M.gguf', ...served, ...facts });
}

/** What the header of a model's file says. */
export const factsOfLlama: GgufFacts = {
  architecture: 'llama',
  name: 'Llama 3.2 3B Instruct',
  quantization: 'Q4_K_M',
  parameterCount: 3_212_749_888,
  contextLength: 131_072,
  layerCount: 28,
  shardCount: 1,
};

const sampleValues: Partial<Readonly<Record<ModelValueName, number>>> = {
  tokensPerSecond: 42.1,
  promptTokensPerSecond: 512.4,
  requestsProcessing: 2,
  requestsDeferred: 1,
  slots: 4,
  contextUsedTokens: 3120,
  contextSizeTokens: 8192,
  requestCount: 1284,
  errorCount: 3,
  totalResponseTimeMs: 4_210_000,
  memoryAnonymousBytes: 1.2e9,
  memoryMappedBytes: 2.02e9,
  latencyMs: 6,
  uptimeSeconds: 13_320,
};

/** Every number of a model with its source: one of them stale, one unknown; and a log. */
export function sampleDetails(modelId: string): ModelDetails {
  const measured = (name: ModelValueName): MeasuredValue => {
    const value = sampleValues[name] ?? null;
    if (value === null)
      return { value, source: 'this machine has no GPU that tells', ageMs: null, valid: false };
    return { value, source: '/metrics and /slots', ageMs: 400, valid: name !== 'promptTokensPerSecond' };
  };
  return {
    modelId,
    values: Object.fromEntries(
      modelValueNames.map((name) => [name, measured(name)]),
    ) as unknown as ModelDetails['values'],
    logTail: Array.from(
      { length: 120 },
      (_, i) => `slot launch_slot_: id ${i % 4} | task ${i} | processing task`,
    ),
  };
}

/** An attached server in a condition. */
export function oneEndpoint(name: string, condition: EndpointCondition): Endpoint {
  const status = condition === 'ok' ? 'healthy' : 'unhealthy';
  return simulatedEndpoint({ id: name, name, origin: 'attached', status, condition });
}

/** A hub that shows a window already full; the same pictures in every run. */
export function hubOf(models: readonly ModelStatus[]): SimulatedHub {
  const hub = new SimulatedHub(models);
  hub.wave(20);
  return hub;
}

/** Lets a hub go on while the story is in the page, and no longer. */
class WhileShown extends AsyncDirective {
  #timer: ReturnType<typeof setInterval> | undefined;
  #tick = (): void => {};

  render(tick: () => void): typeof nothing {
    this.#tick = tick;
    return nothing;
  }

  override update(_: unknown, [tick]: [() => void]): typeof nothing {
    this.#tick = tick;
    this.reconnected();
    return nothing;
  }

  override disconnected(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  override reconnected(): void {
    this.#timer ??= setInterval(() => this.#tick(), 1000);
  }
}

const whileShown = directive(WhileShown);

/** `content` under a provider with `hub`; with `live`, the hub goes on for as long as the story is shown. */
export function withHub(
  { globals }: StoryContext,
  hub: SimulatedHub,
  content: TemplateResult,
  live = false,
): TemplateResult {
  const tick = (): void => {
    hub.wave();
    for (const { modelId, state, requestCount, uptimeSeconds } of hub.models()) {
      if (state !== 'ready') continue;
      hub.update(modelId, { requestCount: (requestCount ?? 0) + 1, uptimeSeconds: (uptimeSeconds ?? 0) + 1 });
    }
  };
  return html`
    <corral-provider theme=${globals.theme} .hub=${hub}>${content}</corral-provider>
    ${live ? whileShown(tick) : nothing}
  `;
}
