import type { Endpoint } from './endpoint.js';
import type { EndpointBook } from './endpoint-book.js';

/** What {@link EndpointMirrors} are made of. */
export interface EndpointMirrorsOptions {
  readonly book: EndpointBook;
  /** Asks the registry's own watch to leave an endpoint to someone else; it says whether it does. */
  readonly giveWay: (endpointId: string) => boolean;
}

/**
 * Endpoints that someone else watches: attached servers, servers of our own, those that agents report. Each of these
 * hands over its whole list. An endpoint that two of them name belongs to the first, and to the next when that is gone.
 */
export class EndpointMirrors {
  readonly #options: EndpointMirrorsOptions;
  readonly #lists = new Map<string, ReadonlyMap<string, Endpoint>>();
  readonly #owners = new Map<string, string>();

  constructor(options: EndpointMirrorsOptions) {
    this.#options = options;
  }

  /** The endpoints of this owner are these from now on, and no others. */
  set(owner: string, endpoints: readonly Endpoint[]): void {
    const before = this.#lists.get(owner);
    const next = new Map(endpoints.map((endpoint) => [endpoint.id, endpoint]));
    if (next.size > 0) this.#lists.set(owner, next);
    else this.#lists.delete(owner);
    for (const id of before?.keys() ?? []) {
      if (next.has(id) || this.#owners.get(id) !== owner) continue;
      this.#owners.delete(id);
      this.#options.book.delete(id);
      this.release(id);
    }
    for (const endpoint of next.values()) this.#put(owner, endpoint);
  }

  /** Nobody has this endpoint any more: whoever named it in vain gets it. */
  release(endpointId: string): void {
    for (const [owner, list] of this.#lists) {
      const endpoint = list.get(endpointId);
      if (endpoint) this.#put(owner, endpoint);
    }
  }

  #put(owner: string, endpoint: Endpoint): void {
    const { book, giveWay } = this.#options;
    const { id } = endpoint;
    const current = this.#owners.get(id);
    if (current === undefined ? !giveWay(id) : current !== owner) return;
    this.#owners.set(id, owner);
    book.put(endpoint);
  }
}
