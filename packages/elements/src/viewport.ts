/** Hears whether an element is on screen, or close to it. */
export type ViewportListener = (onScreen: boolean) => void;

/** Tells many elements whether they are on screen, with one observer for all. */
export class Viewport {
  readonly #listeners = new Map<Element, ViewportListener>();
  #observer: IntersectionObserver | undefined;

  /** Watches an element until the answer is called. */
  watch(element: Element, listener: ViewportListener): () => void {
    // A screen's height of margin: what scrolls in is drawn before it is seen.
    this.#observer ??= new IntersectionObserver((entries) => this.#hear(entries), { rootMargin: '50%' });
    this.#listeners.set(element, listener);
    this.#observer.observe(element);
    return () => {
      this.#listeners.delete(element);
      this.#observer?.unobserve(element);
      if (this.#listeners.size > 0) return;
      this.#observer?.disconnect();
      this.#observer = undefined;
    };
  }

  #hear(entries: readonly IntersectionObserverEntry[]): void {
    for (const entry of entries) this.#listeners.get(entry.target)?.(entry.isIntersecting);
  }
}

/** The one viewport of all elements: an observer each would cost a layout query each. */
export const viewport = new Viewport();
