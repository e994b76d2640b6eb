import { css } from 'lit';

/**
 * The colours and sizes of every element, as private names that read the public custom properties. A page sets the
 * public ones, anywhere above; without them the phosphor look applies.
 */
export const tokens = css`
  :host {
    --_background: var(--corral-background, #000);
    --_surface: var(--corral-surface, #0b0805);
    --_text: var(--corral-text, #ffd9a8);
    --_muted: var(--corral-muted, #b98a55);
    --_accent: var(--corral-accent, #ff9500);
    --_border: var(--corral-border, #7a4700);
    --_tokens: var(--corral-tokens, #00ffff);
    --_memory: var(--corral-memory, #ff9500);
    --_latency: var(--corral-latency, #00ff41);
    --_ok: var(--corral-ok, #00ff41);
    --_warn: var(--corral-warn, #ffb000);
    --_danger: var(--corral-danger, #ff5c5c);
    --_idle: var(--corral-idle, #8d8d8d);
    --_font: var(--corral-font, 'JetBrains Mono', 'IBM Plex Mono', ui-monospace, 'DejaVu Sans Mono', monospace);
    font-family: var(--_font);
    color: var(--_text);
  }
  :host([hidden]) {
    display: none;
  }
`;
