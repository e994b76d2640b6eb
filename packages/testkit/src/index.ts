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
export { writeSmallGguf } from './small-gguf.ts';
export { type TinyModelOptions, writeTinyModel } from './tiny-model.ts';
export { ensureTinyModels, type TinyModel } from './tiny-models.ts';
