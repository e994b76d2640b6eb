import { css } from 'lit';

export const settingsStyles = css`
  :host {
    display: block;
    min-width: 0;
    container-type: inline-size;
    font-size: 12px;
    line-height: 1.4;
  }
  form {
    display: grid;
    gap: 10px;
  }
  .fields {
    display: grid;
    grid-template-columns: repeat(auto-fill, minmax(min(11.5em, 100%), 1fr));
    gap: 8px 14px;
    align-items: start;
  }
  .field {
    display: grid;
    gap: 2px;
    min-width: 0;
  }
  .wide {
    grid-column: 1 / -1;
  }
  label {
    color: var(--_muted);
    text-transform: uppercase;
    letter-spacing: 0.06em;
    font-size: 10.5px;
  }
  .check {
    display: flex;
    align-items: center;
    align-self: center;
    gap: 8px;
    min-height: 28px;
    color: var(--_text);
  }
  .check input {
    min-height: 0;
    width: 16px;
    height: 16px;
    margin: 0;
  }
  .input {
    position: relative;
    display: flex;
    gap: 8px;
  }
  .input input {
    flex: 1;
    width: 100%;
    font-variant-numeric: tabular-nums;
  }
  select {
    width: 100%;
  }
  .reset {
    position: absolute;
    inset-block: 0;
    inset-inline-end: 0;
    width: 28px;
    padding: 0;
    border-color: transparent;
    letter-spacing: 0;
  }
  .reset[hidden] {
    display: none;
  }
  .field:has(.reset:not([hidden])) input {
    padding-inline-end: 30px;
    border-color: var(--_accent);
  }
  .note {
    margin: 0;
    min-height: 1.3em;
    color: var(--_muted);
    font-size: 10.5px;
    line-height: 1.3;
    overflow-wrap: anywhere;
  }
  .note[data-problem] {
    color: var(--_danger);
  }
  .row {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 8px;
  }
  .row button {
    min-width: 7em;
  }
  .saved {
    color: var(--_ok);
  }
  .port {
    padding-top: 10px;
    border-top: 1px solid color-mix(in srgb, var(--_border) 55%, transparent);
  }
  .port button {
    flex: none;
  }
  .restart-needed {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 8px;
    padding: 6px 10px;
    border: 1px solid var(--_warn);
    border-radius: 2px;
  }
  .restart-needed > p {
    flex: 1 1 12em;
    margin: 0;
    color: var(--_warn);
  }
  .restart-needed > .confirm {
    flex: 1;
  }
  summary {
    cursor: pointer;
    color: var(--_tokens);
  }
  textarea {
    display: block;
    width: 100%;
    margin: 8px 0;
    resize: vertical;
    font-family: inherit;
  }
  .hint {
    margin: 8px 0 0;
    color: var(--_muted);
  }
  .left-out {
    margin: 6px 0 0;
    padding: 0;
    list-style: none;
    color: var(--_muted);
    overflow-wrap: anywhere;
  }
  .left-out code {
    font: inherit;
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
`;
