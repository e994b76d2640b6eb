/**
 * Writes numbers with a fixed count of decimals in the reader's language.
 *
 * `Intl` is asked once for the separators; after that it is whole-number arithmetic, several times faster than
 * `Intl.NumberFormat.format` or `toFixed` in the place where every sparkline writes every second.
 */
export class NumberText {
  readonly #decimals: number;
  readonly #scale: number;
  readonly #format: Intl.NumberFormat;
  readonly #separator: string;
  readonly #plainDigits: boolean;

  /** @param decimals how many digits after the separator, 0 to 3 */
  constructor(decimals: number, locale?: string) {
    this.#decimals = decimals;
    this.#scale = 10 ** decimals;
    this.#format = new Intl.NumberFormat(locale, {
      minimumFractionDigits: decimals,
      maximumFractionDigits: decimals,
    });
    const parts = this.#format.formatToParts(1.1);
    this.#separator = parts.find((part) => part.type === 'decimal')?.value ?? '.';
    this.#plainDigits = parts[0]?.value === '1';
  }

  /** The text of a finite number. */
  format(value: number): string {
    // Groups of digits, signs and other numerals are rare here and left to Intl.
    if (!this.#plainDigits || !(value >= 0 && value < 1000)) return this.#format.format(value);
    const scaled = Math.round(value * this.#scale);
    const whole = Math.trunc(scaled / this.#scale);
    if (whole >= 1000) return this.#format.format(value);
    if (this.#decimals === 0) return String(whole);
    const fraction = String(scaled - whole * this.#scale);
    return `${whole}${this.#separator}${fraction.padStart(this.#decimals, '0')}`;
  }
}

/** Seconds as `3h 42m`, `5m 08s` or `12s`; days come in where there are any. */
export function durationText(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const days = Math.floor(whole / 86_400);
  const hours = Math.floor((whole % 86_400) / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  if (days > 0) return `${days}d ${hours}h`;
  if (hours > 0) return `${hours}h ${minutes}m`;
  if (minutes > 0) return `${minutes}m ${String(whole % 60).padStart(2, '0')}s`;
  return `${whole}s`;
}
