import { CorralError } from '../errors.js';
import type { EventHub } from '../event-hub.js';
import type { HubEvents } from '../events.js';
import type { ManagedModel } from './managed-model.js';
import type { ModelStatus } from './model.js';
import { isRunning } from './model-state.js';

/** Waits for models to get somewhere. */
export class ModelWaiter {
  readonly #events: EventHub<HubEvents>;
  readonly #require: (modelId: string) => ManagedModel;
  readonly #waiting = new Set<(reason: Error) => void>();

  /** @param require the model of an id; throws for an unknown one */
  constructor(events: EventHub<HubEvents>, require: (modelId: string) => ManagedModel) {
    this.#events = events;
    this.#require = require;
  }

  /** Resolves when the model is ready; rejects with CorralError `start_failed` as soon as it will not be. */
  async whenReady(modelId: string, signal?: AbortSignal): Promise<ModelStatus> {
    const managed = this.#require(modelId);
    return this.#when(modelId, signal, (model) => {
      if (model.state === 'ready' || model.state === 'sleeping') return model;
      if (isRunning(model.state)) return undefined;
      throw new CorralError('start_failed', model.errorMessage ?? `\`${model.filename}\` is ${model.state}`, {
        retryable: model.state === 'backoff',
        details: {
          failureCode: model.failureCode,
          exitCode: model.lastExit?.exitCode ?? null,
          signal: model.lastExit?.signal ?? null,
          logTail: managed.details().logTail,
        },
      });
    });
  }

  /** Resolves when the model has no process and none is coming. */
  async whenStopped(modelId: string, signal?: AbortSignal): Promise<ModelStatus> {
    this.#require(modelId);
    return this.#when(modelId, signal, (model) => (hasStopped(model) ? model : undefined));
  }

  /** Resolves when a stop that was asked for is over, also when the model was started again meanwhile. */
  async whenStopEnded(modelId: string): Promise<ModelStatus> {
    let wasStopping = false;
    return this.#when(modelId, undefined, (model) => {
      if (hasStopped(model) || (wasStopping && model.state !== 'stopping')) return model;
      wasStopping = model.state === 'stopping';
      return undefined;
    });
  }

  /** Nothing more will happen: everyone who still waits hears CorralError `disposed`. */
  dispose(): void {
    const reason = new CorralError('disposed', 'The hub has ended; its servers may go on');
    for (const giveUp of [...this.#waiting]) giveUp(reason);
  }

  /** Resolves with the first status for which `pick` answers something; rejects with what it throws. */
  #when(
    modelId: string,
    signal: AbortSignal | undefined,
    pick: (model: ModelStatus) => ModelStatus | undefined,
  ): Promise<ModelStatus> {
    return new Promise((resolve, reject) => {
      const abort = (): void => settle(() => reject(asError(signal?.reason)));
      const look = (): void => {
        try {
          const found = pick(this.#require(modelId).status());
          if (found) settle(() => resolve(found));
        } catch (error) {
          settle(() => reject(asError(error)));
        }
      };
      // Looks a moment later: a restart passes through `offline` and is in `starting` by then.
      const unsubscribe = this.#events.subscribe('model:state-changed', (event) => {
        if (event.model.modelId === modelId) void Promise.resolve().then(look);
      });
      const giveUp = (reason: Error): void => settle(() => reject(reason));
      const settle = (finish: () => void): void => {
        this.#waiting.delete(giveUp);
        unsubscribe();
        signal?.removeEventListener('abort', abort);
        finish();
      };
      this.#waiting.add(giveUp);
      signal?.addEventListener('abort', abort, { once: true });
      if (signal?.aborted) abort();
      else look();
    });
  }
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}

function hasStopped({ state }: ModelStatus): boolean {
  return state === 'offline' || state === 'failed';
}
