export { bullmqDispatcher } from './bullmq-dispatcher.js';
export { QueueError, type QueueErrorCode, queueErrorCodes } from './queue-error.js';
export type { QueueLogger, QueueOptions } from './queue-options.js';
export { type StartWorkerOptions, startWorker, type TaskWorker } from './start-worker.js';
