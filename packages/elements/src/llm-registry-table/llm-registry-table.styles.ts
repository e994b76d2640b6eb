import { css } from 'lit';

export const registryTableStyles = css`
  :host {
    display: block;
    container-type: inline-size;
    min-width: 0;
    font-size: 12px;
    line-height: 1.4;
  }
  form {
    margin: 0 0 12px;
    padding: 12px 14px 4px;
    border: 1px solid var(--_border);
    border-radius: var(--corral-radius, 3px);
  }
  .fields {
    display: flex;
    flex-wrap: wrap;
    align-items: start;
    gap: 4px 12px;
  }
  .fields[hidden] {
    display: none;
  }
  .field {
    flex: 1 1 12em;
    display: grid;
    gap: 2px;
    min-width: 0;
  }
  .field[data-field='port'] {
    flex: 0 1 9em;
  }
  label {
    color: var(--_muted);
    text-transform: uppercase;
    letter-spacing: 0.06em;
    font-size: 10.5px;
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
  .form-buttons {
    display: flex;
    gap: 8px;
    padding-top: calc(10.5px * 1.4 + 2px);
  }
  .form-buttons button {
    min-width: 6em;
  }
  .said {
    margin: 0;
    color: var(--_ok);
  }
  form .problem {
    margin: 0 0 8px;
  }
  .fleet {
    display: flex;
    flex-wrap: wrap;
    gap: 6px;
    margin: 0 0 12px;
    padding: 0;
    list-style: none;
  }
  .fleet li {
    min-width: 0;
    max-width: 100%;
  }
  .chip {
    --_action: var(--_muted);
    max-width: 100%;
    border-radius: 14px;
    font-weight: 400;
    letter-spacing: 0;
    color: var(--_text);
    border-color: var(--_border);
    overflow-wrap: anywhere;
  }
  .chip-name {
    font-weight: 600;
    unicode-bidi: isolate;
  }
  .chip[data-loaded]::before {
    content: '●' / '';
    margin-inline-end: 5px;
    color: var(--_ok);
  }
  .chip[aria-pressed='true'] {
    --_action: var(--_accent);
    color: var(--_background);
    background: var(--_accent);
    border-color: var(--_accent);
  }
  .chip[aria-pressed='true']:hover {
    background: var(--_accent);
  }
  .chip[aria-pressed='true']::before {
    color: inherit;
  }
  .tools {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 8px 12px;
    margin: 0 0 8px;
  }
  .search {
    flex: 1 1 16em;
    max-width: 32em;
  }
  .found {
    margin-inline-start: auto;
    color: var(--_muted);
    font-variant-numeric: tabular-nums;
  }
  .lost {
    margin: 0 0 8px;
    color: var(--_warn);
  }
  .no-match,
  .empty {
    margin: 12px 0 0;
    padding: 32px 16px;
    border: 1px dashed var(--_border);
    border-radius: var(--corral-radius, 3px);
    text-align: center;
    font-size: 13px;
    color: var(--_muted);
  }
  .no-match button {
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
    font-variant-numeric: tabular-nums;
  }
  .unseen {
    position: absolute;
    width: 1px;
    height: 1px;
    margin: 0;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  @container (max-width: 519px) {
    .form-buttons {
      padding: 0 0 4px;
    }
  }
  @media (forced-colors: active) {
    .chip[aria-pressed='true'] {
      forced-color-adjust: none;
      color: HighlightText;
      background: Highlight;
    }
  }
`;
