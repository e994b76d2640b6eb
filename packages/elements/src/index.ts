export { CorralProvider } from './corral-provider/corral-provider.js';
export { type DefineAllOptions, defineAll } from './define-all.js';
export { IntentEvent } from './events/intent-event.js';
export { ModelRestartEvent, ModelStartEvent, ModelStopEvent } from './events/model-events.js';
export { hubContext } from './hub-context.js';
export { type MetricPreset, metricPresets } from './metric-presets.js';
export { ModelCard } from './model-card/model-card.js';
export { ModelGrid } from './model-grid/model-grid.js';
export { ModelSparkline } from './model-sparkline/model-sparkline.js';
