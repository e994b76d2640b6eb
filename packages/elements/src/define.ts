/** Registers every element under its own tag. This is the module behind the script tag. */
import './corral-provider/define.js';
import './model-sparkline/define.js';
import './model-card/define.js';
import './model-grid/define.js';
import { defineOnDemand } from './lazy-define.js';

// The other elements are loaded when a card or a grid opens them, or when a page has them in its own markup.
defineOnDemand({
  'model-settings, model-details': () => import('./model-card/panels.js'),
  'model-toolbar': () => import('./model-grid/toolbar.js'),
  'attach-server, endpoint-list': () => import('./model-grid/servers.js'),
  'llm-registry-table': () => import('./llm-registry-table/fleet.js'),
  'metrics-panel, metrics-chart': () => import('./metrics-chart/metrics.js'),
  'job-form, job-list, budget-bar, task-card': () => import('./job-list/jobs.js'),
  'job-view, log-stream': () => import('./job-view/view.js'),
  'model-telemetry': () => import('./model-telemetry/calls.js'),
});
