/** A list that grows at its end and is cut at its beginning, both at no cost that grows with its length. */
export class TailList<T> {
  #items: T[] = [];
  #from = 0;

  get length(): number {
    return this.#items.length - this.#from;
  }

  /** The item at a place; `undefined` outside of the list. */
  at(place: number): T | undefined {
    return place < 0 ? undefined : this.#items[this.#from + place];
  }

  push(item: T): void {
    this.#items.push(item);
  }

  /** Removes so many items from the beginning. */
  drop(count: number): void {
    this.#from += Math.min(count, this.length);
    // Moving what is left costs as much as it is long: only when as much was dropped before.
    if (this.#from < 1024 || this.#from < this.length) return;
    this.#items = this.#items.slice(this.#from);
    this.#from = 0;
  }

  /** The items from one place up to another one, without that. */
  slice(from: number, to = this.length): T[] {
    return this.#items.slice(this.#from + Math.max(0, from), this.#from + Math.max(0, to));
  }

  clear(): void {
    this.#items = [];
    this.#from = 0;
  }
}
