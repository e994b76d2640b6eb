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

/** Values of the public custom properties for a light page, dark enough for text on white. */
export const lightTheme = css`
  --corral-themed: 1;
  --corral-background: #fff;
  --corral-surface: #faf6f0;
  --corral-text: #2b1c0a;
  --corral-muted: #6d5637;
  --corral-accent: #9a4f00;
  --corral-border: #d8b98d;
  --corral-tokens: #006b75;
  --corral-memory: #9a4f00;
  --corral-latency: #0b6b2c;
  --corral-ok: #0b6b2c;
  --corral-warn: #8a5a00;
  --corral-danger: #b3261e;
  --corral-idle: #6b6b6b;
`;

/** Values of the public custom properties for a page with a palette of its own: quiet greys and blues, dark. */
export const neutralTheme = css`
  --corral-themed: 1;
  --corral-background: #14171c;
  --corral-surface: #1b1f26;
  --corral-text: #e4e8ee;
  --corral-muted: #9aa4b2;
  --corral-accent: #8ab4f8;
  --corral-border: #38404d;
  --corral-tokens: #7fd1de;
  --corral-memory: #e0b072;
  --corral-latency: #8fd19e;
  --corral-ok: #8fd19e;
  --corral-warn: #e6c15c;
  --corral-danger: #f28b82;
  --corral-idle: #8b95a3;
  --corral-font: system-ui, sans-serif;
`;

/** Takes back what a theme further out has set, so that the phosphor look of {@link tokens} applies again. */
export const phosphorTheme = css`
  --corral-themed: initial;
  --corral-background: initial;
  --corral-surface: initial;
  --corral-text: initial;
  --corral-muted: initial;
  --corral-accent: initial;
  --corral-border: initial;
  --corral-tokens: initial;
  --corral-memory: initial;
  --corral-latency: initial;
  --corral-ok: initial;
  --corral-warn: initial;
  --corral-danger: initial;
  --corral-idle: initial;
  --corral-font: initial;
`;
