import type { ReactiveControllerHost } from '@lit/reactive-element';

/** Copies texts, and keeps what an element says of it. */
export class Copying {
  /** What came of it; empty before, and after something new came to be copied. */
  said = '';
  readonly #host: ReactiveControllerHost;

  constructor(host: ReactiveControllerHost) {
    this.#host = host;
  }

  /** Copies, and says so, or what a person can do instead. */
  async copy(text: string): Promise<void> {
    try {
      await navigator.clipboard.writeText(text);
      this.said = 'Copied';
    } catch {
      // Pages without a secure context have no clipboard.
      this.said = 'Not copied: select the text instead';
    }
    this.#host.requestUpdate();
  }
}
