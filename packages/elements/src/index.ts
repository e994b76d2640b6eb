export { AttachServer } from './attach-server/attach-server.js';
export { BudgetBar } from './budget-bar/budget-bar.js';
export { CorralProvider } from './corral-provider/corral-provider.js';
export { type DefineAllOptions, defineAll } from './define-all.js';
export { EndpointList } from './endpoint-list/endpoint-list.js';
export {
  EndpointAddEvent,
  EndpointCheckEvent,
  EndpointRemoveEvent,
  ModelAttachEvent,
} from './events/endpoint-events.js';
export { IntentEvent } from './events/intent-event.js';
export {
  JobCancelEvent,
  JobDeleteEvent,
  JobOpenEvent,
  JobResumeEvent,
  JobSubmitEvent,
  JobValidateEvent,
} from './events/job-events.js';
export {
  ModelRestartEvent,
  ModelSettingsChangeEvent,
  ModelStartEvent,
  ModelStopEvent,
} from './events/model-events.js';
export { ModelsRescanEvent, ModelsStartAllEvent, ModelsStopAllEvent } from './events/models-events.js';
export { AttachToggleEvent, ModelsArrangeEvent } from './events/toolbar-events.js';
export { hubContext } from './hub-context.js';
export { JobForm } from './job-form/job-form.js';
export { JobList } from './job-list/job-list.js';
export { JobView } from './job-view/job-view.js';
export { LlmRegistryTable } from './llm-registry-table/llm-registry-table.js';
export { LogStream } from './log-stream/log-stream.js';
export { type MetricPreset, metricPresets } from './metric-presets.js';
export type { ChartSeries } from './metrics-chart/chart-series.js';
export { MetricsChart } from './metrics-chart/metrics-chart.js';
export { MetricsPanel } from './metrics-panel/metrics-panel.js';
export type { CardPanels } from './model-card/card-panels.js';
export { ModelCard } from './model-card/model-card.js';
export { ModelDetailsPanel } from './model-details/model-details.js';
export type { ServerElements } from './model-grid/grid-servers.js';
export { type GridParts, ModelGrid } from './model-grid/model-grid.js';
export { ModelSettingsForm } from './model-settings/model-settings.js';
export { ModelSparkline } from './model-sparkline/model-sparkline.js';
export { ModelTelemetryPanel } from './model-telemetry/model-telemetry.js';
export {
  type Choice,
  type SortName,
  type StateGroup,
  sortNames,
  stateGroups,
} from './model-toolbar/arrangement.js';
export { ModelToolbar } from './model-toolbar/model-toolbar.js';
export { TaskCard } from './task-card/task-card.js';
