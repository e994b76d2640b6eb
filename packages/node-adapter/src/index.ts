export { createHub, type CreateHubOptions } from './compose.js';
export { AdapterError, type AdapterErrorCode, adapterErrorCodes } from './errors.js';
export { type Api, createApi, type CreateApiOptions } from './http/api.js';
export { type Listening, listen } from './http/listen.js';
export { createLogger, type Logger, type LoggerOptions, type LogFields, type LogLevel, logLevels } from './logger.js';
export type { LlamaCommand } from './process/llama-launcher.js';
export type { ServeOptions } from './cli-options.js';
export { serve, type Serving } from './serve.js';
