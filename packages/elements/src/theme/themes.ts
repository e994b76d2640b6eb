import { css } from 'lit';

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
  --corral-cpu: #1d6a94;
  --corral-ram: #6b46c1;
  --corral-vram: #9a5b00;
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
  --corral-cpu: initial;
  --corral-ram: initial;
  --corral-vram: initial;
  --corral-font: initial;
`;
