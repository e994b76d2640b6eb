import { viewport } from '../viewport.js';

/** Rows in a block. A block that cannot be seen is neither laid out nor written. */
export const rowsInBlock = 25;

/** Blocks that count as seen before the browser has said anything. */
const firstBlocks = 2;

/** Knows which blocks of rows are on screen. */
export class RowBlocks {
  readonly #changed: () => void;
  readonly #watched = new Map<Element, { onScreen: boolean; readonly leave: () => void }>();
  #order: readonly Element[] = [];

  /** @param changed a block has come on screen: it is to be written */
  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** Whether the block at `index` can be seen, or soon will be. */
  isOnScreen(index: number): boolean {
    const block = this.#order[index];
    return (block && this.#watched.get(block)?.onScreen) ?? index < firstBlocks;
  }

  /** Watches these blocks and no others. */
  follow(blocks: Iterable<Element>): void {
    this.#order = [...blocks];
    const present = new Set(this.#order);
    for (const [block, { leave }] of this.#watched) {
      if (present.has(block)) continue;
      leave();
      this.#watched.delete(block);
    }
    this.#order.forEach((block, index) => {
      if (!this.#watched.has(block)) this.#watch(block, index < firstBlocks);
    });
  }

  #watch(block: Element, onScreen: boolean): void {
    const leave = viewport.watch(block, (isOnScreen) => {
      const watched = this.#watched.get(block);
      if (!watched || watched.onScreen === isOnScreen) return;
      watched.onScreen = isOnScreen;
      if (isOnScreen) this.#changed();
    });
    this.#watched.set(block, { onScreen, leave });
  }
}
