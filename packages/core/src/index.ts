export { type ChildSignal, childSignal } from './child-signal.js';
export { type Clock, isoTime, sleep, systemClock, type TimerHandle } from './clock.js';
export { CorralError, type CorralErrorCode, type CorralErrorOptions, corralErrorCodes } from './errors.js';
export { type AnyListener, EventHub, type Unsubscribe } from './event-hub.js';
export {
  type EndpointCheck,
  type HubConnection,
  type HubEvents,
  type WireEventName,
  wireEventNames,
} from './events.js';
export { type AccessScope, accessScopes, mayDo } from './hub/access-scope.js';
export { Hub, type HubOptions, type HubSnapshot } from './hub/hub.js';
export type { HubActivity, HubCommands, HubFace, HubView } from './hub/hub-view.js';
export { briefJob } from './jobs/brief-job.js';
export { inProcessDispatcher } from './jobs/in-process-dispatcher.js';
export type {
  Job,
  JobDetail,
  JobListQuery,
  JobPage,
  JobRaise,
  JobRequest,
  JobSource,
  JobSpec,
  JobTask,
  JobTaskResult,
  JobText,
  TaskSpec,
} from './jobs/job.js';
export {
  type JobDoneEvent,
  type JobEvent,
  type JobEventBatch,
  type JobEventsOptions,
  type JobLogEvent,
  type JobLogLevel,
  type JobTaskEvent,
  jobLogLevels,
} from './jobs/job-event.js';
export { JobRunner } from './jobs/job-runner.js';
export type { JobRunnerOptions } from './jobs/job-runner-options.js';
export { checkJobRequest } from './jobs/job-spec.js';
export {
  hasEnded,
  isFinished,
  type JobReason,
  type JobStatus,
  jobReasons,
  jobStatuses,
  jobTransitions,
  type TaskFailureCode,
  type TaskStatus,
  taskFailureCodes,
  taskStatuses,
  taskTransitions,
} from './jobs/job-state.js';
export type { JobsFace } from './jobs/jobs-face.js';
export {
  type CallBudget,
  type CallEstimate,
  type CallUsage,
  isTaskFailureCode,
  type JobChange,
  type JobContext,
  type JobExecutor,
  type JobLogger,
  type JobStore,
  type JobTextReader,
  type Reservation,
  type StoredJob,
  type StoredReservation,
  type StoredTask,
  type TaskContext,
  type TaskDispatcher,
  TaskFailure,
  type TaskInput,
  type TaskProgress,
  type TaskRequest,
  type TaskResult,
  type TokenPrice,
} from './jobs/ports.js';
export { limits } from './limits.js';
export { CounterRate, type CounterReading } from './metrics/counter-rate.js';
export { fleetBackends } from './metrics/fleet-backends.js';
export { MetricsCollector, type MetricsCollectorOptions } from './metrics/metrics-collector.js';
export {
  type MetricsBackend,
  type MetricsField,
  type MetricsReading,
  type MetricsSnapshot,
  type MetricsWindow,
  metricsFields,
} from './metrics/metrics-snapshot.js';
export type { GgufFacts } from './models/gguf-facts.js';
export { type ParsedCommand, parseLlamaCommand } from './models/llama-command.js';
export {
  allowedFlags,
  checkFlags,
  type FlagProblem,
} from './models/llama-flags.js';
export {
  assignTier,
  byTierThenName,
  effectiveTier,
  type LastExit,
  type ModelAccess,
  type ModelControl,
  type ModelFile,
  type ModelLoad,
  type ModelPatch,
  type ModelStatus,
  type ModelTier,
  modelControls,
  modelTiers,
  type RejectedFile,
  type RejectionCode,
  rejectionCodes,
  type SettingsPatch,
} from './models/model.js';
export type { ModelDefaults } from './models/model-choices.js';
export {
  type MeasuredValue,
  type ModelDetails,
  type ModelValueName,
  modelValueNames,
} from './models/model-details.js';
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
export {
  defaultModelSettings,
  type FieldProblems,
  type ModelSettings,
  type ModelSettingsOverrides,
  type NumericSetting,
  numericSettings,
  settingLimits,
  settingsProblems,
} from './models/model-settings.js';
export { isRunning, type ModelState, modelStates, modelTransitions } from './models/model-state.js';
export { defaultPortRange, type PortRange } from './models/port-range.js';
export {
  type BulkProgress,
  LaunchFailure,
  type LaunchRequest,
  type LeftRunning,
  type ModelChoices,
  type ModelSource,
  type ModelStore,
  type ProbeHints,
  type Progress,
  type RequestTally,
  type ScanResult,
  type ServerExit,
  type ServerLauncher,
  type ServerMemory,
  type ServerNumbers,
  type ServerProbe,
  type ServerProber,
  type ServerProcess,
  type ServerReading,
  type StoredSeries,
} from './models/ports.js';
export { defaultRestartPolicy, type RestartPolicy } from './models/restart-policy.js';
export type { AgentReport, ReportedEndpoint } from './registry/agent-report.js';
export type { AttachRequest } from './registry/attached-endpoints.js';
export {
  addressText,
  type Endpoint,
  type EndpointAddress,
  type EndpointCondition,
  type EndpointKind,
  type EndpointModel,
  type EndpointModelState,
  type EndpointOrigin,
  type EndpointStore,
  endpointConditions,
  endpointKinds,
  type StoredEndpoint,
} from './registry/endpoint.js';
export { type FleetModel, fleetSummary } from './registry/fleet-summary.js';
export type { HostObservation } from './registry/host-book.js';
export type { GpuResources, HostResources, ResourceReading } from './registry/host-resources.js';
export { LlmRegistry, type LlmRegistryOptions, type RegistrySnapshot } from './registry/llm-registry.js';
export {
  type AddressParts,
  type Backend,
  type BackendConnector,
  BackendFailure,
  type BackendModelReading,
  type BackendReading,
  type BackendTarget,
} from './registry/ports.js';
export type { RegisterRequest } from './registry/watched-endpoints.js';
export { RingBuffer } from './ring-buffer.js';
export { Sampler, type SamplerTarget } from './sampler.js';
export type {
  ModelCall,
  ModelTelemetryEntry,
  StoredTelemetry,
  TelemetryKey,
  TelemetryStore,
} from './telemetry/model-call.js';
export { ModelTelemetry, type ModelTelemetryOptions } from './telemetry/model-telemetry.js';
