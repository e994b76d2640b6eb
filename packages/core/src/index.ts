export { type ChildSignal, childSignal } from './child-signal.js';
export { type Clock, isoTime, sleep, systemClock, type TimerHandle } from './clock.js';
export { CorralError, type CorralErrorCode, type CorralErrorOptions, corralErrorCodes } from './errors.js';
export { type AnyListener, EventHub, type Unsubscribe } from './event-hub.js';
export { type HubConnection, type HubEvents, type WireEventName, wireEventNames } from './events.js';
export { Hub, type HubOptions, type HubSnapshot } from './hub/hub.js';
export type { HubCommands, HubFace, HubView } from './hub/hub-view.js';
export { limits } from './limits.js';
export { CounterRate, type CounterReading } from './metrics/counter-rate.js';
export {
  assignTier,
  byTierThenName,
  defaultModelSettings,
  effectiveTier,
  type ModelAccess,
  type ModelControl,
  type ModelFile,
  type ModelSettings,
  type ModelStatus,
  type ModelTier,
  modelTiers,
  type RejectedFile,
} from './models/model.js';
export { ModelManager, type ModelManagerOptions } from './models/model-manager.js';
export {
  type ModelMetric,
  type ModelSample,
  ModelSeries,
  type ModelSeriesView,
  type ModelSeriesWire,
  modelMetrics,
  type SeriesView,
} from './models/model-series.js';
export { isRunning, type ModelState, modelStates, modelTransitions } from './models/model-state.js';
export { defaultPortRange, type PortRange } from './models/port-range.js';
export {
  LaunchFailure,
  type LaunchRequest,
  type ModelSource,
  type RequestTally,
  type ScanResult,
  type ServerExit,
  type ServerLauncher,
  type ServerProbe,
  type ServerProber,
  type ServerProcess,
  type ServerReading,
} from './models/ports.js';
export { defaultRestartPolicy, type RestartPolicy } from './models/restart-policy.js';
export { RingBuffer } from './ring-buffer.js';
