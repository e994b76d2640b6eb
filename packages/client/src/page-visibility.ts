import { type Clock, childSignal, type TimerHandle } from '@corral/core';

/** A page must be hidden this long before its stream is let go; switching tabs back and forth costs nothing. */
const hiddenGraceMs = 5000;

/**
 * Tells when the page is hidden for good and when it is seen again. Where there is no page it says nothing.
 * @returns ends it
 */
export function watchVisibility(clock: Clock, onChange: (visible: boolean) => void): () => void {
  if (typeof document !== 'object') return () => {};
  let timer: TimerHandle | undefined;
  let visible = true;
  const look = (): void => {
    clock.clearTimeout(timer);
    if (document.visibilityState === 'hidden') {
      timer = clock.setTimeout(() => {
        visible = false;
        onChange(false);
      }, hiddenGraceMs);
    } else if (!visible) {
      visible = true;
      onChange(true);
    }
  };
  document.addEventListener('visibilitychange', look);
  look();
  return () => {
    clock.clearTimeout(timer);
    document.removeEventListener('visibilitychange', look);
  };
}

/** The times in which the page is seen, for what rests while it is not. Where there is no page, that is always. */
export class PageTimes {
  readonly #over: AbortSignal;
  readonly #unwatch: () => void;
  #time: ReturnType<typeof childSignal>;
  #wake: () => void = () => {};

  /** @param over aborts when nobody asks any more */
  constructor(clock: Clock, over: AbortSignal) {
    this.#over = over;
    this.#time = childSignal(over);
    this.#unwatch = watchVisibility(clock, (visible) => {
      if (visible) this.#time = childSignal(over);
      else this.#time.abort();
      this.#wake();
    });
    over.addEventListener('abort', () => this.#wake(), { once: true });
  }

  /** Waits until the page is seen. @returns a signal that aborts when it is hidden for good, or all is over */
  async next(): Promise<AbortSignal> {
    while (this.#time.signal.aborted && !this.#over.aborted)
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    return this.#time.signal;
  }

  dispose(): void {
    this.#unwatch();
    this.#time.dispose();
  }
}
