import { AttachServer } from './attach-server/attach-server.js';
import { BudgetBar } from './budget-bar/budget-bar.js';
import { CorralProvider } from './corral-provider/corral-provider.js';
import { EndpointList } from './endpoint-list/endpoint-list.js';
import { JobForm } from './job-form/job-form.js';
import { JobList } from './job-list/job-list.js';
import { JobView } from './job-view/job-view.js';
import { LlmRegistryTable } from './llm-registry-table/llm-registry-table.js';
import { LogStream } from './log-stream/log-stream.js';
import { MetricsChart } from './metrics-chart/metrics-chart.js';
import { MetricsPanel } from './metrics-panel/metrics-panel.js';
import type { CardPanels } from './model-card/card-panels.js';
import { ModelCard } from './model-card/model-card.js';
import { ModelDetailsPanel } from './model-details/model-details.js';
import type { ServerElements } from './model-grid/grid-servers.js';
import { GridTools } from './model-grid/grid-tools.js';
import { type GridParts, ModelGrid } from './model-grid/model-grid.js';
import { ModelSettingsForm } from './model-settings/model-settings.js';
import { ModelSparkline } from './model-sparkline/model-sparkline.js';
import { ModelTelemetryPanel } from './model-telemetry/model-telemetry.js';
import { ModelToolbar } from './model-toolbar/model-toolbar.js';
import { TaskCard } from './task-card/task-card.js';

/** How elements are registered. */
export interface DefineAllOptions {
  /** Put before every tag, such as `acme-` for `<acme-model-card>`. Default: nothing. */
  readonly prefix?: string;
}

/**
 * Registers every element, under tags with a prefix where a page has other elements of these names. Classes of its own
 * are registered, so that several prefixes can live side by side.
 * @throws DOMException `NotSupportedError` when a tag is taken, `SyntaxError` when the prefix makes no legal tag
 */
export function defineAll({ prefix = '' }: DefineAllOptions = {}): void {
  class Sparkline extends ModelSparkline {}
  class Settings extends ModelSettingsForm {}
  class Details extends ModelDetailsPanel {}
  class Card extends ModelCard {
    static override sparklineClass = Sparkline;
    static override loadPanels = async (): Promise<CardPanels> => ({
      ModelSettingsForm: Settings,
      ModelDetailsPanel: Details,
    });
  }
  class Attach extends AttachServer {}
  class Endpoints extends EndpointList {}
  class Toolbar extends ModelToolbar {}
  class Grid extends ModelGrid {
    static override cardClass = Card;
    static override loadParts = async (): Promise<GridParts> => ({ GridTools, ModelToolbar: Toolbar });
    static override loadServers = async (): Promise<ServerElements> => ({
      AttachServer: Attach,
      EndpointList: Endpoints,
    });
  }
  customElements.define(`${prefix}corral-provider`, class extends CorralProvider {});
  customElements.define(`${prefix}model-sparkline`, Sparkline);
  customElements.define(`${prefix}model-settings`, Settings);
  customElements.define(`${prefix}model-details`, Details);
  customElements.define(`${prefix}model-card`, Card);
  customElements.define(`${prefix}attach-server`, Attach);
  customElements.define(`${prefix}endpoint-list`, Endpoints);
  customElements.define(`${prefix}model-toolbar`, Toolbar);
  customElements.define(`${prefix}model-grid`, Grid);
  customElements.define(`${prefix}llm-registry-table`, class extends LlmRegistryTable {});
  customElements.define(`${prefix}metrics-panel`, class extends MetricsPanel {});
  customElements.define(`${prefix}metrics-chart`, class extends MetricsChart {});
  customElements.define(`${prefix}budget-bar`, class extends BudgetBar {});
  customElements.define(`${prefix}job-form`, class extends JobForm {});
  customElements.define(`${prefix}job-list`, class extends JobList {});
  class Task extends TaskCard {}
  class Log extends LogStream {}
  customElements.define(`${prefix}task-card`, Task);
  customElements.define(`${prefix}log-stream`, Log);
  customElements.define(
    `${prefix}job-view`,
    class extends JobView {
      static override logClass = Log;
      static override taskClass = Task;
    },
  );
  customElements.define(`${prefix}model-telemetry`, class extends ModelTelemetryPanel {});
}
