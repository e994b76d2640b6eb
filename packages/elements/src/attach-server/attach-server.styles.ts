import { css } from 'lit';

export const attachStyles = css`
  :host {
    display: block;
    min-width: 0;
    font-size: 12px;
    line-height: 1.4;
  }
  form {
    display: flex;
    flex-wrap: wrap;
    align-items: start;
    gap: 8px 12px;
  }
  .field {
    flex: 1 1 14em;
    display: grid;
    gap: 2px;
    min-width: 0;
  }
  label {
    color: var(--_muted);
    text-transform: uppercase;
    letter-spacing: 0.06em;
    font-size: 10.5px;
  }
  .note {
    margin: 0;
    min-height: 1.3em;
    color: var(--_muted);
    font-size: 11px;
    line-height: 1.3;
    overflow-wrap: anywhere;
  }
  .note[data-problem] {
    color: var(--_danger);
  }
  button {
    margin-top: calc(10.5px * 1.4 + 2px);
    min-width: 7em;
  }
  .after {
    flex: 1 0 100%;
    min-height: 1.4em;
  }
  .after .problem {
    margin: 0;
  }
  [role='status'] {
    color: var(--_ok);
  }
`;
