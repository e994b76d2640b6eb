import { type Clock, type JobContext, type ModelCall, sleep, TaskFailure } from '@corral/core';
import type { ConnectClient } from '../../probes/server-connection.js';
import type { ModelPrices } from '../../telemetry/model-prices.js';
import { usageOf } from './call-cost.js';
import { type CallLimits, callPauseMs, callTries } from './call-options.js';
import type { CallPlace, CallPlaces } from './call-places.js';
import type { CallTarget } from './call-target.js';
import { type ChatFailure, type ChatOutcome, callChat } from './chat-call.js';
import {
  type AnswerSchema,
  type ChatDialect,
  type ChatMessage,
  firstDialect,
  nextDialect,
} from './chat-dialect.js';
import { estimateTokens, outputTokensFor, promptRoom } from './token-estimate.js';

/** What a {@link ModelCaller} is made of. */
export interface ModelCallerOptions {
  readonly places: CallPlaces;
  readonly connect: ConnectClient;
  readonly record: (call: ModelCall) => void;
  readonly prices: ModelPrices;
  /** Watts that the host of a server takes now; `null`: unknown. */
  readonly powerOf: (target: CallTarget) => number | null;
  readonly energyUsdPerKwh: number | null;
  readonly limits: CallLimits;
  readonly clock: Clock;
  /** A number in [0, 1). */
  readonly random: () => number;
}

/** What is asked of a model, whichever it will be. */
export interface ModelAsk {
  /** The messages, with texts cut so that all together has about so many characters. */
  messages(roomChars: number): readonly ChatMessage[];
  readonly maxOutputTokens: number;
  readonly schema: AnswerSchema | null;
  /** Hears the text while it comes. */
  readonly onText?: (text: string) => void;
}

/** The place of a task; it moves when its server fails. */
export interface HeldPlace {
  place: CallPlace;
  /** The model that the job asks for; `null`: any. */
  readonly wantedModel: string | null;
}

interface FinishedCall {
  readonly outcome: ChatOutcome;
  readonly messages: readonly ChatMessage[];
  readonly call: ModelCall;
}

/** Calls models within the budget, here or elsewhere until one answers. */
export class ModelCaller {
  readonly #options: ModelCallerOptions;
  /** What servers have been found to understand. */
  readonly #dialects = new Map<string, ChatDialect>();

  constructor(options: ModelCallerOptions) {
    this.#options = options;
  }

