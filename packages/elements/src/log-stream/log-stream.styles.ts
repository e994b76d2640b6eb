import { css } from 'lit';

export const logStreamStyles = css`
  :host {
    display: block;
    min-width: 0;
    container-type: inline-size;
    font-size: 12px;
    line-height: 1.4;
  }
  section {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    gap: 8px;
  }
  .head {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 6px 10px;
  }
  h4 {
    flex: 1 1 auto;
    margin: 0;
    font-size: 13px;
    font-weight: 600;
    color: var(--_accent);
    unicode-bidi: isolate;
    overflow-wrap: anywhere;
  }
  .levels {
    display: flex;
  }
  .levels button + button {
    margin-inline-start: -1px;
  }
  button[aria-pressed='true'] {
    background: color-mix(in srgb, var(--_action) 20%, transparent);
  }
  .frame {
    position: relative;
    min-width: 0;
  }
  .lines {
    box-sizing: border-box;
    height: var(--corral-log-height, 320px);
    overflow: auto;
    overflow-anchor: none;
    overscroll-behavior: contain;
    contain: strict;
    font-family: var(--corral-log-font, 'JetBrains Mono', 'IBM Plex Mono', ui-monospace, 'DejaVu Sans Mono', monospace);
    font-size: 11px;
    line-height: 18px;
    font-variant-ligatures: none;
    color: var(--_text);
    background: var(--_surface);
    border: 1px solid var(--_border);
    border-radius: 2px;
  }
  .lines:focus-visible {
    outline: 2px solid var(--_accent);
    outline-offset: 2px;
  }
  .space {
    position: relative;
    min-width: calc(var(--_longest, 0) * 1ch + 40ch);
    height: calc(var(--_count, 0) * 18px);
  }
  .block {
    position: absolute;
    top: calc(var(--_from, 0) * 18px);
    left: 0;
    min-width: 100%;
  }
  .row {
    display: flex;
    gap: 1.5ch;
    height: 18px;
    padding-inline: 8px;
    overflow: clip;
    white-space: pre;
  }
  .row[data-level='warn'] {
    background: color-mix(in srgb, var(--_warn) 9%, transparent);
  }
  .row[data-level='error'] {
    background: color-mix(in srgb, var(--_danger) 12%, transparent);
  }
  .row:hover {
    background: color-mix(in srgb, var(--_accent) 14%, transparent);
  }
  time,
  .task {
    flex: none;
    color: var(--_muted);
  }
  .level {
    flex: none;
    inline-size: 5ch;
    overflow: clip;
    font-weight: 700;
    color: var(--_muted);
  }
  [data-level='info'] .level {
    color: var(--_tokens);
  }
  [data-level='warn'] .level {
    color: var(--_warn);
  }
  [data-level='error'] :is(.level, .message) {
    color: var(--_danger);
  }
  [data-level='debug'] .message {
    color: var(--_muted);
  }
  .task {
    inline-size: 10ch;
    overflow: clip;
    text-overflow: ellipsis;
    unicode-bidi: isolate;
  }
  .message {
    unicode-bidi: isolate;
  }
  .flow .row {
    height: auto;
  }
  .flow .message {
    min-width: 0;
    white-space: pre-wrap;
    overflow-wrap: anywhere;
  }
  .blank {
    position: absolute;
    inset: 0;
    display: grid;
    place-content: center;
    margin: 0;
    padding: 0 16px;
    text-align: center;
    color: var(--_muted);
    pointer-events: none;
  }
  .jump {
    position: absolute;
    inset-block-end: 12px;
    inset-inline-end: 20px;
    background: var(--_background);
    font-variant-numeric: tabular-nums;
  }
  .jump:hover:not(:disabled) {
    background: color-mix(in srgb, var(--_action) 16%, var(--_background));
  }
  .foot {
    display: flex;
    flex-wrap: wrap;
    justify-content: space-between;
    gap: 0 12px;
    min-height: 17px;
    margin: 0;
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
  @container (max-width: 520px) {
    .row {
      gap: 1ch;
      padding-inline: 6px;
    }
    .level {
      inline-size: 1ch;
    }
    .task {
      display: none;
    }
  }
  @media (forced-colors: active) {
    /* Backgrounds are taken away here: what is pressed would look like what is not. */
    button[aria-pressed='true'] {
      forced-color-adjust: none;
      color: HighlightText;
      background: Highlight;
      border-color: Highlight;
    }
    .row:hover {
      background: none;
      outline: 1px solid Highlight;
      outline-offset: -1px;
    }
  }
`;
