/** How numbers of a unit are divided and written. */
export interface UnitView {
  /** What one step of the axis is counted in: 10⁹ for bytes, which are shown as GB. */
  readonly divisor: number;
  /** The value where the axis ends whatever the numbers are; `undefined` where it follows them. */
  readonly full: number | undefined;
  /** Whether there is nothing between two whole numbers. */
  readonly whole: boolean;
  /** A value with its unit, for people. */
  text(value: number): string;
  /** A value on an axis whose ticks are `step` apart. */
  tick(value: number, step: number): string;
}

/** Units that are known by name; a series may have any other, which is written behind the number. */
export type KnownUnit = '%' | 'bytes' | '°C' | 'requests';

const gb = 1e9;
const count = new Intl.NumberFormat(undefined, { maximumFractionDigits: 0 });
const plain = new Intl.NumberFormat(undefined, { maximumFractionDigits: 2 });

const known: ReadonlyMap<string, UnitView> = new Map<KnownUnit, UnitView>([
  ['%', { ...measured({ style: 'percent' }, 1, 100), divisor: 1, full: 100, whole: false }],
  [
    'bytes',
    { ...measured({ style: 'unit', unit: 'gigabyte' }, 1, gb), divisor: gb, full: undefined, whole: false },
  ],
  [
    '°C',
    { ...measured({ style: 'unit', unit: 'celsius' }, 0, 1), divisor: 1, full: undefined, whole: false },
  ],
  [
    'requests',
    {
      divisor: 1,
      full: undefined,
      whole: true,
      text: (value) => `${plain.format(value)} ${value === 1 ? 'request' : 'requests'}`,
      tick: (value) => count.format(value),
    },
  ],
]);

/** How a unit is written. */
export function unitView(unit: string): UnitView {
  const text = (value: number): string => `${plain.format(value)} ${unit}`.trimEnd();
  return known.get(unit) ?? { divisor: 1, full: undefined, whole: false, text, tick: text };
}

/** `31.2 / 64.0 GB`: how much there is of what could be; N/A for what is unknown. */
export function bytesOfText(used: number | null, total: number | null): string {
  const whole = total === null ? unknownText : bytes.text(total);
  return `${used === null ? unknownText : gigabytes.format(used / gb)} / ${whole}`;
}

/** What stands in the place of a number that nobody knows. */
export const unknownText = 'N/A';

const bytes = unitView('bytes');
const gigabytes = new Intl.NumberFormat(undefined, { minimumFractionDigits: 1, maximumFractionDigits: 1 });

/** Formats are made once: making one costs more than a hundred uses of it. */
function measured(
  style: Intl.NumberFormatOptions,
  decimals: number,
  divisor: number,
): Pick<UnitView, 'text' | 'tick'> {
  const format = (digits: number): Intl.NumberFormat =>
    new Intl.NumberFormat(undefined, {
      ...style,
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
    });
  const value = format(decimals);
  const ticks = [format(0), format(1), format(2), format(3)] as const;
  return {
    text: (number) => value.format(number / divisor),
    tick: (number, step) => {
      const digits = Math.min(
        3,
        Math.max(0, -Math.floor(Math.log10(style.style === 'percent' ? step : step / divisor) + 1e-9)),
      );
      return ticks[digits as 0 | 1 | 2 | 3].format(number / divisor);
    },
  };
}
