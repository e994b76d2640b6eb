import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { type Clock, childSignal, sleep, type TimerHandle } from '@corral/core';
import type { YamlLimits, YamlQuestion, YamlReply, YamlWorkerData } from './yaml-worker.js';

/** What a {@link YamlThread} may take. */
export interface YamlThreadOptions {
  readonly clock: Clock;
  readonly limits: YamlLimits;
  /** Milliseconds for one answer. */
  readonly deadlineMs: number;
  /** Milliseconds without a question after which the thread ends. */
  readonly idleMs: number;
}

/** Milliseconds that a thread may take to begin; on a busy machine that is long. */
const beginMs = 15_000;

/**
 * A thread that reads YAML, begun when it is first needed. One that does not answer in time, or runs out of memory, is
 * killed, and the next question begins another. Questions are answered one after the other.
 */
export class YamlThread {
  readonly #options: YamlThreadOptions;
  #worker: Worker | undefined;
  #queue: Promise<unknown> = Promise.resolve();
  #idleTimer: TimerHandle | undefined;
  #disposed = false;

  constructor(options: YamlThreadOptions) {
    this.#options = options;
  }

  /** Has `work` to itself: no other question comes between those that it asks. @throws Error when no thread can be begun */
  async use<Answer>(work: (ask: YamlAsk) => Promise<Answer>): Promise<Answer> {
    const turn = this.#queue.then(async () => {
      this.#options.clock.clearTimeout(this.#idleTimer);
      try {
        return await work((question) => this.#ask(question));
      } finally {
        if (this.#disposed) await this.#end();
        else this.#idleTimer = this.#options.clock.setTimeout(() => void this.#end(), this.#options.idleMs);
      }
    });
    this.#queue = turn.catch(() => {});
    return turn;
  }

  /** Ends the thread, after what it is asked already. Idempotent. */
  async dispose(): Promise<void> {
    this.#disposed = true;
    this.#options.clock.clearTimeout(this.#idleTimer);
    await this.#queue;
    await this.#end();
  }

  async #ask(question: YamlQuestion): Promise<YamlReply | undefined> {
    const worker = this.#worker ?? (await this.#begin());
    const reply = this.#next(worker, this.#options.deadlineMs);
    worker.postMessage(question);
    return reply;
  }

  async #begin(): Promise<Worker> {
    const worker = new Worker(workerUrl(), {
      workerData: { corralYaml: this.#options.limits } satisfies YamlWorkerData,
      resourceLimits: { maxOldGenerationSizeMb: 96, maxYoungGenerationSizeMb: 32, stackSizeMb: 4 },
      // It needs nothing of this process, and has nothing to say.
      env: {},
      execArgv: ['--no-warnings'],
      stdout: true,
      stderr: true,
    });
    // A thread that nobody asks keeps no process alive.
    worker.unref();
    this.#worker = worker;
    let cause: unknown;
    worker.on('error', (error) => {
      cause = error;
    });
    worker.once('exit', () => {
      if (this.#worker === worker) this.#worker = undefined;
    });
    const reply = await this.#next(worker, beginMs);
    if (reply?.kind !== 'ready') throw new Error('The thread that reads YAML did not begin', { cause });
    return worker;
  }

  /** The next thing that it says; `undefined`, and the thread is gone, when that does not come in time. */
  async #next(worker: Worker, withinMs: number): Promise<YamlReply | undefined> {
    const waiting = childSignal();
    const said = new Promise<YamlReply | undefined>((resolve) => {
      const finish = (reply?: YamlReply): void => {
        worker.off('message', finish).off('exit', gone).off('error', gone);
        resolve(reply);
      };
      const gone = (): void => finish();
      worker.on('message', finish).on('exit', gone).on('error', gone);
      waiting.signal.addEventListener('abort', gone, { once: true });
    });
    worker.ref();
    const late = sleep(this.#options.clock, withinMs, waiting.signal).then(() => undefined);
    const reply = await Promise.race([said, late]);
    waiting.abort();
    worker.unref();
    if (reply === undefined) await this.#end();
    return reply;
  }

  async #end(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
  }
}

/** Asks the thread; `undefined` when it did not answer in time. */
export type YamlAsk = (question: YamlQuestion) => Promise<YamlReply | undefined>;

/**
 * Where the thread's file is: beside this one, in our sources and where they are built to; in the published package this
 * file is part of an entry or of what entries share.
 */
function workerUrl(): URL {
  const here = import.meta.url;
  if (here.endsWith('.ts')) return new URL('./yaml-worker.ts', here);
  const beside = new URL('./yaml-worker.js', import.meta.url);
  const others = ['./yaml/yaml-worker.js', '../yaml/yaml-worker.js'].map((path) => new URL(path, here));
  return others.find((url) => existsSync(url)) ?? beside;
}
