export { createHub, type CreateHubOptions } from './compose.js';
export { AdapterError, type AdapterErrorCode, adapterErrorCodes } from './errors.js';
export { createLogger, type Logger, type LoggerOptions, type LogFields, type LogLevel, logLevels } from './logger.js';
export type { LlamaCommand } from './process/llama-launcher.js';
