export type { Hub } from '@corral/core';
export { type Command, parseCommand } from './cli-options.js';
export { type CreateHubOptions, createHub } from './compose.js';
export { AdapterError, type AdapterErrorCode, adapterErrorCodes } from './errors.js';
export { type Api, type CreateApiOptions, createApi } from './http/api.js';
export { type Listening, listen } from './http/listen.js';
export type { CallLimits } from './jobs/llm-executor/call-options.js';
export type {
  CallTarget,
  CallTargetModel,
  CallTargets,
  StaticTarget,
} from './jobs/llm-executor/call-target.js';
export type { ChatMessage } from './jobs/llm-executor/chat-dialect.js';
export { HubCallTargets, type HubCallTargetsOptions } from './jobs/llm-executor/hub-call-targets.js';
export {
  createLlmExecutor,
  type LlmExecutor,
  type LlmExecutorOptions,
} from './jobs/llm-executor/llm-executor.js';
export type { JudgeFacts } from './jobs/llm-executor/prompts/judge.js';
export type { PlanFacts } from './jobs/llm-executor/prompts/plan.js';
export { defaultPrompts, type Prompts } from './jobs/llm-executor/prompts/prompts.js';
export type { TaskFacts } from './jobs/llm-executor/prompts/task.js';
export { type BridgedConsole, bridgeConsole } from './jobs/log-bridge/bridge-console.js';
export { type PinoDestination, pinoBridge } from './jobs/log-bridge/pino-bridge.js';
export { type WinstonTransport, winstonTransport } from './jobs/log-bridge/winston-transport.js';
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
export { type InstrumentOptions, instrument } from './telemetry/instrument.js';
export { type ModelPrice, ModelPrices, parseModelPrices } from './telemetry/model-prices.js';
export {
  type OpenTokenBookOptions,
  openTokenBook,
  type StoredTokenBook,
} from './tokens/stored-token-book.js';
export type { TokenBook, TokenHolder } from './tokens/token-book.js';
export { untilSignal } from './until-signal.js';
export { YamlJobReader, type YamlJobReaderOptions } from './yaml/yaml-job-reader.js';
