/**
 * Each bucket is by this factor wider than the one below it. (1 + α) ÷ (1 − α) makes the middle of a bucket at most α from
 * everything in it.
 */
const accuracy = 0.005;
const growth = (1 + accuracy) / (1 - accuracy);
const logGrowth = Math.log(growth);

/** Below a microsecond and over 31 years differences mean nothing; these bound the number of buckets. */
const least = 1e-3;
const most = 1e12;
const firstBucket = bucketOf(least);
const lastBucket = bucketOf(most);

/** A {@link LatencySketch} as JSON can hold it. */
export interface SketchDocument {
  /** How many values were 0 or below, or too small to tell from it. */
  readonly zeros: number;
  /** The least and the greatest of the others; `null` without any. */
  readonly min: number | null;
  readonly max: number | null;
  /** Numbers of buckets, ascending, each followed by how many values it holds. */
  readonly buckets: readonly number[];
}

/**
 * Counts values in buckets whose widths grow with the values, so that any percentile of any number of values is known with
 * a relative error of at most 0.5 % (for values from a microsecond to 31 years, given in ms). It holds some 3,450 numbers
 * at most, and a few dozen for what one model usually takes. Two of them can be added to each other without a loss.
 *
 * This is DDSketch, with bounds for the values in place of buckets that are joined: Ch. Masson, J. E. Rim, H. K. Lee,
 * "DDSketch: A Fast and Fully-Mergeable Quantile Sketch with Relative-Error Guarantees", PVLDB 12(12), 2019,
 * https://arxiv.org/abs/1908.10693.
 */
export class LatencySketch {
  readonly #counts = new Map<number, number>();
  #zeros = 0;
  #count = 0;
  #min = Infinity;
  #max = -Infinity;
  /** The percentile that was asked for last, until something is added. */
  #known: { readonly share: number; readonly value: number | null } | undefined;

  /** How many values were added. */
  get count(): number {
    return this.#count;
  }

  /** How many buckets hold something. */
  get bucketCount(): number {
    return this.#counts.size + Math.sign(this.#zeros);
  }

  /** Adds a value. @param value finite */
  add(value: number): void {
    if (value < least) this.#addZeros(1);
    else this.#addTo(bucketOf(value), 1, value, value);
  }

  /** Adds all that another one holds. */
  merge(other: LatencySketch): void {
    this.#addZeros(other.#zeros);
    for (const [bucket, count] of other.#counts) this.#addTo(bucket, count, other.#min, other.#max);
  }

  /**
   * The value at rank ⌈share × count⌉ of all values in their order, at most 0.5 % from it and neither below the least value
   * nor above the greatest; `null` without values.
   * @param share above 0 to 1
   */
  quantile(share: number): number | null {
    if (this.#known?.share !== share) this.#known = { share, value: this.#find(share) };
    return this.#known.value;
  }

  /** What {@link LatencySketch.parse} makes the same of. */
  toDocument(): SketchDocument {
    const isEmpty = this.#counts.size === 0;
    const [min, max] = isEmpty ? [null, null] : [this.#min, this.#max];
    return { zeros: this.#zeros, min, max, buckets: this.#ascending().flat() };
  }

  /** A sketch from what was stored; `undefined` for what is none. */
  static parse({ zeros, min, max, buckets }: SketchDocument): LatencySketch | undefined {
    const sketch = new LatencySketch();
    const [first = null, last = null] = [buckets[0], buckets.at(-2)];
    // Otherwise they would hide what the buckets hold.
    const spansAll = edgeOf(min) === first && edgeOf(max) === last;
    if (!isCount(zeros) || buckets.length % 2 !== 0 || !spansAll) return undefined;
    sketch.#addZeros(zeros);
    let before = firstBucket - 1;
    for (let i = 0; i < buckets.length; i += 2) {
      const [bucket = Number.NaN, count = 0] = buckets.slice(i, i + 2);
      const fits = Number.isInteger(bucket) && bucket > before && bucket <= lastBucket;
      if (!fits || !isCount(count) || count === 0) return undefined;
      sketch.#addTo(bucket, count, min ?? 0, max ?? 0);
      before = bucket;
    }
    return sketch;
  }

  #addTo(bucket: number, count: number, min: number, max: number): void {
    this.#min = Math.min(this.#min, min);
    this.#max = Math.max(this.#max, max);
    this.#counts.set(bucket, (this.#counts.get(bucket) ?? 0) + count);
    this.#count += count;
    this.#known = undefined;
  }

  #addZeros(count: number): void {
    this.#zeros += count;
    this.#count += count;
    this.#known = undefined;
  }

  #find(share: number): number | null {
    if (this.#count === 0) return null;
    let left = Math.ceil(share * this.#count) - this.#zeros;
    if (left <= 0) return 0;
    for (const [bucket, count] of this.#ascending()) {
      left -= count;
      if (left <= 0) return Math.min(Math.max(middleOf(bucket), this.#min), this.#max);
    }
    return this.#max;
  }

  #ascending(): [bucket: number, count: number][] {
    return [...this.#counts].sort(([a], [b]) => a - b);
  }
}

/** Bucket i holds the values above growth^(i−1), up to growth^i; the last one, all that are greater, too. */
function bucketOf(value: number): number {
  return Math.ceil(Math.log(Math.min(value, most)) / logGrowth);
}

function edgeOf(value: number | null): number | null {
  return value === null ? null : bucketOf(value);
}

/** The value with the smallest relative error for all of its bucket. */
function middleOf(bucket: number): number {
  return (2 * growth ** bucket) / (growth + 1);
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}
