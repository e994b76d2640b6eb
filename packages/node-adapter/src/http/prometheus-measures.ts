import { labelText, type MetricFamily } from './prometheus-exposition.js';

/** A thing with the labels that tell it from its like, written once for all its samples. */
export interface Labelled<Thing> {
  readonly thing: Thing;
  readonly labels: string;
}

/** A number that every thing of a kind has, or may have. */
export interface Measure<Thing> {
  readonly name: string;
  readonly help: string;
  /** Default: `gauge`. */
  readonly type?: MetricFamily['type'];
  /** In base units; `null` where it is unknown. */
  readonly of: (thing: Thing) => number | boolean | null;
}

/** A word out of a short list that a thing has at each time. */
export interface StateMeasure<Thing> {
  readonly name: string;
  readonly help: string;
  /** The label that holds the word. */
  readonly label: string;
  readonly states: readonly string[];
  readonly of: (thing: Thing) => string;
}

/** Gives each thing its labels. */
export function labelled<Thing>(
  things: readonly Thing[],
  labelsOf: (thing: Thing) => Readonly<Record<string, string | null>>,
): Labelled<Thing>[] {
  return things.map((thing) => ({ thing, labels: labelText(labelsOf(thing)) }));
}

/** A family for each measure. */
export function measured<Thing>(
  things: readonly Labelled<Thing>[],
  measures: readonly Measure<Thing>[],
): MetricFamily[] {
  return measures.map(({ name, help, type = 'gauge', of }) => ({
    name,
    help,
    type,
    samples: things.map(({ thing, labels }) => {
      const value = of(thing);
      return { labels, value: value === null ? null : Number(value) };
    }),
  }));
}

/** A sample for every word of the list, 1 for the one that holds: a change is then a change of value, not of series. */
export function stateSet<Thing>(
  things: readonly Labelled<Thing>[],
  { name, help, label, states, of }: StateMeasure<Thing>,
): MetricFamily {
  const words = states.map((state) => ({ state, text: labelText({ [label]: state }) }));
  const samples = things.flatMap(({ thing, labels }) => {
    const held = of(thing);
    return words.map(({ state, text }) => ({ labels: `${labels},${text}`, value: state === held ? 1 : 0 }));
  });
  return { name, help, type: 'gauge', samples };
}

/** What is known in words, as labels of a sample that is always 1. A thing without any of them has none. */
export function info<Thing>(
  things: readonly Labelled<Thing>[],
  name: string,
  help: string,
  wordsOf: (thing: Thing) => Readonly<Record<string, string | null>>,
): MetricFamily {
  const samples = things.map(({ thing, labels }) => {
    const words = labelText(wordsOf(thing));
    return { labels: `${labels},${words}`, value: words === '' ? null : 1 };
  });
  return { name, help, type: 'gauge', samples };
}

/** Seconds of what is kept in ms. */
export function seconds(ms: number | null): number | null {
  return ms === null ? null : ms / 1000;
}

/** 0–1 of what is kept as 0–100. */
export function ratio(percent: number | null): number | null {
  return percent === null ? null : percent / 100;
}

/** Unix time in seconds of an ISO 8601 time. */
export function unixSeconds(iso: string | null): number | null {
  return seconds(iso === null ? null : Date.parse(iso));
}
