import { ModelCard } from '../model-card/model-card.js';

/** What the keys of a grid lead to. */
export interface GridKeysOptions {
  /** The models that are shown, by their ids, in their order. */
  readonly ids: () => readonly string[];
  /** The focus has come to a card, or to something in it. */
  readonly entered: (modelId: string) => void;
  /** Someone goes to a card. */
  readonly goTo: (modelId: string, index: number) => void;
}

/** The keys of a grid: arrows, Home and End go from card to card, Enter goes into one and Escape back out. */
export class GridKeys {
  readonly #options: GridKeysOptions;

  constructor(root: ShadowRoot, options: GridKeysOptions) {
    this.#options = options;
    root.addEventListener('keydown', (event) => this.#keydown(event as KeyboardEvent));
    root.addEventListener('focusin', (event) => {
      const modelId = itemOf(event)?.dataset['id'];
      if (modelId !== undefined) options.entered(modelId);
    });
  }

  #keydown(event: KeyboardEvent): void {
    const item = itemOf(event);
    if (!item || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.composedPath()[0] !== item) {
      if (event.key !== 'Escape') return;
      event.preventDefault();
      item.focus();
      return;
    }
    const { firstElementChild } = item;
    if (event.key === 'Enter' && firstElementChild instanceof ModelCard) {
      event.preventDefault();
      firstElementChild.focusFirstAction();
      return;
    }
    const ids = this.#options.ids();
    const to = nextIndex(event.key, ids.indexOf(item.dataset['id'] ?? ''), ids.length, item);
    const modelId = to === undefined ? undefined : ids[to];
    if (to === undefined || modelId === undefined) return;
    event.preventDefault();
    this.#options.goTo(modelId, to);
  }
}

/** The place in the list that an event came from. */
function itemOf(event: Event): HTMLElement | undefined {
  return event
    .composedPath()
    .find((node): node is HTMLElement => node instanceof HTMLElement && node.role === 'listitem');
}

/** Where a key leads from a card, by the columns that there are; `undefined` for other keys and at the edges. */
function nextIndex(key: string, from: number, count: number, item: Element): number | undefined {
  const { gridTemplateColumns, direction } = getComputedStyle(item.parentElement ?? item);
  const columns = Math.max(1, gridTemplateColumns.split(' ').length);
  const forward = direction === 'rtl' ? -1 : 1;
  const lastRow = Math.floor((count - 1) / columns);
  const below = Math.floor(from / columns) < lastRow ? Math.min(from + columns, count - 1) : from;
  const targets: Readonly<Record<string, number>> = {
    ArrowRight: from + forward,
    ArrowLeft: from - forward,
    ArrowDown: below,
    ArrowUp: from - columns,
    Home: 0,
    End: count - 1,
  };
  const to = Object.hasOwn(targets, key) ? targets[key] : undefined;
  return to === undefined || to < 0 || to >= count || to === from ? undefined : to;
}
