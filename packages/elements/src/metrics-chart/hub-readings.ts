import type { HubFace, MetricsField, Unsubscribe } from '@corral/core';
import { type FieldView, fieldViews, type MovingField, movingFields } from '../metrics-panel/field-views.js';
import { ReadingHistory } from '../metrics-panel/reading-history.js';
import { type DrawnSeries, slotCount } from './chart-series.js';

/** The longest window of a chart, in minutes: as far as a hub's memory reaches back. */
export const longestMinutes = 15;

const fieldSlots: Readonly<Record<FieldView['color'], number>> = {
  cpu: 0,
  vram: 1,
  ram: 2,
  queue: 3,
  heat: 4,
};

/** What a chart knows of the backends of a hub: the past, asked for once, and what comes. */
export class HubReadings {
  readonly #history = new ReadingHistory(longestMinutes * 60_000);
  readonly #changed: () => void;
  #hub: HubFace | undefined;
  #problem: string | undefined;
  #isLoading = false;

  /** @param changed called when there is something new to draw */
  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** Why the past is missing; `undefined` when it is not. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** Whether the past was asked for and has not come yet. */
  get isLoading(): boolean {
    return this.#isLoading;
  }

  /** Begins anew with another hub, or with none. */
  follow(hub: HubFace | undefined): void {
    this.#hub = hub;
    this.#history.clear();
    this.#problem = undefined;
    this.#isLoading = false;
    if (hub) {
      this.#history.append(hub.backends());
      void this.load(hub);
    }
  }

  /** Follows what the hub announces. What was missed while the connection was gone is asked for. */
  subscribe(hub: HubFace): readonly Unsubscribe[] {
    return [
      hub.subscribe('metrics:collected', ({ snapshots }) => {
        this.#history.append(snapshots);
        this.#changed();
      }),
      hub.subscribe('connection:changed', ({ connection }) => {
        if (connection === 'live') void this.load(hub);
        this.#changed();
      }),
    ];
  }

  /** Asks for the past. */
  async load(hub: HubFace): Promise<void> {
    this.#isLoading = true;
    let problem: string | undefined;
    try {
      const windows = await hub.metricsWindow(longestMinutes * 60);
      if (hub === this.#hub) this.#history.load(windows);
    } catch (error) {
      problem = error instanceof Error ? error.message : String(error);
    }
    if (hub !== this.#hub) return;
    this.#problem = problem;
    this.#isLoading = false;
    this.#changed();
  }

  /**
   * A line for each backend that has ever known this number. A lone one has the colour of the number; among others a
   * backend has the same colour in every chart.
   */
  series(field: MetricsField, backendId: string | undefined): readonly DrawnSeries[] {
    const { unit, color } = fieldViews[field];
    const series = this.#history.backends.flatMap((one, index): DrawnSeries[] => {
      if (!one.known.has(field) || (backendId !== undefined && one.backendId !== backendId)) return [];
      const { name: label, atMs, values } = one;
      return [{ id: one.backendId, label, unit, atMs, values: values[field], slot: index % slotCount }];
    });
    const [first] = series;
    return first && series.length === 1 ? [{ ...first, slot: fieldSlots[color] }] : series;
  }

  /** The numbers that move and of which something is known. */
  fields(backendId: string | undefined): readonly MovingField[] {
    return movingFields.filter((field) => this.series(field, backendId).length > 0);
  }

  /** When the clock of the readings was set back. */
  clockSteps(): readonly number[] {
    return [...new Set(this.#history.backends.flatMap((one) => one.clockSteps))];
  }
}
