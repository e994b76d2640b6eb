import { type EndpointModelState, TaskFailure, type Unsubscribe } from '@corral/core';
import type { CallTarget, CallTargets } from './call-target.js';

/** A place for one call at a time, at a server, with one of its models. */
export interface CallPlace {
  readonly target: CallTarget;
  readonly model: string;
  /** Gives it back. Calling it again does nothing. */
  release(): void;
}

interface Candidate {
  readonly target: CallTarget;
  readonly model: string;
  /** The lower the sooner: how soon the model could answer. */
  readonly rank: number;
}

interface Waiter {
  readonly model: string | null;
  readonly avoid: ReadonlySet<string>;
  readonly take: (place: CallPlace) => void;
  readonly giveUp: (reason: unknown) => void;
}

/** What is loaded comes first, then what nobody knows of or what wakes quickly, then what has to be loaded. */
const ranks: Readonly<Record<EndpointModelState, number | null>> = {
  ready: 0,
  sleeping: 1,
  loading: 2,
  unloaded: 2,
  failed: 3,
  stopping: null,
};

/** Models that write no text, by what they are usually called. */
const notForText = /embed|rerank|whisper|(?:^|[-_/])(?:bge|tts|clip)[-_]/i;

/** Hands out places at servers: never more at a server than it has, the least loaded first, whoever asked first first. */
export class CallPlaces {
  readonly #targets: CallTargets;
  readonly #random: () => number;
  readonly #taken = new Map<string, number>();
  readonly #waiting = new Set<Waiter>();
  readonly #listeners = new Set<() => void>();
  readonly #unsubscribe: Unsubscribe | undefined;

  /** @param random a number in [0, 1): decides between servers that are equal otherwise */
  constructor(targets: CallTargets, random: () => number) {
    this.#targets = targets;
    this.#random = random;
    this.#unsubscribe = targets.onChanged?.(() => this.#freed());
  }

  /** How many places there are now for calls of a model; `null` is any model. */
  free(model: string | null): number {
    const ids = new Set(this.#candidates(model).map(({ target }) => target.id));
    const targets = this.#targets.list().filter(({ id }) => ids.has(id));
    return targets.reduce((sum, target) => sum + this.#freeAt(target), 0);
  }

  /** How many places of a server are taken. */
  takenAt(targetId: string): number {
    return this.#taken.get(targetId) ?? 0;
  }

  /** Calls `listener` when there may be more places than before. */
  onFreed(listener: () => void): Unsubscribe {
    // A function of its own: the same listener may be given twice.
    const own = (): void => listener();
    this.#listeners.add(own);
    return () => this.#listeners.delete(own);
  }

  /**
   * Takes a place; waits while every server that has the model is full.
   * @param avoid ids of servers that are taken last
   * @throws TaskFailure `no_backend` when no server has the model; the reason of `signal` once that aborts
   */
  async take(
    model: string | null,
    signal: AbortSignal,
    avoid: ReadonlySet<string> = new Set(),
  ): Promise<CallPlace> {
    signal.throwIfAborted();
    const place = this.#pick(model, avoid);
    if (place) return place;
    return new Promise((resolve, reject) => {
      const end = (): void => {
        this.#waiting.delete(waiter);
        signal.removeEventListener('abort', onAbort);
      };
      const waiter: Waiter = {
        ...{ model, avoid },
        take: (found) => {
          end();
          resolve(found);
        },
        giveUp: (reason) => {
          end();
          reject(reason instanceof Error ? reason : new Error('The work was called off', { cause: reason }));
        },
      };
      const onAbort = (): void => waiter.giveUp(signal.reason);
      signal.addEventListener('abort', onAbort, { once: true });
      this.#waiting.add(waiter);
    });
  }

  /** Hears no more of changes. */
  dispose(): void {
    this.#unsubscribe?.();
  }

  /** The best free place; `null` when all are taken. @throws TaskFailure `no_backend` */
  #pick(model: string | null, avoid: ReadonlySet<string>): CallPlace | null {
    const candidates = this.#candidates(model);
    if (candidates.length === 0) throw noBackend(model);
    const free = candidates.filter(({ target }) => this.#freeAt(target) > 0);
    const judged = free.map((candidate) => ({
      candidate,
      keys: [
        avoid.has(candidate.target.id) ? 1 : 0,
        candidate.rank,
        this.#loadOf(candidate.target),
        this.#random(),
      ],
    }));
    const [best] = judged.sort((a, b) => compare(a.keys, b.keys));
    return best ? this.#place(best.candidate) : null;
  }

  #place({ target, model }: Candidate): CallPlace {
    this.#taken.set(target.id, this.takenAt(target.id) + 1);
    let isHeld = true;
    return {
      target,
      model,
      release: () => {
        if (!isHeld) return;
        isHeld = false;
        const left = this.takenAt(target.id) - 1;
        if (left > 0) this.#taken.set(target.id, left);
        else this.#taken.delete(target.id);
        this.#freed();
      },
    };
  }

  #freed(): void {
    for (const waiter of this.#waiting) {
      try {
        const place = this.#pick(waiter.model, waiter.avoid);
        if (place) waiter.take(place);
      } catch (error) {
        waiter.giveUp(error);
      }
    }
    for (const listener of this.#listeners) listener();
  }

  #candidates(model: string | null): Candidate[] {
    return this.#targets.list().flatMap((target) =>
      target.models.flatMap(({ name, state }) => {
        const rank = state === null ? 1 : ranks[state];
        const fits = model === null ? !notForText.test(name) : isSameModel(name, model);
        return rank === null || !fits ? [] : [{ target, model: name, rank }];
      }),
    );
  }

  #freeAt(target: CallTarget): number {
    return Math.max(0, slotsOf(target) - this.takenAt(target.id));
  }

  #loadOf(target: CallTarget): number {
    return (this.takenAt(target.id) + (target.queueDepth ?? 0)) / slotsOf(target);
  }
}

function slotsOf({ slots }: CallTarget): number {
  return Math.max(1, slots ?? 1);
}

/** Ollama takes a name without tag for `latest`; our own models are known by their files. */
function isSameModel(name: string, wanted: string): boolean {
  return bareName(name) === bareName(wanted);
}

function bareName(name: string): string {
  return name.replace(/\.gguf$/i, '').replace(/:latest$/, '');
}

function compare(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((value, place) => value !== b[place]);
  return at < 0 ? 0 : (a[at] ?? 0) - (b[at] ?? 0);
}

function noBackend(model: string | null): TaskFailure {
  return new TaskFailure(
    'no_backend',
    model === null ? 'No endpoint with a model works now' : 'No endpoint that works now has the model',
  );
}
