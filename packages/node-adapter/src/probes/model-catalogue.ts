import { shownName } from './model-name.js';

/** Every model costs each reader about a kilobyte; a list that is longer is no list of models. */
const mostModels = 1000;

/**
 * The names of a backend's models: those shown, which are cut and escaped, and those that the backend knows them by. Of
 * two that would be shown alike the first counts, since names are unique here.
 */
export class ModelCatalogue {
  readonly #nameOf: (id: string) => string;
  #ids: ReadonlyMap<string, string> = new Map();

  /** @param nameOf what an id is shown as */
  constructor(nameOf: (id: string) => string = shownName) {
    this.#nameOf = nameOf;
  }

  /** Takes the ids that the backend lists now. */
  replace(ids: Iterable<string>): void {
    const next = new Map<string, string>();
    for (const id of ids) {
      if (next.size === mostModels) break;
      const name = this.#nameOf(id);
      if (!next.has(name)) next.set(name, id);
    }
    this.#ids = next;
  }

  /** Shown names with ids, in the order of the list. */
  entries(): Iterable<readonly [name: string, id: string]> {
    return this.#ids;
  }

  /** The id of a shown name. */
  idOf(name: string): string | undefined {
    return this.#ids.get(name);
  }
}
