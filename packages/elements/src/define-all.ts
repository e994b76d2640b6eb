import { CorralProvider } from './corral-provider/corral-provider.js';
import { ModelCard } from './model-card/model-card.js';
import { ModelGrid } from './model-grid/model-grid.js';
import { ModelSparkline } from './model-sparkline/model-sparkline.js';

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
  class Card extends ModelCard {
    static override sparklineClass = Sparkline;
  }
  class Grid extends ModelGrid {
    static override cardClass = Card;
  }
  customElements.define(`${prefix}corral-provider`, class extends CorralProvider {});
  customElements.define(`${prefix}model-sparkline`, Sparkline);
  customElements.define(`${prefix}model-card`, Card);
  customElements.define(`${prefix}model-grid`, Grid);
}
