export { CHROMIUM_ARGS, findBrowser, launchBrowser } from './browser.ts';
export { CORPUS } from './corpus.ts';
export { fakeLlamaCommand, fakeLlamaEnv } from './fake-llama-command.ts';
export { FAKE_LLAMA_FAULTS, type FakeLlamaFault } from './fake-llama-fault.ts';
export { FAULT_BEHAVIOURS, type FaultBehaviour } from './fault-behaviours.ts';
export { type Faultd, type FaultdOptions, type FaultTarget, startFaultd } from './faultd.ts';
export {
  encodeGgufHeader,
  type GgufEntry,
  type GgufFile,
  type GgufTensor,
  writeGguf,
} from './gguf-writer.ts';
export { type FindLlamaServerOptions, findLlamaServer, type LlamaServerInstall } from './llama-server.ts';
export {
  LlamaServerError,
  type LlamaServerErrorCode,
  LlamaServerMissingError,
} from './llama-server-error.ts';
export { type FindPrometheusOptions, findPrometheus, type PrometheusInstall } from './prometheus-install.ts';
export {
  type PrometheusOptions,
  type PrometheusServer,
  type QueriedSample,
  type ScrapedTarget,
  startPrometheus,
} from './prometheus-server.ts';
export type { RecordedModel, RecordedState } from './recorded/recorded-shape.ts';
export {
  RECORDED_KINDS,
  type RecordedKind,
  type RecordedServer,
  type RecordedServerOptions,
  startRecordedServer,
} from './recorded-servers.ts';
export { type FindRedisOptions, findRedis, type RedisInstall } from './redis-install.ts';
export { type RedisServer, startRedis } from './redis-server.ts';
export { writeSmallGguf } from './small-gguf.ts';
export { type TinyModelOptions, writeTinyModel } from './tiny-model.ts';
export { ensureTinyModels, type TinyModel } from './tiny-models.ts';
