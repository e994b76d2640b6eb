import { type ModelMetric, type ModelSeriesView, modelMetrics, type SeriesView } from '@corral/core';

interface WindowText {
  readonly values: string[];
  readonly valid: string[];
}

interface SeriesText {
  readonly version: number;
  readonly windows: Readonly<Record<ModelMetric, WindowText>>;
}

/**
 * Writes the windows of models as JSON, as `ModelSeriesWire` is. A tick changes one slot of twenty, so the text of each
 * slot is kept and only the new one is made.
 */
export class SeriesJson {
  readonly #texts = new WeakMap<ModelSeriesView, SeriesText>();

  /** The windows of one model. */
  of(modelId: string, series: ModelSeriesView): string {
    const { windows } = this.#text(series);
    const list = (metric: ModelMetric): string => `[${windows[metric].values.join()}]`;
    const valid = (metric: ModelMetric): string => `"${metric}":[${windows[metric].valid.join()}]`;
    return (
      `{"modelId":${JSON.stringify(modelId)}` +
      `,"tokensPerSecond":${list('tokensPerSecond')}` +
      `,"currentTokensPerSecond":${newest(series.tokensPerSecond)}` +
      `,"memoryGb":${list('memoryGb')},"currentMemoryGb":${newest(series.memoryGb)}` +
      `,"latencyMs":${list('latencyMs')},"currentLatencyMs":${newest(series.latencyMs)}` +
      `,"valid":{${modelMetrics.map(valid).join()}}}`
    );
  }

  #text(series: ModelSeriesView): SeriesText {
    const kept = this.#texts.get(series);
    if (kept?.version === series.version) return kept;
    const isNext = kept !== undefined && kept.version + 1 === series.version;
    if (isNext) for (const metric of modelMetrics) moveOn(kept.windows[metric], series[metric]);
    const windows = isNext ? kept.windows : windowsOf(series);
    const text = { version: series.version, windows };
    this.#texts.set(series, text);
    return text;
  }
}

function windowsOf(series: ModelSeriesView): SeriesText['windows'] {
  const textOf = (window: SeriesView): WindowText => {
    const text: WindowText = { values: [], valid: [] };
    for (let i = 0; i < window.length; i++) add(text, window.at(i));
    return text;
  };
  return {
    tokensPerSecond: textOf(series.tokensPerSecond),
    memoryGb: textOf(series.memoryGb),
    latencyMs: textOf(series.latencyMs),
  };
}

/** Takes the newest slot in; the oldest falls out of a window that was full. */
function moveOn(text: WindowText, window: SeriesView): void {
  add(text, window.at(window.length - 1));
  if (text.values.length <= window.length) return;
  text.values.shift();
  text.valid.shift();
}

/** Unknown is 0 with `valid` false. */
function add({ values, valid }: WindowText, value: number | undefined): void {
  const isKnown = value !== undefined && Number.isFinite(value);
  values.push(isKnown ? String(value) : '0');
  valid.push(isKnown ? 'true' : 'false');
}

function newest(window: SeriesView): string {
  const value = window.at(window.length - 1);
  return value !== undefined && Number.isFinite(value) ? String(value) : 'null';
}
