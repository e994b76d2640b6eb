/** Something that writes to the document when its frame comes. */
export interface Drawable {
  draw(): void;
}

/**
 * Gathers what wants to draw and lets it draw once in the next frame, all together, however many events came since the
 * last one.
 */
export class FrameScheduler {
  readonly #waiting = new Set<Drawable>();
  #frame: number | undefined;

  /** Draws `drawable` in the next frame; asking again before then changes nothing. */
  schedule(drawable: Drawable): void {
    this.#waiting.add(drawable);
    this.#frame ??= requestAnimationFrame(() => this.#flush());
  }

  /** Takes a drawable out again, as when its element leaves the page. */
  cancel(drawable: Drawable): void {
    this.#waiting.delete(drawable);
    if (this.#waiting.size > 0 || this.#frame === undefined) return;
    cancelAnimationFrame(this.#frame);
    this.#frame = undefined;
  }

  #flush(): void {
    this.#frame = undefined;
    const drawables = [...this.#waiting];
    this.#waiting.clear();
    for (const drawable of drawables) {
      // A drawable that throws must not keep its siblings from drawing.
      try {
        drawable.draw();
      } catch (error) {
        reportError(error);
      }
    }
  }
}

/** The one scheduler of all elements: writes of many elements share a frame only if they share this. */
export const frames = new FrameScheduler();
