import type { MetricOddity, ServerLog } from './server-log.js';

const typePattern = /^#[ \t]+TYPE[ \t]+([a-zA-Z_:][a-zA-Z0-9_:]*)[ \t]+(\w+)[ \t\r]*$/;

/** The types of the format. Whatever else is written there is one more, and no text of a server is kept. */
const types = ['counter', 'gauge', 'histogram', 'summary', 'untyped'];

/**
 * Notices what is odd about some metrics of one server: a series that comes twice on a page, a type that is another than
 * on the page before, or further up. It only tells the log, since a number shown may be wrong then; what counts is always
 * the last. Other metrics may be as odd as they like: nobody sees their numbers.
 */
export class MetricOddities {
  readonly #types: Map<string, string | null>;
  readonly #log: ServerLog | undefined;

  /** @param metrics the names of those that are read */
  constructor(metrics: readonly string[], log?: ServerLog) {
    this.#types = new Map(metrics.map((metric) => [metric, null]));
    this.#log = log;
  }

  /** A series of the metric has come once more on the same page. */
  sawTwice(metric: string): void {
    this.#warn(metric, 'duplicate_series');
  }

  /** A line that begins with `#`; those that tell the type of a metric count. */
  sawComment(line: string): void {
    const [, metric = '', word] = typePattern.exec(line) ?? [];
    const before = this.#types.get(metric);
    if (before === undefined) return;
    const type = types.find((each) => each === word) ?? 'other';
    this.#types.set(metric, type);
    if (before !== null && before !== type) this.#warn(metric, 'type_changed');
  }

  #warn(metric: string, oddity: MetricOddity): void {
    if (this.#types.has(metric)) this.#log?.parseWarning(metric, oddity);
  }
}
