import { css } from 'lit';

/**
 * Each row is a grid with the same columns, so that numbers that tick move nothing, and a block of rows that cannot be
 * seen is skipped, which a table of the browser's own cannot do. In less width the same cells take two lines, then each a
 * place of its own with its label.
 */
export const rowStyles = css`
  table {
    display: block;
    position: relative;
    /* A page without a doctype lets tables inherit neither. */
    font-size: inherit;
    color: inherit;
    border: 1px solid var(--_border);
    border-radius: var(--corral-radius, 3px);
  }
  table[data-stale] {
    filter: grayscale(1);
  }
  thead,
  tbody {
    display: block;
  }
  tbody[data-full] {
    content-visibility: auto;
    contain-intrinsic-block-size: auto calc(25 * var(--_row-height, 76px));
  }
  tr {
    display: grid;
    grid-template-columns:
      minmax(0, 1.3fr) minmax(0, 1.9fr) 46px 82px minmax(0, 2.3fr) 82px
      minmax(0, 84px) minmax(0, 108px) minmax(0, 108px) 62px 66px 78px;
    grid-template-areas: 'status name port kind list source cpu ram vram latency checked actions';
    gap: 4px 12px;
    padding: 9px 12px;
  }
  tbody tr {
    border-top: 1px solid color-mix(in srgb, var(--_border) 55%, transparent);
  }
  tbody tr:hover {
    background: var(--_surface);
  }
  tr[data-status='unhealthy'] {
    box-shadow: inset 3px 0 var(--_danger);
  }
  th,
  td {
    display: block;
    min-width: 0;
    padding: 0;
    text-align: start;
    font-weight: 400;
    font-variant-numeric: tabular-nums;
    overflow-wrap: anywhere;
  }
  .sort {
    min-height: 0;
    padding: 2px 0;
    border: 0;
    font-weight: 600;
    font-size: 10.5px;
    text-align: start;
    text-transform: uppercase;
    color: var(--_muted);
  }
  .sort:hover:not(:disabled) {
    background: none;
    color: var(--_text);
  }
  [aria-sort='ascending'] .sort,
  [aria-sort='descending'] .sort {
    color: var(--_accent);
  }
  .arrow {
    display: inline-block;
    width: 1.6em;
    font-size: 8px;
    text-align: center;
    vertical-align: 1px;
  }
  .state {
    display: flex;
    align-items: center;
    gap: 6px;
    color: var(--_idle);
  }
  [data-status='healthy'] .state {
    color: var(--_ok);
  }
  [data-status='unhealthy'] .state {
    color: var(--_danger);
  }
  .dot {
    flex: none;
    width: 9px;
    height: 9px;
    border-radius: 50%;
    background: currentcolor;
  }
  .more-words {
    display: block;
    color: var(--_muted);
    font-size: 11px;
  }
  .host[data-host='stale'],
  .host[data-host='lost'],
  .waiting {
    color: var(--_warn);
  }
  b,
  .model-name {
    color: var(--_accent);
    font-weight: 600;
    unicode-bidi: isolate;
  }
  .unknown {
    color: var(--_muted);
  }
  .models {
    margin: 0;
    padding: 0;
    list-style: none;
  }
  .models li {
    padding-inline-start: 16px;
  }
  .models li::before {
    content: '○' / '';
    display: inline-block;
    width: 16px;
    margin-inline-start: -16px;
    color: var(--_muted);
  }
  .models li[data-state='ready']::before,
  .models li[data-state='sleeping']::before {
    content: '●' / '';
    color: var(--_ok);
  }
  .models li[data-state='failed']::before {
    content: '●' / '';
    color: var(--_danger);
  }
  .model-name {
    color: var(--_text);
    font-weight: 400;
  }
  .model-facts {
    color: var(--_muted);
    font-size: 11px;
    white-space: nowrap;
  }
  .rest {
    max-height: 16em;
    overflow: auto;
  }
  .rest:focus-visible {
    outline: 2px solid var(--_accent);
    outline-offset: 1px;
  }
  summary {
    width: fit-content;
    min-height: 24px;
    line-height: 24px;
    color: var(--_tokens);
    cursor: pointer;
  }
  .buttons {
    display: grid;
    gap: 6px;
  }
  .buttons button {
    width: 100%;
    min-height: 24px;
    padding: 2px;
    font-size: 11px;
    border-color: color-mix(in srgb, currentcolor 45%, transparent);
  }
  .buttons button:is(:hover, :focus-visible) {
    border-color: currentcolor;
  }
  .confirm p {
    flex: 0 1 auto;
  }
  .actions .problem {
    margin: 4px 0 0;
    font-size: 11px;
  }
  @container (min-width: 820px) {
    .status {
      grid-area: status;
    }
    .name {
      grid-area: name;
    }
    .port {
      grid-area: port;
    }
    .kind {
      grid-area: kind;
    }
    .list {
      grid-area: list;
    }
    .source {
      grid-area: source;
    }
    .cpu {
      grid-area: cpu;
    }
    .ram {
      grid-area: ram;
    }
    .vram {
      grid-area: vram;
    }
    .memory {
      grid-row: ram;
      grid-column: ram-start / vram-end;
    }
    .latency {
      grid-area: latency;
    }
    .checked {
      grid-area: checked;
    }
    .actions {
      grid-area: actions;
    }
    .actions[data-asking] {
      grid-area: auto;
      grid-column: 1 / -1;
    }
  }
  @container (max-width: 1299px) {
    tr {
      grid-template-columns:
        minmax(0, 1.2fr) minmax(0, 1.5fr) minmax(0, 0.9fr) minmax(0, 1fr) minmax(0, 1.2fr) minmax(0, 1.2fr)
        66px 78px;
      grid-template-areas:
        'status name port list list list checked actions'
        'kind kind source cpu ram vram latency actions';
      row-gap: 6px;
    }
  }
  @container (max-width: 819px) {
    tbody tr {
      grid-template-columns: repeat(4, minmax(0, 1fr));
      grid-template-areas: none;
      gap: 8px 14px;
    }
    tbody .source,
    tbody .cpu,
    tbody .ram,
    tbody .vram,
    tbody .memory {
      order: 1;
    }
    tbody .actions {
      order: 2;
    }
    tbody .name,
    tbody .list,
    tbody .actions {
      grid-column: 1 / -1;
    }
    tbody .status {
      grid-column: 1 / -1;
    }
    tbody .name {
      order: -3;
    }
    tbody .status {
      order: -2;
    }
    tbody .list {
      order: -1;
    }
    tbody .memory {
      grid-column: span 2;
    }
    td[data-label]::before {
      content: attr(data-label) / '';
      display: block;
      color: var(--_muted);
      font-size: 10.5px;
      text-transform: uppercase;
      letter-spacing: 0.06em;
    }
    .heads {
      display: flex;
      flex-wrap: wrap;
      gap: 2px 12px;
    }
    .sort {
      min-height: 24px;
    }
    .buttons {
      grid-template-columns: repeat(2, minmax(0, 1fr));
    }
    tbody[data-full] {
      --_row-height: 260px;
    }
  }
  @container (max-width: 519px) {
    tbody tr {
      grid-template-columns: repeat(3, minmax(0, 1fr));
    }
    tbody .source {
      order: 0;
    }
    tbody :is(.latency, .checked) {
      order: 1;
    }
  }
  @media (forced-colors: active) {
    .dot {
      background: CanvasText;
    }
    tr[data-status='unhealthy'] {
      border-inline-start: 3px solid;
    }
  }
`;
