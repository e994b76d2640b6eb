import { css } from 'lit';

export const gridStyles = css`
  :host {
    display: block;
    container-type: inline-size;
    --_gap: var(--corral-gap, 12px);
    --_columns: 1;
  }
  .summary {
    display: flex;
    flex-wrap: wrap;
    justify-content: space-between;
    gap: 0 16px;
    margin: 0 0 8px;
    min-height: 1.4em;
    font-size: 12px;
    line-height: 1.4;
    color: var(--_muted);
    font-variant-numeric: tabular-nums;
  }
  .progress {
    flex: 1;
    color: var(--_tokens);
  }
  .connection[data-lost] {
    color: var(--_warn);
  }
  .toolbar {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 8px;
    margin: 0 0 12px;
  }
  .search {
    flex: 1 1 13em;
  }
  .group,
  .sort {
    flex: 0 1 auto;
  }
  .buttons,
  .toolbar > .confirm {
    display: flex;
    flex-wrap: wrap;
    gap: 8px;
    min-height: 28px;
  }
  .toolbar > .confirm p {
    flex: 0 1 auto;
  }
  [role='alert'] .problem {
    margin: 0 0 12px;
  }
  .attach-panel {
    margin: 0 0 12px;
    padding: 12px 14px 6px;
    border: 1px solid var(--_border);
    border-radius: var(--corral-radius, 3px);
  }
  .loading {
    margin: 0 0 6px;
    font-size: 12px;
    color: var(--_muted);
  }
  .cards {
    display: grid;
    gap: var(--_gap);
  }
  .cards[hidden] {
    display: none;
  }
  .cards[data-stale] {
    filter: grayscale(1);
  }
  .block {
    display: grid;
    grid-template-columns: repeat(var(--_columns), minmax(min(320px, 100%), 1fr));
    gap: var(--_gap);
    align-items: start;
    /* Skipping clips what is painted outside, such as outlines: they get room. */
    padding: 5px;
    margin: -5px;
  }
  .block[data-full] {
    content-visibility: auto;
    contain-intrinsic-block-size: auto calc(18 / var(--_columns) * (var(--_card-height, 322px) + var(--_gap)));
  }
  [role='listitem'] {
    min-width: 0;
    border-radius: var(--corral-radius, 3px);
  }
  [role='listitem']:focus-visible {
    outline: 2px solid var(--_accent);
    outline-offset: 2px;
  }
  @container (min-width: 900px) {
    .cards {
      --_columns: 2;
    }
  }
  @container (min-width: 1400px) {
    .cards {
      --_columns: 3;
    }
  }
  .empty {
    margin: 0;
    padding: 48px 16px;
    border: 1px dashed var(--_border);
    border-radius: var(--corral-radius, 3px);
    text-align: center;
    font-size: 13px;
    color: var(--_muted);
  }
  .no-match p {
    margin: 0 0 12px;
  }
  .endpoints,
  ul {
    margin: 12px 0 0;
  }
  ul {
    padding: 0;
    list-style: none;
    font-size: 12px;
    color: var(--_muted);
    overflow-wrap: anywhere;
  }
  .rejected b {
    color: var(--_warn);
    font-weight: 600;
  }
  .companions b {
    font-weight: 400;
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
  @container (max-width: 560px) {
    .buttons,
    .group,
    .sort {
      flex: 1 1 8em;
    }
    .buttons {
      flex-basis: 100%;
    }
    .buttons button {
      flex: 1 1 8em;
    }
  }
`;
