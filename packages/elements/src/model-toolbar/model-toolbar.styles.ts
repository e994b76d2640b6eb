import { css } from 'lit';

/** Its rows have the same height whatever is in them: a grid keeps that much room until the toolbar is loaded. */
export const toolbarStyles = css`
  :host {
    display: block;
    container-type: inline-size;
    font-size: 12px;
    line-height: 1.4;
  }
  .summary {
    display: flex;
    flex-wrap: wrap;
    justify-content: space-between;
    gap: 0 16px;
    margin: 0 0 8px;
    min-height: 1.4em;
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
    display: grid;
    grid-template-columns: minmax(8em, 1fr) auto auto auto;
    gap: 8px;
    margin: 0 0 12px;
  }
  .buttons,
  .confirm {
    display: flex;
    flex-wrap: wrap;
    align-content: start;
    gap: 8px;
    min-height: 28px;
  }
  .confirm p {
    flex: 0 1 auto;
  }
  [role='alert'] .problem {
    margin: 0 0 12px;
  }
  @container (max-width: 899px) {
    .toolbar {
      grid-template-columns: minmax(0, 1fr) auto auto;
    }
    .buttons,
    .confirm {
      grid-column: 1 / -1;
    }
  }
  @container (max-width: 560px) {
    .toolbar {
      grid-template-columns: repeat(2, minmax(0, 1fr));
    }
    .search {
      grid-column: 1 / -1;
    }
    .buttons {
      display: grid;
      grid-template-columns: repeat(2, minmax(0, 1fr));
    }
    .buttons button {
      padding-inline: 0;
    }
    .buttons,
    .confirm {
      min-height: 64px;
    }
    .confirm p {
      flex-basis: 100%;
    }
  }
`;
