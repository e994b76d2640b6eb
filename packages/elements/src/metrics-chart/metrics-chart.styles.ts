import { css } from 'lit';

export const chartStyles = css`
  :host {
    display: block;
    min-width: 0;
    container-type: inline-size;
    font-size: 12px;
    line-height: 1.35;
  }
  section {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    gap: 8px;
    padding: 10px 14px 12px;
    background: var(--_background);
    border: 1px solid var(--_border);
    border-radius: var(--corral-radius, 3px);
  }
  section[data-stale] {
    filter: grayscale(1);
  }
  h3 small {
    font-weight: 400;
  }
  .head {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 8px;
  }
  h3 {
    flex: 1 1 auto;
    margin: 0;
    font-size: 13px;
    font-weight: 600;
    color: var(--_accent);
    unicode-bidi: isolate;
    overflow-wrap: anywhere;
  }
  .windows {
    display: flex;
  }
  .windows button + button {
    margin-inline-start: -1px;
  }
  button[aria-pressed='true'] {
    background: color-mix(in srgb, var(--_action) 20%, transparent);
  }
  .plot {
    position: relative;
    height: var(--corral-chart-height, 240px);
    touch-action: pan-y;
  }
  .plot:focus-visible,
  .rows:focus-visible {
    outline: 2px solid var(--_accent);
    outline-offset: 2px;
  }
  .plot > svg {
    position: absolute;
    inset: 0;
    width: 100%;
    height: 100%;
  }
  text {
    font-size: 11px;
    fill: var(--_muted);
    font-variant-numeric: tabular-nums;
  }
  .values text {
    text-anchor: end;
    dominant-baseline: central;
  }
  .values line,
  .times line {
    stroke: color-mix(in srgb, var(--_border) 45%, transparent);
    shape-rendering: crispEdges;
  }
  .times line {
    stroke: color-mix(in srgb, var(--_border) 25%, transparent);
  }
  .lines path {
    fill: none;
    stroke: var(--_series);
    stroke-width: 1.6px;
    stroke-linecap: round;
    stroke-linejoin: round;
  }
  circle {
    fill: var(--_series);
    stroke: var(--_background);
    stroke-width: 1.5px;
  }
  .cursor {
    stroke: var(--_text);
    stroke-dasharray: 3 3;
    shape-rendering: crispEdges;
  }
  line.mark {
    stroke: var(--_warn);
    stroke-dasharray: 2 4;
  }
  text.mark {
    fill: var(--_warn);
    text-anchor: end;
    transform: translateX(-4px);
  }
  .blank {
    position: absolute;
    inset: 0;
    display: grid;
    place-content: center;
    margin: 0;
    padding: 0 16px;
    text-align: center;
    color: var(--_muted);
  }
  .readout {
    position: absolute;
    top: 8px;
    left: var(--_x, 0);
    box-sizing: border-box;
    max-width: min(60%, 260px);
    margin-inline: 10px;
    padding: 5px 8px;
    pointer-events: none;
    background: color-mix(in srgb, var(--_surface) 92%, transparent);
    border: 1px solid var(--_border);
    border-radius: 2px;
    font-variant-numeric: tabular-nums;
  }
  .readout[data-side='before'] {
    transform: translateX(calc(-100% - 20px));
  }
  .readout p {
    margin: 0 0 2px;
    color: var(--_muted);
  }
  .readout div {
    display: flex;
    align-items: center;
    gap: 6px;
  }
  .readout b {
    margin-inline-start: auto;
    padding-inline-start: 8px;
    font-weight: 600;
    white-space: nowrap;
  }
  .name {
    min-width: 0;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
    unicode-bidi: isolate;
  }
  .legend {
    display: flex;
    flex-wrap: wrap;
    gap: 6px;
    max-height: 104px;
    margin: 0;
    padding: 3px;
    overflow: auto;
    list-style: none;
  }
  .legend li {
    min-width: 0;
    max-width: 100%;
  }
  .legend button {
    display: flex;
    align-items: center;
    gap: 7px;
    max-width: 100%;
    letter-spacing: normal;
    font-weight: 400;
    color: var(--_text);
    border-color: var(--_border);
    background: transparent;
  }
  .legend button[aria-pressed='false'] {
    color: var(--_muted);
    border-style: dashed;
  }
  .legend b {
    font-weight: 600;
    white-space: nowrap;
    font-variant-numeric: tabular-nums;
  }
  .swatch {
    flex: none;
    width: 18px;
    height: 12px;
  }
  .swatch path {
    stroke: var(--_series);
    stroke-width: 4px;
  }
  [aria-pressed='false'] .swatch path {
    stroke-width: 1px;
  }
  .rows {
    max-height: var(--corral-chart-height, 240px);
    overflow: auto;
  }
  table {
    width: 100%;
    border-collapse: collapse;
    font-variant-numeric: tabular-nums;
  }
  caption {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  th,
  td {
    padding: 3px 10px 3px 0;
    font-weight: 400;
    text-align: end;
    white-space: nowrap;
  }
  th:first-child {
    text-align: start;
    color: var(--_muted);
  }
  thead th {
    position: sticky;
    top: 0;
    max-width: 14em;
    overflow: hidden;
    text-overflow: ellipsis;
    color: var(--_muted);
    background: var(--_background);
  }
  tbody tr > * {
    border-top: 1px solid color-mix(in srgb, var(--_border) 35%, transparent);
  }
  .pages {
    display: flex;
    align-items: center;
    gap: 10px;
  }
  .problem {
    margin: 0;
  }
  [role='alert']:empty {
    position: absolute;
  }
  .unseen {
    position: absolute;
    width: 1px;
    height: 1px;
    margin: 0;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  [data-slot='0'] {
    --_series: var(--_cpu);
  }
  [data-slot='1'] {
    --_series: var(--_vram);
  }
  [data-slot='2'] {
    --_series: var(--_ram);
  }
  [data-slot='3'] {
    --_series: var(--_latency);
  }
  [data-slot='4'] {
    --_series: var(--_danger);
  }
  [data-slot='5'] {
    --_series: var(--_tokens);
  }
  [data-slot='6'] {
    --_series: var(--_text);
  }
  [data-slot='7'] {
    --_series: var(--_idle);
  }
  @container (max-width: 420px) {
    section {
      padding: 8px 8px 10px;
    }
  }
  @media (forced-colors: active) {
    .lines path,
    .swatch path,
    .cursor,
    circle {
      stroke: CanvasText;
    }
    .values line,
    .times line {
      stroke: color-mix(in srgb, CanvasText 25%, Canvas);
    }
    circle {
      fill: Canvas;
    }
    .swatch path {
      stroke-width: 2px;
    }
    text {
      fill: CanvasText;
    }
    [data-slot='1'] path,
    [data-slot='4'] path,
    path[data-slot='1'],
    path[data-slot='4'] {
      stroke-dasharray: 6 4;
    }
    [data-slot='2'] path,
    [data-slot='5'] path,
    path[data-slot='2'],
    path[data-slot='5'] {
      stroke-dasharray: 2 4;
    }
    [data-slot='3'] path,
    [data-slot='6'] path,
    path[data-slot='3'],
    path[data-slot='6'] {
      stroke-dasharray: 8 3 2 3;
    }
    button[aria-pressed='true'] {
      border-width: 2px;
    }
  }
`;
