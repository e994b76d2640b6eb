import { css } from 'lit';

export const panelStyles = css`
  :host {
    display: block;
    min-width: 0;
    container-type: inline-size;
    font-size: 12px;
    line-height: 1.35;
  }
  .tiles {
    display: grid;
    grid-template-columns: repeat(auto-fill, minmax(min(290px, 100%), 1fr));
    align-items: start;
    gap: var(--corral-gap, 12px);
    margin: 0;
    padding: 0;
    list-style: none;
  }
  .tiles[data-stale] {
    filter: grayscale(1);
  }
  article {
    display: grid;
    gap: 8px;
    padding: 10px 14px 12px;
    background: var(--_background);
    border: 1px solid var(--_border);
    border-radius: var(--corral-radius, 3px);
  }
  li {
    min-width: 0;
  }
  h3 {
    margin: 0;
    font-size: 13px;
    font-weight: 600;
    color: var(--_accent);
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
    unicode-bidi: isolate;
  }
  dl {
    display: grid;
    gap: 7px;
    margin: 0;
  }
  dl > div {
    --_metric: var(--_text);
    display: grid;
    grid-template-columns: 6.4em minmax(0, 1fr);
    column-gap: 0.6em;
    align-items: center;
  }
  dt {
    color: var(--_muted);
    text-transform: uppercase;
    letter-spacing: 0.06em;
    font-size: 10.5px;
  }
  dd {
    display: grid;
    grid-template-columns: minmax(2em, 1fr) 10.8em;
    column-gap: 0.8em;
    row-gap: 3px;
    align-items: center;
    margin: 0;
  }
  dd[data-unknown] b {
    color: var(--_muted);
  }
  b {
    font-weight: 600;
    text-align: end;
    white-space: nowrap;
    font-variant-numeric: tabular-nums;
    color: var(--_metric);
  }
  .trend {
    width: 100%;
    height: 1.7em;
    overflow: visible;
  }
  .trend path {
    fill: none;
    stroke: var(--_metric);
    stroke-width: 1.5px;
    stroke-linecap: round;
    stroke-linejoin: round;
    vector-effect: non-scaling-stroke;
  }
  .bar {
    grid-column: 1 / -1;
    display: block;
    width: 100%;
    height: 5px;
    border-radius: 2px;
    background: color-mix(in srgb, var(--_metric) 22%, transparent);
  }
  .bar rect {
    fill: var(--_metric);
  }
  [data-unknown] .bar {
    background: repeating-linear-gradient(
      90deg,
      color-mix(in srgb, var(--_muted) 45%, transparent) 0 3px,
      transparent 3px 7px
    );
  }
  .problem {
    margin: 0;
  }
  .empty {
    margin: 0;
    padding: 32px 16px;
    text-align: center;
    color: var(--_muted);
    border: 1px dashed var(--_border);
    border-radius: var(--corral-radius, 3px);
  }
  @container (max-width: 330px) {
    dl > div {
      grid-template-columns: 5.6em minmax(0, 1fr);
    }
    dt {
      letter-spacing: 0;
    }
  }
  @media (forced-colors: active) {
    .trend path {
      stroke: CanvasText;
    }
    b {
      color: CanvasText;
    }
    .bar {
      border: 1px solid CanvasText;
    }
    .bar rect {
      fill: Highlight;
    }
    .bar,
    .bar rect {
      forced-color-adjust: none;
    }
  }
`;
