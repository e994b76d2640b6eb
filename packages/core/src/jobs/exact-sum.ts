/**
 * A sum of many amounts that does not drift: Neumaier's variant of Kahan summation (Zeitschrift für Angewandte
 * Mathematik und Mechanik 54, 1974), which keeps what each addition rounds away.
 */
export class ExactSum {
  #sum: number;
  #lost = 0;

  constructor(start = 0) {
    this.#sum = start;
  }

  get value(): number {
    return this.#sum + this.#lost;
  }

  add(amount: number): void {
    const next = this.#sum + amount;
    const [greater, smaller] =
      Math.abs(this.#sum) >= Math.abs(amount) ? [this.#sum, amount] : [amount, this.#sum];
    this.#lost += greater - next + smaller;
    this.#sum = next;
  }
}
