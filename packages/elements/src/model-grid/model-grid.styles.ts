import { css } from 'lit';

export const gridStyles = css`
  :host {
    display: block;
    container-type: inline-size;
  }
  .summary {
    display: flex;
    justify-content: space-between;
    gap: 16px;
    margin: 0 0 10px;
    min-height: 1.4em;
    font-size: 12px;
    line-height: 1.4;
    color: var(--_muted);
    font-variant-numeric: tabular-nums;
  }
  .connection[data-lost] {
    color: var(--_warn);
  }
  .cards {
    display: grid;
    grid-template-columns: minmax(min(320px, 100%), 1fr);
    gap: var(--corral-gap, 12px);
    align-items: start;
  }
  .cards[hidden] {
    display: none;
  }
  .cards[data-stale] {
    filter: grayscale(1);
  }
  @container (min-width: 900px) {
    .cards {
      grid-template-columns: repeat(2, minmax(320px, 1fr));
    }
  }
  @container (min-width: 1400px) {
    .cards {
      grid-template-columns: repeat(3, minmax(320px, 1fr));
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
  ul {
    margin: 12px 0 0;
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
`;
