import type { MetricsField, MetricsSnapshot } from '@corral/core';
import { fieldViews, type MovingField, movingFields } from './field-views.js';
import { bytesOfText, unitView, unknownText } from './unit-view.js';

/** One line of a tile. */
export interface TileRow {
  readonly field: MovingField;
  readonly text: string;
  readonly isUnknown: boolean;
  /** How much is used of what there is, 0 to 1; `null` where that is unknown, `undefined` where there is no such thing. */
  readonly share: number | null | undefined;
}

const totals: Partial<Readonly<Record<MovingField, 'ramTotal' | 'gpuMemoryTotal'>>> = {
  ramUsed: 'ramTotal',
  gpuMemoryUsed: 'gpuMemoryTotal',
};

/** The lines of a tile: those of which the backend has ever known something. */
export function tileRows(
  snapshot: MetricsSnapshot,
  known: ReadonlySet<MetricsField> | undefined,
): readonly TileRow[] {
  return movingFields.flatMap((field): TileRow[] => {
    const total = totals[field];
    const everKnown = [field, ...(total ? [total] : [])].some(
      (name) => snapshot[name] !== null || known?.has(name),
    );
    if (!everKnown) return [];
    const value = snapshot[field];
    const isUnknown = value === null;
    if (total) {
      const all = snapshot[total];
      const isEmpty = isUnknown && all === null;
      const text = isEmpty ? unknownText : bytesOfText(value, all);
      return [
        {
          field,
          text,
          isUnknown,
          share: isUnknown || all === null || all <= 0 ? null : shareOf(value / all),
        },
      ];
    }
    const { unit } = fieldViews[field];
    const text = isUnknown ? unknownText : unitView(unit).text(value);
    if (unit !== '%') return [{ field, text, isUnknown, share: undefined }];
    return [{ field, text, isUnknown, share: isUnknown ? null : shareOf(value / 100) }];
  });
}

function shareOf(share: number): number {
  return Math.min(1, Math.max(0, share));
}
