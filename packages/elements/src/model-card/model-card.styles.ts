import { css } from 'lit';

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
  .reason {
    min-width: 0;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
    font-size: 12px;
    color: var(--_muted);
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
  button {
    flex: 1 1 5.5em;
    min-height: 28px;
    padding: 3px 8px;
    font: inherit;
    font-size: 12px;
    font-weight: 600;
    letter-spacing: 0.06em;
    color: var(--_action);
    background: transparent;
    border: 1px solid currentcolor;
    border-radius: 2px;
    cursor: pointer;
  }
  button:hover:not(:disabled, [aria-disabled]) {
    background: color-mix(in srgb, var(--_action) 16%, transparent);
  }
  button:focus-visible {
    outline: 2px solid var(--_action);
    outline-offset: 2px;
  }
  button:disabled,
  button[aria-disabled] {
    cursor: not-allowed;
    opacity: 0.55;
    border-style: dashed;
  }
  .start {
    --_action: var(--_ok);
  }
  .stop {
    --_action: var(--_danger);
  }
  .restart {
    --_action: var(--_accent);
  }
  .settings {
    --_action: var(--_tokens);
  }
  .problem {
    margin: 8px 0 0;
    color: var(--_danger);
    font-size: 12px;
    overflow-wrap: anywhere;
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
  .panel dl {
    grid-template-columns: repeat(2, minmax(0, 1fr));
    margin-top: 10px;
    padding-top: 10px;
    border-top: 1px solid color-mix(in srgb, var(--_border) 55%, transparent);
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