  /**
   * Asks until there is an answer: elsewhere, or again after a pause, when a server fails before its first token; without
   * options that a server does not know; once with shorter texts where they do not fit.
   * @throws TaskFailure `no_backend`, `upstream_failed`, `upstream_refused`, and what the budget throws; the reason of
   *   the signal when that aborts
   */
  async ask(held: HeldPlace, ask: ModelAsk, context: JobContext): Promise<ChatOutcome> {
    const failures: ChatFailure[] = [];
    const avoid = new Set<string>();
    let dialect: ChatDialect | undefined;
    let roomChars: number | undefined;
    for (;;) {
      const { target } = held.place;
      dialect ??= this.#dialects.get(target.id) ?? firstDialect;
      const { outcome, messages, call } = await this.#callOnce(
        held.place,
        { ...ask, dialect, roomChars },
        context,
      );
      const { failure } = outcome;
      const next = isUnsupported(failure) ? nextDialect(dialect, ask.schema !== null, failure.error) : null;
      // What a server understands and holds says nothing of how well its models do.
      if (next) {
        dialect = next;
        continue;
      }
      if (failure?.kind === 'too_long' && roomChars === undefined) {
        roomChars = shorterRoom(messages, failure);
        context.log.warn(`${target.name}: the prompt is too long for the model, it is shortened`);
        continue;
      }
      this.#options.record(call);
      if (!failure) {
        this.#dialects.set(target.id, dialect);
        return outcome;
      }
      context.signal.throwIfAborted();
      failures.push(failure);
      this.#judge(target, outcome, failures);
      context.log.warn(`${target.name}: ${failure.problem}; it is tried again`);
      avoid.add(target.id);
      dialect = undefined;
      await this.#move(held, avoid, failures, context);
    }
  }

  async #callOnce(
    place: CallPlace,
    ask: ModelAsk & { readonly dialect: ChatDialect; readonly roomChars: number | undefined },
    context: JobContext,
  ): Promise<FinishedCall> {
    const { clock, connect, limits, prices, places, powerOf, energyUsdPerKwh: usdPerKwh } = this.#options;
    const { target, model } = place;
    const { schema, dialect, onText } = ask;
    const wanted = outputTokensFor(target.contextTokens, ask.maxOutputTokens);
    const roomChars = ask.roomChars ?? promptRoom(target.contextTokens, wanted, limits.promptChars);
    const messages = ask.messages(roomChars);
    const inputTokens = estimateTokens(messages, schema);
    const price = prices.of(model, target.provider);
    const reservation = await context.budget.reserve({ inputTokens, maxOutputTokens: wanted, price });
    const { maxOutputTokens } = reservation;
    const readPower = (): { watts: number | null; shared: number } => ({
      watts: powerOf(target),
      shared: places.takenAt(target.id),
    });
    const before = readPower();
    const outcome = await callChat(
      target,
      { model, messages, maxOutputTokens, schema },
      {
        ...{ connect, clock, dialect, onText, signal: context.signal },
        silenceMs: limits.silenceS * 1000,
        timeoutMs: limits.callTimeoutS * 1000,
        maxBytes: limits.answerBytes,
      },
    );
    const after = readPower();
    const setAside = { inputTokens, outputTokens: maxOutputTokens, price };
    const power = { watts: [before.watts, after.watts], shared: [before.shared, after.shared], usdPerKwh };
    const usage = usageOf(outcome, setAside, power);
    await reservation.settle(usage);
    const call = callOf(outcome, { model, provider: target.provider, price, costUsd: usage.costUsd });
    return { outcome, messages, call };
  }

  /** @throws TaskFailure unless it is worth another try */
  #judge(target: CallTarget, { hasBegun }: ChatOutcome, failures: readonly ChatFailure[]): void {
    const failure = failures.at(-1);
    if (!failure) return;
    const message = `${target.name}: ${failure.problem}`;
    if (failure.kind === 'refused' || failure.kind === 'too_long')
      throw new TaskFailure('upstream_refused', message);
    if (hasBegun) throw new TaskFailure('upstream_failed', message);
    if (failures.length < callTries) return;
    // Where nothing was ever sent nobody works: the job waits, and the task keeps its tries.
    const isNobodyThere = failures.every(({ kind }) => kind === 'unreachable');
    throw new TaskFailure(isNobodyThere ? 'no_backend' : 'upstream_failed', message);
  }

  /** Another server; where there is none, the same after a pause. */
  async #move(
    held: HeldPlace,
    avoid: ReadonlySet<string>,
    failures: readonly ChatFailure[],
    { signal }: JobContext,
  ): Promise<void> {
    const { clock, places, random } = this.#options;
    held.place.release();
    held.place = await places.take(held.wantedModel, signal, avoid);
    if (!avoid.has(held.place.target.id)) return;
    const backoffMs = callPauseMs.first * 2 ** (failures.length - 1) * (0.5 + random() / 2);
    const pauseMs = Math.max(failures.at(-1)?.retryAfterMs ?? 0, backoffMs);
    await sleep(clock, Math.min(pauseMs, callPauseMs.most), signal);
    signal.throwIfAborted();
  }
}

/** Whether the server may only have stumbled over an option that it does not know. */
function isUnsupported(failure: ChatFailure | null): failure is ChatFailure {
  return failure?.kind === 'refused' && (failure.status === 400 || failure.status === 422);
}

/** Characters that should fit: by what the server counted where it says so, else half of what there was. */
function shorterRoom(messages: readonly ChatMessage[], { error }: ChatFailure): number {
  const chars = messages.reduce((sum, { content }) => sum + content.length, 0);
  const { promptTokens = null, contextTokens = null } = error ?? {};
  if (promptTokens === null || contextTokens === null || promptTokens === 0) return Math.floor(chars / 2);
  return Math.floor((chars / promptTokens) * contextTokens * 0.5);
}

function callOf(
  { failure, latencyMs, ttftMs, tokens, tokensPerSecond }: ChatOutcome,
  facts: Pick<ModelCall, 'model' | 'provider' | 'price' | 'costUsd'>,
): ModelCall {
  return {
    ...facts,
    outcome: failure === null ? 'ok' : failure.kind === 'cancelled' ? 'cancelled' : 'failed',
    latencyMs,
    ttftMs,
    inputTokens: tokens?.inputTokens ?? null,
    outputTokens: tokens?.outputTokens ?? null,
    tokensPerSecond,
  };
}
