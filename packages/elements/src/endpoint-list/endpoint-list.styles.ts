import { css } from 'lit';

export const endpointListStyles = css`
  :host {
    display: block;
    min-width: 0;
    font-size: 12px;
    line-height: 1.4;
  }
  ul {
    margin: 0;
    padding: 0;
    list-style: none;
  }
  li {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 4px 10px;
    min-height: 36px;
    padding: 4px 10px;
    border: 1px solid var(--_border);
    border-radius: 2px;
    overflow-wrap: anywhere;
  }
  li + li {
    margin-top: -1px;
  }
  .dot {
    flex: none;
    width: 9px;
    height: 9px;
    border-radius: 50%;
    background: var(--_idle);
  }
  [data-status='healthy'] .dot {
    background: var(--_ok);
  }
  [data-status='unhealthy'] .dot {
    background: var(--_danger);
  }
  b {
    color: var(--_accent);
    font-weight: 600;
    unicode-bidi: isolate;
  }
  .condition {
    flex: 1 1 12em;
    color: var(--_muted);
  }
  .confirm {
    flex: 1 1 22em;
  }
  @media (forced-colors: active) {
    .dot {
      background: CanvasText;
    }
  }
`;
