import { css } from 'lit';

/**
 * The head keeps the rows of the toolbar free until it is loaded. A block that is skipped clips what is painted outside
 * of it, such as outlines: its padding gives them room.
 */
export const gridStyles = css`
  :host {
    display: block;
    container-type: inline-size;
    --_gap: var(--corral-gap, 12px);
    --_columns: 1;
  }
  .head {
    display: flow-root;
    min-height: 64.8px;
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
  .unseen {
    position: absolute;
    width: 1px;
    height: 1px;
    margin: 0;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  @container (max-width: 899px) {
    .head {
      min-height: 100.8px;
    }
  }
  @container (max-width: 560px) {
    .head {
      min-height: 172.8px;
    }
  }
`;
