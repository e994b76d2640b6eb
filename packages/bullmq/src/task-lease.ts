import {
  type CallEstimate,
  type CallUsage,
  jobLogLevels,
  type Reservation,
  type TaskContext,
  type TaskFailure,
  type TaskResult,
} from '@corral/core';
import {
  type HubMessage,
  receivedFailure,
  type SaidBatch,
  sentFailure,
  type WorkerMessage,
} from './messages.js';

/** What a hub tells a worker, without the lease. */
export type HubWord = HubMessage extends infer Message
  ? Message extends HubMessage
    ? Omit<Message, 'lease'>
    : never
  : never;

/** What a {@link TaskLease} is made of. */
export interface TaskLeaseOptions {
  readonly lease: string;
  readonly context: TaskContext;
  /** Sends something to the worker that has it. Never throws. */
  readonly tell: (mailbox: string, word: HubWord) => void;
}

/**
 * One attempt of a task as the hub sees it: given to at most one worker, whose calls and words it passes on to the job.
 * When it has ended, nothing more of that worker is taken.
 */
export class TaskLease {
  readonly lease: string;
  /** Settles once. */
  readonly ended: Promise<TaskResult>;
  /** Where the worker that has it reads; `undefined` while none has. */
  worker: string | undefined;
  /** How often it was not found in the queue, one time after another. */
  misses = 0;
  readonly #context: TaskContext;
  readonly #tell: TaskLeaseOptions['tell'];
  /** Reservations of its calls; a message may come twice when a connection broke. */
  readonly #calls = new Map<number, Promise<Reservation>>();
  readonly #settle: { resolve(result: TaskResult): void; reject(failure: TaskFailure): void };

  constructor({ lease, context, tell }: TaskLeaseOptions) {
    this.lease = lease;
    this.#context = context;
    this.#tell = tell;
    const { promise, ...settle } = withResolvers<TaskResult>();
    this.ended = promise;
    this.#settle = settle;
    // Whoever waits for it hears of it; it may end before somebody does.
    promise.catch(() => {});
  }

  /** Takes what its worker says. */
  take(message: WorkerMessage): void {
    const { from } = message;
    if (message.kind === 'begin') this.worker ??= from;
    // Only one worker may have it: the one that said `begin` first.
    if (from === this.worker) this.#follow(message);
    else this.#tell(from, { kind: 'gone' });
  }

  /** Asks its worker to stop. */
  cancel(): void {
    if (this.worker !== undefined) this.#tell(this.worker, { kind: 'cancel' });
  }

  /** Ends it without its worker. */
  lose(failure: TaskFailure): void {
    this.#settle.reject(failure);
  }

  #follow(message: WorkerMessage): void {
    switch (message.kind) {
      case 'begin':
        this.#tell(message.from, { kind: this.#context.signal.aborted ? 'cancel' : 'go' });
        break;
      case 'said':
        this.#pass(message);
        break;
      case 'reserve':
        void this.#reserve(message.call, message.estimate);
        break;
      case 'settle':
        void this.#settleCall(message.call, message.usage);
        break;
      case 'result':
        this.#settle.resolve(message.result);
        break;
      case 'failure':
        this.#settle.reject(receivedFailure(message.failure));
        break;
    }
  }

  #pass({ lines, progress }: SaidBatch): void {
    for (const [level, text] of lines) if (jobLogLevels.includes(level)) this.#context.log[level](text);
    if (progress) this.#context.report(progress);
  }

  async #reserve(call: number, estimate: CallEstimate): Promise<void> {
    const { worker = '' } = this;
    try {
      const reserved = this.#calls.get(call) ?? this.#context.budget.reserve(estimate);
      this.#calls.set(call, reserved);
      const { maxOutputTokens } = await reserved;
      this.#tell(worker, { kind: 'granted', call, maxOutputTokens });
    } catch (error) {
      this.#tell(worker, { kind: 'refused', call, failure: sentFailure(error) });
    }
  }

  async #settleCall(call: number, usage: CallUsage): Promise<void> {
    try {
      await (await this.#calls.get(call))?.settle(usage);
    } catch {
      // What was set aside counts as used; the worker has nothing to do about it.
    }
    this.#tell(this.worker ?? '', { kind: 'settled', call });
  }
}

interface Resolvers<Value> {
  readonly promise: Promise<Value>;
  readonly resolve: (value: Value) => void;
  readonly reject: (failure: TaskFailure) => void;
}

function withResolvers<Value>(): Resolvers<Value> {
  let settle: Omit<Resolvers<Value>, 'promise'> | undefined;
  const promise = new Promise<Value>((resolve, reject) => {
    settle = { resolve, reject };
  });
  return { promise, ...(settle as Omit<Resolvers<Value>, 'promise'>) };
}
