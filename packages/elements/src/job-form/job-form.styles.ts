import { css } from 'lit';

export const jobFormStyles = css`
  :host {
    display: block;
    container-type: inline-size;
    min-width: 0;
    font-size: 12px;
    line-height: 1.4;
  }
  .read-only,
  .hint {
    margin: 0;
    color: var(--_muted);
  }
  /* Our words keep their order in a page that is read from right to left. */
  p,
  .said,
  .drop-text,
  td {
    unicode-bidi: plaintext;
    text-align: -webkit-match-parent;
    text-align: match-parent;
  }
  .tabs {
    display: flex;
    gap: 4px;
    border-bottom: 1px solid var(--_border);
  }
  .tab {
    min-height: 32px;
    padding: 4px 16px;
    margin-bottom: -1px;
    border: 1px solid transparent;
    border-bottom-width: 2px;
    border-radius: 2px 2px 0 0;
    color: var(--_muted);
  }
  .tab[aria-selected='true'] {
    color: var(--_accent);
    border-bottom-color: var(--_accent);
  }
  form {
    display: grid;
    gap: 12px;
    padding-top: 14px;
  }
  [role='tabpanel'] {
    display: grid;
    gap: 10px;
    min-width: 0;
  }
  [role='tabpanel'][hidden] {
    display: none;
  }
  .fields {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(min(10.5em, 100%), 1fr));
    gap: 8px 14px;
    align-items: start;
  }
  .field {
    display: grid;
    gap: 2px;
    min-width: 0;
  }
  .field input,
  textarea {
    width: 100%;
  }
  .field input {
    font-variant-numeric: tabular-nums;
  }
  label,
  caption,
  thead th {
    color: var(--_muted);
    text-transform: uppercase;
    letter-spacing: 0.06em;
    font-size: 10.5px;
    font-weight: 600;
  }
  label {
    font-weight: 400;
  }
  textarea {
    display: block;
    min-height: 60px;
    padding: 6px 8px;
    resize: vertical;
    font-family: inherit;
    line-height: 1.45;
  }
  .note {
    margin: 0;
    min-height: 1.3em;
    color: var(--_muted);
    font-size: 11px;
    line-height: 1.3;
    overflow-wrap: anywhere;
  }
  .note[data-problem] {
    color: var(--_danger);
  }
  summary {
    width: fit-content;
    min-height: 24px;
    line-height: 24px;
    color: var(--_tokens);
    cursor: pointer;
  }
  details .fields {
    padding-top: 6px;
  }
  .row {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 8px 12px;
  }
  .submit {
    min-width: 9.5em;
    min-height: 32px;
  }
  .said {
    color: var(--_ok);
    overflow-wrap: anywhere;
  }
  form .problem {
    margin: 0;
  }
  .drop {
    display: grid;
    gap: 8px;
    padding: 10px 12px 12px;
    border: 1px dashed var(--_border);
    border-radius: var(--corral-radius, 3px);
  }
  .drop[data-over] {
    border: 2px solid var(--_accent);
    padding: 9px 11px 11px;
    background: color-mix(in srgb, var(--_accent) 12%, transparent);
  }
  .drop-head {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 4px 12px;
  }
  .drop-text {
    flex: 1 1 14em;
    color: var(--_muted);
  }
  .drop[data-over] .drop-text {
    color: var(--_accent);
    font-weight: 600;
  }
  #yaml {
    font-family: var(--corral-log-font, 'JetBrains Mono', 'IBM Plex Mono', ui-monospace, 'DejaVu Sans Mono', monospace);
    white-space: pre;
    overflow: auto;
  }
  .yaml-state {
    display: grid;
    gap: 6px;
    min-height: 1.4em;
  }
  .valid {
    margin: 0;
    color: var(--_ok);
  }
  .problem b,
  .problems b {
    font-weight: 600;
  }
  .problems {
    margin: 0;
    padding-inline-start: 1.4em;
    color: var(--_danger);
    overflow-wrap: anywhere;
  }
  code {
    font: inherit;
    font-weight: 600;
  }
  .snippet {
    margin: 0;
    padding: 4px 0;
    list-style: none;
    overflow: auto;
    direction: ltr;
    font-family: var(--corral-log-font, 'JetBrains Mono', 'IBM Plex Mono', ui-monospace, 'DejaVu Sans Mono', monospace);
    font-size: 11px;
    background: var(--_surface);
    border: 1px solid var(--_border);
    border-radius: 2px;
  }
  .snippet li {
    display: flex;
    gap: 12px;
    padding: 1px 8px;
  }
  .snippet li[data-meant] {
    background: color-mix(in srgb, var(--_danger) 16%, transparent);
    box-shadow: inset 3px 0 var(--_danger);
  }
  .snippet code {
    font-weight: 400;
    white-space: pre;
  }
  .line-number {
    flex: none;
    min-width: 2.5em;
    color: var(--_muted);
    text-align: end;
    font-variant-numeric: tabular-nums;
    user-select: none;
  }
  mark {
    color: var(--_background);
    background: var(--_danger);
  }
  .go-to {
    justify-self: start;
  }
  table {
    width: 100%;
    border-collapse: collapse;
    font-size: inherit;
    color: inherit;
    font-variant-numeric: tabular-nums;
  }
  caption {
    padding: 2px 0 4px;
    text-align: start;
  }
  th,
  td {
    padding: 3px 10px 3px 0;
    text-align: start;
    vertical-align: baseline;
    font-weight: 400;
    overflow-wrap: anywhere;
  }
  tbody th {
    width: 13em;
    color: var(--_muted);
  }
  tbody tr + tr > * {
    border-top: 1px solid color-mix(in srgb, var(--_border) 35%, transparent);
  }
  /* Short ids stay whole where there is little room. */
  [part='tasks'] td:first-child {
    min-width: 7em;
  }
  td ul {
    margin: 0;
    padding-inline-start: 1.2em;
  }
  .default {
    margin-inline-start: 4px;
    color: var(--_muted);
    font-size: 11px;
  }
  .unseen {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  .preview {
    display: grid;
    align-content: start;
    gap: 6px;
    min-width: 0;
  }
  @container (min-width: 860px) {
    #panel-yaml:not([hidden]) {
      grid-template-columns: minmax(0, 1fr) minmax(0, 1fr);
      gap: 18px;
    }
    .drop {
      grid-template-rows: auto 1fr;
    }
    #yaml {
      min-height: 26em;
    }
  }
  @container (max-width: 419px) {
    tbody th {
      width: 8em;
    }
  }
  @media (forced-colors: active) {
    .tab {
      border-color: Canvas Canvas CanvasText;
    }
    .tab[aria-selected='true'] {
      border-bottom-color: Highlight;
    }
    .snippet li[data-meant] {
      border-inline-start: 3px solid;
    }
    .drop[data-over] {
      border-color: Highlight;
    }
  }
`;
