import { css } from 'lit';

export const jobViewStyles = css`
  :host {
    display: block;
    min-width: 0;
    container-type: inline-size;
    font-size: 12px;
    line-height: 1.4;
  }
  article {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    gap: 14px;
  }
  [data-stale] .badge,
  [data-stale] .amounts {
    filter: grayscale(1);
  }
  header {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    gap: 8px;
  }
  .title {
    display: flex;
    align-items: start;
    gap: 12px;
  }
  h3,
  h4 {
    margin: 0;
    color: var(--_accent);
    font-weight: 600;
  }
  h3 {
    flex: 1;
    min-width: 0;
    font-size: 16px;
    line-height: 1.35;
    overflow-wrap: anywhere;
    unicode-bidi: isolate;
  }
  h4 {
    font-size: 13px;
  }
  summary {
    width: fit-content;
    color: var(--_muted);
    cursor: pointer;
  }
  pre {
    box-sizing: border-box;
    max-height: 260px;
    margin: 6px 0 0;
    padding: 6px 8px;
    overflow: auto;
    overscroll-behavior: contain;
    font: inherit;
    white-space: pre-wrap;
    overflow-wrap: anywhere;
    background: var(--_surface);
    border: 1px solid var(--_border);
    border-radius: 2px;
  }
  pre:focus-visible {
    outline: 2px solid var(--_accent);
    outline-offset: 2px;
  }
  .about {
    display: flex;
    flex-wrap: wrap;
    align-items: end;
    justify-content: space-between;
    gap: 8px 20px;
  }
  .what {
    display: grid;
    gap: 6px;
    flex: 1 1 18em;
    min-width: 0;
  }
  .id {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 4px 10px;
    margin: 0;
    color: var(--_muted);
  }
  code {
    font: inherit;
    overflow-wrap: anywhere;
    unicode-bidi: isolate;
  }
  .sentence {
    margin: 0;
    color: var(--_muted);
  }
  .sentence[hidden] {
    display: none;
  }
  .sentence[data-tone='warn'] {
    color: var(--_warn);
  }
  .sentence[data-tone='danger'] {
    color: var(--_danger);
  }
  .gone {
    margin: 0;
    padding: 6px 10px;
    color: var(--_warn);
    border: 1px solid currentcolor;
    border-radius: 2px;
  }
  .actions {
    display: flex;
    flex-wrap: wrap;
    align-items: end;
    gap: 8px;
  }
  .actions:focus-visible {
    outline: 2px solid var(--_accent);
    outline-offset: 2px;
  }
  .raise {
    display: flex;
    flex-wrap: wrap;
    align-items: end;
    gap: 8px;
  }
  .raise label {
    display: grid;
    gap: 3px;
    color: var(--_muted);
  }
  .raise input {
    width: 15em;
    max-width: 100%;
  }
  .raise .problem {
    margin: 0;
  }
  [role='alert']:empty {
    position: absolute;
  }
  .amounts {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(min(100%, 220px), 1fr));
    align-items: end;
    gap: 10px 20px;
    padding: 10px 12px;
    background: var(--_background);
    border: 1px solid var(--_border);
    border-radius: var(--corral-radius, 3px);
  }
  /* Work that is nearly done is no danger. */
  .progress .amount[data-near] {
    --_amount: var(--_ok);
  }
  .unpriced {
    margin: -6px 0 0;
    color: var(--_warn);
  }
  dl {
    display: flex;
    flex-wrap: wrap;
    gap: 6px 24px;
    margin: 0;
  }
  /* Wide enough for numbers and ages as they grow: what stands beside them stays where it is. */
  dl > div {
    min-width: 5.5em;
    font-variant-numeric: tabular-nums;
  }
  dt {
    color: var(--_muted);
    font-size: 10.5px;
    text-transform: uppercase;
    letter-spacing: 0.06em;
  }
  dd {
    margin: 0;
    overflow-wrap: anywhere;
    unicode-bidi: isolate;
  }
  .criteria ul {
    margin: 4px 0 0;
    padding-inline: 18px;
  }
  .criteria li {
    overflow-wrap: anywhere;
    unicode-bidi: isolate;
  }
  .criteria li::marker {
    color: var(--_muted);
  }
  .tasks {
    display: grid;
    grid-template-columns: repeat(auto-fill, minmax(min(100%, 270px), 1fr));
    gap: 12px;
    margin: -6px 0 0;
    padding: 0;
    list-style: none;
  }
  .tasks > li {
    min-width: 0;
  }
  .tasks > li > * {
    height: 100%;
  }
  /* A card that was opened is high: the others of its row are not. */
  .tasks:has(> li > [open]) {
    align-items: start;
  }
  .more,
  .quiet-text {
    margin: 0;
    color: var(--_muted);
  }
  .quiet-text {
    margin-top: -8px;
  }
  /* As high as one row of cards: what follows does not move away when they come. */
  .coming {
    min-height: 138px;
  }
  .lost {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 8px;
  }
  .lost .problem {
    margin: 0;
  }
  .blank {
    margin: 0;
    padding: 24px 16px;
    text-align: center;
    color: var(--_muted);
    border: 1px dashed var(--_border);
    border-radius: var(--corral-radius, 3px);
  }
  .blank .lost {
    justify-content: center;
  }
  /* In little width the buttons have a line of their own, however many there are. */
  @container (max-width: 479px) {
    .what {
      flex-basis: 100%;
    }
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
`;
