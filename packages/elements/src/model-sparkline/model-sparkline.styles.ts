import { css } from 'lit';

export const sparklineStyles = css`
  :host {
    display: grid;
    grid-template-columns: 6.4em minmax(3em, 1fr) 7.6em;
    grid-template-rows: 1.25em 1em;
    column-gap: 0.6em;
    align-items: center;
    font-size: var(--corral-sparkline-font-size, 12px);
    line-height: 1.25;
    contain: layout style;
  }
  .label {
    grid-row: 1 / 3;
    color: var(--_muted);
    text-transform: uppercase;
    letter-spacing: 0.06em;
    font-size: 0.875em;
    white-space: nowrap;
  }
  svg,
  pre {
    grid-row: 1 / 3;
    width: 100%;
    height: 2.25em;
    margin: 0;
    overflow: visible;
  }
  path {
    fill: none;
    stroke: var(--_metric);
    stroke-width: var(--corral-sparkline-stroke, 1.5px);
    stroke-linecap: round;
    stroke-linejoin: round;
    vector-effect: non-scaling-stroke;
  }
  :host([variant='bars']) path {
    stroke-width: 3px;
    stroke-linecap: butt;
  }
  pre {
    display: none;
    color: var(--_metric);
    font: inherit;
    font-family: var(--_font);
    line-height: 1;
    height: 3em;
    text-align: end;
  }
  :host([variant='ascii']) {
    grid-template-columns: 6.4em minmax(12.5em, 1fr) 7.6em;
    grid-template-rows: 1.6em 1.4em;
  }
  :host([variant='ascii']) pre {
    display: block;
  }
  :host([variant='ascii']) svg {
    display: none;
  }
  .current,
  .range {
    text-align: end;
    white-space: nowrap;
    font-variant-numeric: tabular-nums;
  }
  .current {
    color: var(--_metric);
  }
  .current:has(+ .range:empty) {
    grid-row: 1 / 3;
  }
  .range {
    color: var(--_muted);
    font-size: 0.84em;
  }
  @media (forced-colors: active) {
    path {
      stroke: CanvasText;
    }
    .current,
    pre {
      color: CanvasText;
    }
  }
`;
