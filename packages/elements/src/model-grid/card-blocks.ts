import type { ModelStatus } from '@corral/core';
import { frames } from '../frame-scheduler.js';
import { ModelCard } from '../model-card/model-card.js';
import { viewport } from '../viewport.js';

/** Cards in a block. Three, two and one columns all divide it, so that blocks leave no holes. */
const blockSize = 18;
/** Blocks that are made at once; the rest follows, one a frame, so that a thousand cards do not hold the page up. */
const firstBlocks = 3;

/** What {@link CardBlocks} need of their grid. */
export interface CardBlocksOptions {
  /** The place of a model in the list, with its card in it: the same one as long as the model is there. */
  readonly item: (model: ModelStatus) => Element;
  /** These cards have come on screen. */
  readonly shown: (cards: readonly ModelCard[]) => void;
  /** More blocks are to be made: update again. */
  readonly more: () => void;
}

/**
 * Lays a list of cards out in blocks, each of which the browser lays out, or skips, as a whole; makes them bit by bit,
 * and knows which of them are on screen.
 */
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

  /** Makes everything up to a card with the next {@link show}: someone goes there. */
  mount(cardIndex: number): void {
    this.#mounted = Math.max(this.#mounted, Math.floor(cardIndex / blockSize) + 1);
  }

  /** Puts the cards of a list into their blocks, and watches these. */
  show(list: Element, models: readonly ModelStatus[]): void {
    this.#count = Math.ceil(models.length / blockSize);
    while (list.children.length < this.#count) list.append(newBlock());
    for (let index = 0; index < this.#count; index++) {
      const block = list.children[index] as Element;
      const part = models.slice(index * blockSize, (index + 1) * blockSize);
      // Only of a block to which no card can be added the size off screen is known.
      block.toggleAttribute('data-full', part.length === blockSize && this.#count > 1);
      place(block, index < this.#mounted ? part.map(this.#options.item) : []);
    }
    while (list.children.length > this.#count) list.lastElementChild?.remove();
    this.#follow(new Set(list.children));
    if (this.#mounted < this.#count) frames.schedule(this.#mountMore);
  }

  /** The cards that can be seen, or soon will be. */
  cardsOnScreen(): ModelCard[] {
    return [...this.#watched].flatMap(([block, { onScreen }]) => (onScreen ? cardsOf(block) : []));
  }

  /** Lets go of everything; {@link show} begins anew. */
  release(): void {
    this.#follow(new Set());
    frames.cancel(this.#mountMore);
  }

  #follow(blocks: ReadonlySet<Element>): void {
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

function newBlock(): Element {
  const block = document.createElement('div');
  block.className = 'block';
  block.role = 'presentation';
  return block;
}

/** Gives a block its children. What stays where it is is not touched: a card that moves loses scroll positions. */
function place(block: Element, children: readonly Element[]): void {
  children.forEach((child, index) => {
    const there = block.children[index] ?? null;
    if (there === child) return;
    // One that goes, or goes further back, makes room for all that follow it.
    if (there?.nextElementSibling === child) block.append(there);
    else block.insertBefore(child, there);
  });
  while (block.children.length > children.length) block.lastElementChild?.remove();
}

function cardsOf(block: Element): ModelCard[] {
  return Array.from(block.children, ({ firstElementChild }) => firstElementChild).filter(
    (card) => card instanceof ModelCard,
  );
}
