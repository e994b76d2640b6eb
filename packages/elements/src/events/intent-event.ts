/**
 * A wish of a person, announced by an element and carried out by someone above it: a provider, or the page.
 *
 * Whoever carries it out calls {@link respondWith}; the element then shows that it is pending, and success or the
 * reason why not. It bubbles and crosses shadow roots.
 */
export class IntentEvent extends Event {
  #response: Promise<unknown> | undefined;

  constructor(type: string) {
    super(type, { bubbles: true, composed: true });
  }

  /** The answer; `undefined` while nobody has taken the wish. */
  get response(): Promise<unknown> | undefined {
    return this.#response;
  }

  /**
   * Takes the wish: `response` settles when it is done, and rejects with an error whose message is shown.
   * @throws DOMException `InvalidStateError` when somebody took it already
   */
  respondWith(response: Promise<unknown>): void {
    if (this.#response)
      throw new DOMException('Someone has answered this event already', 'InvalidStateError');
    this.#response = response;
  }
}
