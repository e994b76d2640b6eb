import { css } from 'lit';

/** Buttons, fields and questions, alike in every element. */
export const controls = css`
  button,
  input,
  select,
  textarea {
    box-sizing: border-box;
    min-height: 28px;
    padding: 3px 8px;
    font: inherit;
    font-size: 12px;
    border: 1px solid;
    border-radius: 2px;
  }
  button {
    --_action: var(--_accent);
    font-weight: 600;
    letter-spacing: 0.06em;
    color: var(--_action);
    background: transparent;
    border-color: currentcolor;
    cursor: pointer;
  }
  button:hover:not(:disabled, [aria-disabled='true']) {
    background: color-mix(in srgb, var(--_action) 16%, transparent);
  }
  :is(button, input, select, textarea, summary):focus-visible {
    outline: 2px solid var(--_action, var(--_accent));
    outline-offset: 2px;
  }
  button:disabled,
  button[aria-disabled='true'] {
    cursor: not-allowed;
    opacity: 0.55;
    border-style: dashed;
  }
  .start {
    --_action: var(--_ok);
  }
  .stop,
  .danger {
    --_action: var(--_danger);
  }
  .quiet {
    --_action: var(--_tokens);
  }
  input,
  select,
  textarea {
    min-width: 0;
    color: var(--_text);
    background: var(--_surface);
    border-color: var(--_border);
    accent-color: var(--_accent);
  }
  ::placeholder {
    color: var(--_muted);
    opacity: 1;
  }
  [aria-invalid='true'] {
    border-color: var(--_danger);
  }
  .problem {
    margin: 8px 0 0;
    color: var(--_danger);
    font-size: 12px;
    overflow-wrap: anywhere;
  }
  .confirm {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 8px;
    font-size: 12px;
  }
  .confirm p {
    flex: 1 1 12em;
    margin: 0;
    color: var(--_warn);
  }
  @media (forced-colors: active) {
    [aria-invalid='true'] {
      border-style: dashed;
    }
  }
`;
