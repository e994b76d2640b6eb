import { css, html, nothing, type TemplateResult } from 'lit';
import { numberProperty } from '../resource-meter/number-property.js';

/** How much of a limit is used. */
export interface AmountView {
  /** Whose amount it is: `Budget`, `Time`. */
  readonly label: string;
  /** What a person reads. */
  readonly text: string;
  /** The same for screen readers, with all that the bar shows. Default: `text`. */
  readonly words?: string;
  /** How much of the limit is used, 0 to 1 and beyond; `null` when nobody knows, `undefined` when there is no limit. */
  readonly share: number | null | undefined;
  /** How much more of it is set aside, 0 to 1. Default: 0. */
  readonly reserved?: number;
}

/** The looks of an amount, alike wherever jobs are shown. */
export const amountBarStyles = css`
  .amount {
    --_amount: var(--_ok);
    display: grid;
    gap: 3px;
    min-width: 0;
    font-size: 12px;
    line-height: 1.4;
    font-variant-numeric: tabular-nums;
  }
  .amount[data-near] {
    --_amount: var(--_warn);
  }
  .amount[data-over] {
    --_amount: var(--_danger);
  }
  .amount-head {
    display: flex;
    flex-wrap: wrap;
    justify-content: space-between;
    gap: 0 10px;
  }
  /* Our words keep their order in a page that is read from right to left. */
  .amount-head > * {
    unicode-bidi: plaintext;
  }
  .amount-label {
    color: var(--_muted);
  }
  .amount[data-over] .amount-text {
    color: var(--_danger);
  }
  .amount-bar {
    display: flex;
    height: 6px;
    overflow: hidden;
    border-radius: 2px;
    background: color-mix(in srgb, var(--_amount) 20%, transparent);
  }
  .amount-bar[data-unknown] {
    box-sizing: border-box;
    background: none;
    border: 1px dashed var(--_border);
  }
  .amount-used {
    inline-size: calc(var(--_used, 0) * 100%);
    background: var(--_amount);
    transition: inline-size 0.3s;
  }
  .amount-reserved {
    inline-size: calc(var(--_reserved, 0) * 100%);
    background: repeating-linear-gradient(
      -45deg,
      var(--_amount) 0 2px,
      color-mix(in srgb, var(--_amount) 25%, transparent) 2px 5px
    );
    transition: inline-size 0.3s;
  }
  @media (prefers-reduced-motion: reduce) {
    .amount-used,
    .amount-reserved {
      transition: none;
    }
  }
  @media (forced-colors: active) {
    .amount-bar {
      border: 1px solid CanvasText;
    }
    .amount-used,
    .amount-reserved {
      --_amount: CanvasText;
      forced-color-adjust: none;
    }
  }
`;

/** From here on a limit is near. */
const nearShare = 0.85;

/** A bar with its label and text. Needs {@link amountBarStyles}. */
export function renderAmount(view: AmountView): TemplateResult {
  const { label, text, words = text, share } = view;
  const isOver = typeof share === 'number' && share > 1;
  const isNear = typeof share === 'number' && !isOver && share >= nearShare;
  return html`
    <div class="amount" title=${words} ?data-over=${isOver} ?data-near=${isNear}>
      <div class="amount-head">
        <span class="amount-label">${label}</span>
        <span part="text" class="amount-text">${text}</span>
      </div>
      ${share === undefined ? nothing : renderBar(view, words, share)}
    </div>
  `;
}

function renderBar({ label, reserved = 0 }: AmountView, words: string, share: number | null): TemplateResult {
  if (share === null) return html`<div part="bar" class="amount-bar" data-unknown></div>`;
  const used = Math.min(1, Math.max(0, share));
  const aside = Math.min(1 - used, Math.max(0, reserved));
  return html`
    <div part="bar" class="amount-bar" role="meter" aria-label=${label} aria-valuemin="0" aria-valuemax="100" aria-valuenow=${Math.round(used * 100)} aria-valuetext=${words}>
      <span part="spent" class="amount-used" ${numberProperty('--_used', used)}></span>
      ${aside === 0 ? nothing : html`<span part="reserved" class="amount-reserved" ${numberProperty('--_reserved', aside)}></span>`}
    </div>
  `;
}
