import { css } from 'lit';

export const detailsStyles = css`
  :host {
    display: block;
    min-width: 0;
    container-type: inline-size;
    font-size: 12px;
    line-height: 1.4;
    overflow-wrap: anywhere;
  }
  table {
    width: 100%;
    border-collapse: collapse;
    font-variant-numeric: tabular-nums;
  }
  caption,
  h4 {
    margin: 0;
    padding: 0 0 4px;
    text-align: start;
    color: var(--_muted);
    text-transform: uppercase;
    letter-spacing: 0.06em;
    font-size: 10.5px;
    font-weight: 600;
  }
  h4 {
    padding-top: 12px;
  }
  th,
  td {
    padding: 2px 0;
    text-align: start;
    vertical-align: baseline;
    font-weight: 400;
  }
  tbody th {
    width: 9.5em;
    color: var(--_muted);
  }
  td b {
    font-weight: 600;
  }
  small {
    display: block;
    color: var(--_muted);
    font-size: 11px;
  }
  tbody tr + tr > * {
    border-top: 1px solid color-mix(in srgb, var(--_border) 35%, transparent);
  }
  [data-stale] b {
    color: var(--_idle);
  }
  em {
    font-style: normal;
    color: var(--_warn);
  }
  .unseen {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  dl {
    display: grid;
    grid-template-columns: repeat(auto-fill, minmax(8.5em, 1fr));
    gap: 6px 12px;
    margin: 0;
  }
  dt {
    color: var(--_muted);
  }
  dd {
    margin: 0;
  }
  .quiet-text,
  .problem {
    margin: 0;
  }
  .quiet-text {
    color: var(--_muted);
  }
  code {
    font: inherit;
    font-weight: 700;
  }
  .log-head {
    display: flex;
    align-items: end;
    gap: 10px;
    margin: 10px 0 4px;
  }
  .log-head h4 {
    flex: 1;
  }
  .log-head [role='status'] {
    color: var(--_ok);
  }
  pre {
    box-sizing: border-box;
    height: 180px;
    margin: 0;
    padding: 6px 8px;
    overflow: auto;
    overscroll-behavior: contain;
    font: inherit;
    font-family: var(--corral-log-font, 'JetBrains Mono', 'IBM Plex Mono', ui-monospace, 'DejaVu Sans Mono', monospace);
    font-size: 11px;
    white-space: pre-wrap;
    color: var(--_text);
    background: var(--_surface);
    border: 1px solid var(--_border);
    border-radius: 2px;
  }
  pre:focus-visible {
    outline: 2px solid var(--_accent);
    outline-offset: 2px;
  }
`;
