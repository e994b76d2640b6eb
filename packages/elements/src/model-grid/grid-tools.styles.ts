import { css } from 'lit';

/** What a grid shows only with its tools: it comes with them. */
export const toolsStyles = css`
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
`;
