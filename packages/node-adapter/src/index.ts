export type { Hub } from '@corral/core';
export { type Command, parseCommand } from './cli-options.js';
export { type CreateHubOptions, createHub } from './compose.js';
export { AdapterError, type AdapterErrorCode, adapterErrorCodes } from './errors.js';
export { type Api, type CreateApiOptions, createApi } from './http/api.js';
export { type Listening, listen } from './http/listen.js';
export {
  createLogger,
  type LogFields,
  type Logger,
  type LoggerOptions,
  type LogLevel,
  logLevels,
} from './logger.js';
export { BackendNetwork, type BackendNetworkOptions } from './probes/backend-network.js';
export type { LlamaCommand } from './process/llama-launcher.js';
export { type Serving, serve } from './serve.js';
export type { ServeOptions } from './serve-options.js';
export {
  type OpenTokenBookOptions,
  openTokenBook,
  type StoredTokenBook,
} from './tokens/stored-token-book.js';
export type { TokenBook, TokenHolder } from './tokens/token-book.js';
export { untilSignal } from './until-signal.js';
