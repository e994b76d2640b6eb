import { css } from 'lit';

/** In a narrow card four buttons stay on one line: it must not grow when START becomes STOP and RESTART. */
export const cardStyles = css`
  :host {
    display: block;
    min-width: 0;
    container-type: inline-size;
  }
  article {
    box-sizing: border-box;
    height: 100%;
    display: grid;
    align-content: start;
    gap: 10px;
    padding: 12px 14px;
    background: var(--_background);
    border: 1px solid var(--_border);
    border-radius: var(--corral-radius, 3px);
    font-size: 13px;
    line-height: 1.35;
    transition: border-color 120ms;
  }
  article:hover,
  article:focus-within {
    border-color: var(--_accent);
  }
  header {
    display: flex;
    align-items: center;
    gap: 10px;
    min-width: 0;
  }
  h3 {
    flex: 1;
    min-width: 0;
    margin: 0;
    font-size: 14px;
    font-weight: 600;
    color: var(--_accent);
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
    unicode-bidi: isolate;
  }
  .tier {
    flex: none;
    padding: 1px 7px;
    border: 1px solid currentcolor;
    border-radius: 2px;
    font-size: 11px;
    font-weight: 700;
    letter-spacing: 0.06em;
  }
  .tier[data-tier='fast'] {
    color: var(--_tokens);
  }
  .tier[data-tier='balanced'] {
    color: var(--_accent);
  }
  .tier[data-tier='powerful'] {
    color: var(--_danger);
  }
  .status {
    display: flex;
    align-items: baseline;
    gap: 8px;
    min-width: 0;
    min-height: 1.35em;
  }
  .dot {
    flex: none;
    align-self: center;
    width: 9px;
    height: 9px;
    border-radius: 50%;
    background: var(--_tone);
  }
  .status strong {
    color: var(--_tone);
    font-size: 12px;
    letter-spacing: 0.08em;
  }
  .status[data-tone='ok'] {
    --_tone: var(--_ok);
  }
  .status[data-tone='warn'] {
    --_tone: var(--_warn);
  }
  .status[data-tone='danger'] {
    --_tone: var(--_danger);
  }
  .status[data-tone='idle'] {
    --_tone: var(--_idle);
  }
  .load,
  .countdown,
  .mark {
    white-space: nowrap;
    font-size: 12px;
    color: var(--_muted);
    font-variant-numeric: tabular-nums;
  }
  .load {
    margin-left: auto;
    overflow: hidden;
    text-overflow: ellipsis;
  }
  .countdown {
    color: var(--_warn);
  }
  .why {
    display: flex;
    align-items: baseline;
    gap: 8px;
    min-width: 0;
    min-height: 1.35em;
    margin: -6px 0 0;
    font-size: 12px;
    color: var(--_muted);
  }
  .why[data-tone='danger'] {
    color: var(--_danger);
  }
  .why[data-tone='warn'] {
    color: var(--_warn);
  }
  .why code {
    flex: none;
    max-width: 50%;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
    font: inherit;
    font-weight: 700;
  }
  .reason {
    min-width: 0;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
    unicode-bidi: isolate;
  }
  button.pin {
    flex: none;
    min-height: 24px;
    width: 26px;
    padding: 0;
    border-color: transparent;
    font-size: 17px;
    line-height: 1;
    color: var(--_muted);
  }
  button.pin[aria-pressed='true'] {
    color: var(--_accent);
  }
  article[data-disabled] {
    border-style: dashed;
  }
  article[data-disabled] :is(h3, .tier, .status, .metrics) {
    filter: grayscale(1);
  }
  .pulses .dot {
    animation: pulse 2s ease-in-out infinite;
  }
  @keyframes pulse {
    50% {
      opacity: 0.35;
    }
  }
  .metrics {
    display: grid;
    gap: 6px;
    padding: 8px 0;
    border-block: 1px solid color-mix(in srgb, var(--_border) 55%, transparent);
  }
  dl {
    display: grid;
    grid-template-columns: repeat(4, minmax(0, 1fr));
    gap: 8px;
    margin: 0;
  }
  dt {
    color: var(--_muted);
    text-transform: uppercase;
    letter-spacing: 0.06em;
    font-size: 10.5px;
  }
  dd {
    margin: 0;
    font-variant-numeric: tabular-nums;
    white-space: nowrap;
    overflow: hidden;
    text-overflow: ellipsis;
  }
  .actions {
    display: flex;
    flex-wrap: wrap;
    gap: 8px;
  }
  .actions button {
    flex: 1 1 0;
    padding-inline: 4px;
  }
  .confirm button {
    flex: 1 1 7em;
  }
  .panel {
    display: grid;
    grid-template-rows: 0fr;
    transition: grid-template-rows 160ms ease-out;
  }
  .panel[data-open] {
    grid-template-rows: 1fr;
  }
  .panel > div {
    overflow: hidden;
    visibility: hidden;
    transition: visibility 160ms;
  }
  .panel[data-open] > div {
    visibility: visible;
  }
  .panel > div > * {
    margin: 10px 0 0;
    padding-top: 10px;
    border-top: 1px solid color-mix(in srgb, var(--_border) 55%, transparent);
  }
  .missing {
    min-height: 1.35em;
    color: var(--_muted);
    font-size: 12px;
  }
  @container (max-width: 370px) {
    .actions {
      gap: 5px;
    }
    .actions button {
      padding-inline: 1px;
      font-size: 11px;
      letter-spacing: 0;
    }
  }
  @container (max-width: 300px) {
    dl {
      grid-template-columns: repeat(2, minmax(0, 1fr));
    }
  }
  @media (prefers-reduced-motion: reduce) {
    .pulses .dot {
      animation: none;
    }
    article,
    .panel,
    .panel > div {
      transition: none;
    }
  }
  @media (forced-colors: active) {
    .dot {
      background: CanvasText;
    }
  }
`;
