import { css } from 'lit';

export const taskCardStyles = css`
  :host {
    display: block;
    min-width: 0;
    container-type: inline-size;
    font-size: 12px;
    line-height: 1.4;
  }
  article {
    box-sizing: border-box;
    height: 100%;
    display: grid;
    align-content: start;
    gap: 8px;
    padding: 10px 12px;
    background: var(--_background);
    border: 1px solid var(--_border);
    border-radius: var(--corral-radius, 3px);
  }
  header {
    display: flex;
    align-items: start;
    gap: 10px;
    min-width: 0;
  }
  h4 {
    flex: 1;
    min-width: 0;
    margin: 0;
    display: -webkit-box;
    -webkit-box-orient: vertical;
    -webkit-line-clamp: 3;
    overflow: hidden;
    font-size: 13px;
    font-weight: 600;
    color: var(--_accent);
    overflow-wrap: anywhere;
    unicode-bidi: isolate;
  }
  h5 {
    margin: 0;
    font-size: 10.5px;
    font-weight: 600;
    color: var(--_muted);
    text-transform: uppercase;
    letter-spacing: 0.06em;
  }
  /* Our words keep their order in a page that is read from right to left. */
  p,
  dd {
    unicode-bidi: plaintext;
    text-align: -webkit-match-parent;
    text-align: match-parent;
  }
  .failure {
    margin: 0;
    color: var(--_danger);
    overflow-wrap: anywhere;
  }
  dl {
    display: grid;
    grid-template-columns: repeat(auto-fill, minmax(5.6em, 1fr));
    gap: 4px 10px;
    margin: 0;
    font-variant-numeric: tabular-nums;
  }
  dl > div {
    min-width: 0;
  }
  .model {
    grid-column: 1 / -1;
    display: flex;
    gap: 8px;
  }
  dt {
    color: var(--_muted);
    font-size: 10.5px;
    text-transform: uppercase;
    letter-spacing: 0.06em;
  }
  .model dt {
    flex: none;
    line-height: 16px;
  }
  dd {
    margin: 0;
    min-width: 0;
    overflow-wrap: anywhere;
  }
  .model dd {
    unicode-bidi: isolate;
  }
  dd[data-unknown],
  .quiet-text {
    color: var(--_muted);
  }
  .quiet-text,
  .problem {
    margin: 0;
  }
  .open,
  .again,
  .copy {
    justify-self: start;
  }
  .details {
    display: grid;
    gap: 6px;
    min-width: 0;
  }
  .copy-row {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 8px;
    color: var(--_ok);
  }
  pre {
    box-sizing: border-box;
    max-height: 220px;
    margin: 0;
    padding: 6px 8px;
    overflow: auto;
    overscroll-behavior: contain;
    font: inherit;
    font-family: var(--corral-log-font, 'JetBrains Mono', 'IBM Plex Mono', ui-monospace, 'DejaVu Sans Mono', monospace);
    font-size: 11px;
    white-space: pre-wrap;
    overflow-wrap: anywhere;
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
