import {
  type CallEstimate,
  type CallUsage,
  isTaskFailureCode,
  type JobLogLevel,
  TaskFailure,
  type TaskFailureCode,
  type TaskProgress,
  type TaskRequest,
  type TaskResult,
} from '@corral/core';

/** What waits in the queue: one attempt of a task, and the lease under which it may be carried out, once. */
export interface LeasedJob {
  readonly lease: string;
  /** The mailbox of the hub that gave it. */
  readonly hub: string;
  readonly task: TaskRequest;
}

/** An error on its way; without its stack, and without what it quotes. */
export interface SentFailure {
  readonly code: TaskFailureCode;
  readonly message: string;
  readonly retryable: boolean;
}

/** What a task has said since the last time. */
export interface SaidBatch {
  readonly lines: readonly (readonly [level: JobLogLevel, text: string])[];
  readonly progress: TaskProgress | null;
}

/** What a worker tells a hub about one lease, in this order: `begin`, then `said`, `reserve` and `settle`, then an end. */
export type WorkerMessage = { readonly lease: string; readonly from: string } & (
  | { readonly kind: 'begin' }
  | ({ readonly kind: 'said' } & SaidBatch)
  | { readonly kind: 'reserve'; readonly call: number; readonly estimate: CallEstimate }
  | { readonly kind: 'settle'; readonly call: number; readonly usage: CallUsage }
  | { readonly kind: 'result'; readonly result: TaskResult }
  | { readonly kind: 'failure'; readonly failure: SentFailure }
);

/** What a hub tells a worker about one lease. */
export type HubMessage = { readonly lease: string } & (
  | {
      /** It may begin; it is called off; nobody wants it any more. */
      readonly kind: 'go' | 'cancel' | 'gone';
    }
  | { readonly kind: 'granted'; readonly call: number; readonly maxOutputTokens: number }
  | { readonly kind: 'refused'; readonly call: number; readonly failure: SentFailure }
  | { readonly kind: 'settled'; readonly call: number }
);

/** Characters of the message of an error that travels. */
const messageLength = 1000;

/** An error as it travels. Of errors of others only the name is told: they may quote anything. */
export function sentFailure(error: unknown): SentFailure {
  const unknown = { code: 'executor_failed', retryable: false } as const;
  if (!(error instanceof Error)) return { ...unknown, message: 'The executor failed' };
  // By shape: it may come from another copy of core.
  if (error.name !== 'TaskFailure' || !('code' in error) || !isTaskFailureCode(error.code))
    return { ...unknown, message: `The executor failed with ${error.name.slice(0, 100)}` };
  const retryable = 'retryable' in error && error.retryable === true;
  return { code: error.code, retryable, message: error.message.slice(0, messageLength) };
}

/** The error that a {@link SentFailure} stands for. */
export function receivedFailure({ code, message, retryable }: SentFailure): TaskFailure {
  return new TaskFailure(isTaskFailureCode(code) ? code : 'executor_failed', message, { retryable });
}

/** Reads what a worker says; `undefined` where it makes no sense. */
export function readWorkerMessage(text: string): WorkerMessage | undefined {
  const message = readMessage(text);
  return message && typeof message['from'] === 'string' ? (message as unknown as WorkerMessage) : undefined;
}

/** Reads what a hub says; `undefined` where it makes no sense. */
export function readHubMessage(text: string): HubMessage | undefined {
  return readMessage(text) as HubMessage | undefined;
}

/** A mailbox also has entries that only create it. */
function readMessage(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const message = (JSON.parse(text) ?? {}) as Readonly<Record<string, unknown>>;
    return typeof message['lease'] === 'string' ? message : undefined;
  } catch {
    return undefined;
  }
}
