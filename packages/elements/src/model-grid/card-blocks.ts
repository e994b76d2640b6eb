import type { ModelStatus } from '@corral/core';
import { frames } from '../frame-scheduler.js';
import { ModelCard } from '../model-card/model-card.js';
import { viewport } from '../viewport.js';

/** Cards in a block. Three, two and one columns all divide it, so that blocks leave no holes. */
const blockSize = 18;
/** Blocks that are made at once; the rest follows, one a frame, so that a thousand cards do not hold the page up. */
const firstBlocks = 3;

/** A part of the cards that the browser lays out, or skips, as a whole. */
export interface CardBlock {
  readonly index: number;
  readonly models: readonly ModelStatus[];
  /** Whether no card can be added to it; only then its size off screen is known. */
  readonly isFull: boolean;
  /** Whether its cards are made already. */
  readonly isMounted: boolean;
}

/** What {@link CardBlocks} tell their grid. */
export interface CardBlocksOptions {
  /** These cards have come on screen. */
  readonly shown: (cards: readonly ModelCard[]) => void;
  /** More blocks are to be made: render again. */
  readonly more: () => void;
}

/** Cuts a list of cards into blocks, makes them bit by bit, and knows which of them are on screen. */
export class CardBlocks {
  readonly #options: CardBlocksOptions;
  readonly #watched = new Map<Element, { onScreen: boolean; readonly leave: () => void }>();
  #mounted = firstBlocks;
  #count = 0;
  readonly #mountMore = {
    draw: (): void => {
      this.#mounted += 1;
      this.#options.more();
    },
  };

  constructor(options: CardBlocksOptions) {
    this.#options = options;
  }

  /** The blocks of a list. */
  of(models: readonly ModelStatus[]): CardBlock[] {
    this.#count = Math.ceil(models.length / blockSize);
    return Array.from({ length: this.#count }, (_, index) => {
      const part = models.slice(index * blockSize, (index + 1) * blockSize);
      return {
        index,
        models: part,
        isFull: part.length === blockSize && this.#count > 1,
        isMounted: index < this.#mounted,
      };
    });
  }

  /** Makes everything up to a card now: someone goes there. */
  mount(cardIndex: number): void {
    this.#mounted = Math.max(this.#mounted, Math.floor(cardIndex / blockSize) + 1);
  }

  /** Watches the blocks that were rendered, and lets go of those that were not. */
  follow(root: ParentNode | null): void {
    const blocks = new Set(root?.querySelectorAll('.block'));
    for (const [block, { leave }] of this.#watched) {
      if (blocks.has(block)) continue;
      leave();
      this.#watched.delete(block);
    }
    let index = 0;
    for (const block of blocks) {
      if (!this.#watched.has(block)) this.#watch(block, index < firstBlocks);
      const onScreen = this.#watched.get(block)?.onScreen ?? false;
      for (const card of cardsOf(block)) card.setOnScreen(onScreen);
      index += 1;
    }
    if (this.#mounted < this.#count) frames.schedule(this.#mountMore);
  }

  /** The cards that can be seen, or soon will be. */
  cardsOnScreen(): ModelCard[] {
    return [...this.#watched].flatMap(([block, { onScreen }]) => (onScreen ? cardsOf(block) : []));
  }

  /** Lets go of everything; {@link follow} begins anew. */
  release(): void {
    for (const { leave } of this.#watched.values()) leave();
    this.#watched.clear();
    frames.cancel(this.#mountMore);
  }

  #watch(block: Element, onScreen: boolean): void {
    const leave = viewport.watch(block, (isOnScreen) => {
      const watched = this.#watched.get(block);
      if (!watched || watched.onScreen === isOnScreen) return;
      watched.onScreen = isOnScreen;
      const cards = cardsOf(block);
      if (isOnScreen) this.#options.shown(cards);
      for (const card of cards) card.setOnScreen(isOnScreen);
    });
    this.#watched.set(block, { onScreen, leave });
  }
}

function cardsOf(block: Element): ModelCard[] {
  return Array.from(block.children, cardIn).filter((card) => card !== undefined);
}

/** The card in its place in the list. */
export function cardIn(item: Element): ModelCard | undefined {
  const { firstElementChild } = item;
  return firstElementChild instanceof ModelCard ? firstElementChild : undefined;
}

/** The place in the list that an event came from. */
export function itemOf(event: Event): HTMLElement | undefined {
  return event
    .composedPath()
    .find((node): node is HTMLElement => node instanceof HTMLElement && node.role === 'listitem');
}

/** Where a key leads from a card, by the columns that there are; `undefined` for other keys and at the edges. */
export function nextIndex(key: string, from: number, count: number, item: Element): number | undefined {
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
