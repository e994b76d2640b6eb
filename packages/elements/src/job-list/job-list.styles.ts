import { css } from 'lit';

/** In little width each row of the table is a stack of its facts, each with its label. */
export const jobListStyles = css`
  :host {
    display: block;
    container-type: inline-size;
    min-width: 0;
    font-size: 12px;
    line-height: 1.4;
  }
  .list:focus-visible {
    outline: 2px solid var(--_accent);
    outline-offset: 2px;
  }
  /* Our words keep their order in a page that is read from right to left. */
  p,
  footer span,
  .cost span,
  .more-words,
  .copy-id {
    unicode-bidi: plaintext;
    text-align: -webkit-match-parent;
    text-align: match-parent;
  }
  .lost {
    margin: 0 0 8px;
    color: var(--_warn);
  }
  .said {
    margin: 8px 0 0;
    min-height: 1.4em;
    color: var(--_ok);
  }
  .empty {
    margin: 0;
    padding: 32px 16px;
    border: 1px dashed var(--_border);
    border-radius: var(--corral-radius, 3px);
    text-align: center;
    font-size: 13px;
    color: var(--_muted);
    overflow-wrap: anywhere;
  }
  .cards {
    display: grid;
    grid-template-columns: repeat(auto-fill, minmax(min(300px, 100%), 1fr));
    gap: 12px;
  }
  [role='listitem'] {
    min-width: 0;
  }
  article {
    box-sizing: border-box;
    height: 100%;
    display: flex;
    flex-direction: column;
    gap: 10px;
    padding: 12px 14px;
    background: var(--_background);
    border: 1px solid var(--_border);
    border-radius: var(--corral-radius, 3px);
  }
  article:is(:hover, :focus-within) {
    border-color: var(--_accent);
  }
  header {
    display: flex;
    align-items: start;
    gap: 10px;
    min-width: 0;
  }
  h3 {
    --_lines: 3;
    flex: 1;
    min-width: 0;
    margin: 0;
    font-size: 13px;
    font-weight: 600;
  }
  .why {
    margin: 0;
    color: var(--_muted);
    overflow-wrap: anywhere;
  }
  h3 .job-link:not(:hover) {
    text-decoration-color: transparent;
  }
  .amounts {
    display: grid;
    gap: 8px;
    margin-top: auto;
  }
  footer {
    display: flex;
    flex-wrap: wrap;
    gap: 2px 14px;
    color: var(--_muted);
    font-variant-numeric: tabular-nums;
  }
  .age {
    margin-inline-start: auto;
  }
  .unpriced {
    color: var(--_warn);
  }
  article .resume {
    align-self: start;
  }
  .problem {
    margin: 0;
  }
  .again {
    margin-inline-start: 8px;
  }
  .more {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    justify-content: center;
    gap: 12px;
    margin: 12px 0 0;
    color: var(--_muted);
  }
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
  tr {
    display: grid;
    grid-template-columns: 90px minmax(0, 3fr) minmax(0, 2fr) 96px 84px 164px;
    align-items: baseline;
    gap: 4px 14px;
    padding: 8px 12px;
  }
  :host([read-only]) tr {
    grid-template-columns: 90px minmax(0, 3fr) minmax(0, 2fr) 96px 84px;
  }
  tbody tr {
    border-top: 1px solid color-mix(in srgb, var(--_border) 55%, transparent);
  }
  tbody tr:hover {
    background: var(--_surface);
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
  thead th {
    color: var(--_muted);
    font-size: 10.5px;
    font-weight: 600;
    text-transform: uppercase;
    letter-spacing: 0.06em;
  }
  .copy-id {
    --_action: var(--_muted);
    min-height: 24px;
    padding: 0 2px;
    margin-inline-start: -2px;
    border-color: transparent;
    font-weight: 400;
    letter-spacing: 0;
    text-align: start;
  }
  .copy-id:hover {
    --_action: var(--_text);
  }
  .more-words {
    display: block;
    margin-top: 2px;
    color: var(--_muted);
    font-size: 11px;
  }
  .unknown,
  .ended {
    color: var(--_muted);
  }
  .buttons {
    display: flex;
    flex-wrap: wrap;
    justify-content: end;
    gap: 6px;
  }
  .buttons button {
    min-height: 24px;
    padding: 2px 7px;
    font-size: 11px;
    border-color: color-mix(in srgb, currentcolor 45%, transparent);
  }
  .buttons button:is(:hover, :focus-visible) {
    border-color: currentcolor;
  }
  .actions[data-asking] {
    grid-column: 1 / -1;
  }
  .confirm p {
    flex: 0 1 auto;
  }
  .actions .problem {
    margin-top: 4px;
    font-size: 11px;
  }
  .pages {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    justify-content: center;
    gap: 8px 14px;
    margin-top: 12px;
  }
  .page {
    color: var(--_muted);
    font-variant-numeric: tabular-nums;
  }
  .unseen {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  @container (max-width: 759px) {
    thead {
      position: absolute;
      width: 1px;
      height: 1px;
      overflow: hidden;
      clip-path: inset(50%);
    }
    tbody tr,
    :host([read-only]) tbody tr {
      grid-template-columns: repeat(3, minmax(0, 1fr));
      gap: 8px 14px;
    }
    tbody tr:first-child {
      border-top: 0;
    }
    .description,
    .status,
    .actions {
      grid-column: 1 / -1;
    }
    .description {
      order: -2;
    }
    .status {
      order: -1;
    }
    .status .more-words {
      display: inline;
      margin-inline-start: 6px;
    }
    .buttons {
      justify-content: start;
    }
    .buttons button {
      min-height: 28px;
      min-width: 7em;
    }
    .copy-id {
      min-height: 0;
    }
    td:is(.id, .cost, .ended)::before {
      content: attr(data-label) / '';
      display: block;
      color: var(--_muted);
      font-size: 10.5px;
      text-transform: uppercase;
      letter-spacing: 0.06em;
    }
  }
`;
