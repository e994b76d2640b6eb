import { css } from 'lit';

export const telemetryStyles = css`
  :host {
    --_provider: #8d8d8d;
    display: block;
    min-width: 0;
    container-type: inline-size;
    font-size: 12px;
    line-height: 1.4;
  }
  [data-provider='anthropic'] {
    --_provider: #d97706;
  }
  [data-provider='openai'] {
    --_provider: #10b981;
  }
  [data-provider='google'] {
    --_provider: #3b82f6;
  }
  [data-provider='kimi'] {
    --_provider: #8b5cf6;
  }
  [data-provider='deepseek'] {
    --_provider: #ef4444;
  }
  [data-stale] {
    filter: grayscale(1);
  }
  h4 {
    margin: 0;
    font-size: 13px;
    font-weight: 600;
    color: var(--_accent);
    overflow-wrap: anywhere;
    unicode-bidi: isolate;
  }
  .blank {
    margin: 0;
    padding: 24px 16px;
    text-align: center;
    color: var(--_muted);
    border: 1px dashed var(--_border);
    border-radius: var(--corral-radius, 3px);
  }
  .cards {
    display: grid;
    grid-template-columns: repeat(auto-fill, minmax(min(100%, 290px), 1fr));
    gap: 12px;
    margin: 0;
    padding: 0;
    list-style: none;
  }
  .cards > li {
    min-width: 0;
  }
  article {
    box-sizing: border-box;
    height: 100%;
    display: grid;
    align-content: start;
    gap: 10px;
    padding: 10px 12px;
    background: var(--_background);
    border: 1px solid var(--_border);
    border-inline-start: 4px solid var(--_provider);
    border-radius: var(--corral-radius, 3px);
  }
  .provider {
    margin: 2px 0 0;
    color: var(--_muted);
    overflow-wrap: anywhere;
    unicode-bidi: isolate;
  }
  .shares {
    display: grid;
    gap: 6px;
  }
  .share {
    --_tone: var(--_ok);
    display: grid;
    grid-template-columns: 4.6em minmax(0, 1fr) 4.4em;
    align-items: center;
    gap: 8px;
    font-variant-numeric: tabular-nums;
  }
  .share[data-tone='warn'] {
    --_tone: var(--_warn);
  }
  .share[data-tone='danger'] {
    --_tone: var(--_danger);
  }
  .share-label {
    color: var(--_muted);
  }
  .share-text {
    text-align: end;
  }
  .meter {
    height: 6px;
    overflow: hidden;
    border-radius: 2px;
    background: color-mix(in srgb, var(--_tone) 20%, transparent);
  }
  .meter[data-unknown] {
    box-sizing: border-box;
    background: none;
    border: 1px dashed var(--_border);
  }
  .fill {
    display: block;
    height: 100%;
    inline-size: calc(var(--_share, 0) * 100%);
    background: var(--_tone);
    transition: inline-size 0.3s;
  }
  dl {
    display: grid;
    grid-template-columns: repeat(3, minmax(0, 1fr));
    gap: 6px 10px;
    margin: 0;
    font-variant-numeric: tabular-nums;
  }
  dt {
    color: var(--_muted);
    font-size: 10.5px;
    text-transform: uppercase;
    letter-spacing: 0.06em;
  }
  dd {
    margin: 0;
    overflow-wrap: anywhere;
  }
  [data-unknown] {
    color: var(--_muted);
  }
  .last {
    margin: 0;
    color: var(--_muted);
    font-size: 11px;
  }
  .charts {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(min(100%, 340px), 1fr));
    align-items: start;
    gap: 16px;
  }
  table {
    width: 100%;
    border-collapse: collapse;
    font-variant-numeric: tabular-nums;
  }
  caption {
    padding: 0 0 8px;
    text-align: start;
    font-size: 13px;
    font-weight: 600;
    color: var(--_accent);
  }
  .chart {
    min-width: 0;
    padding: 10px 12px;
    background: var(--_background);
    border: 1px solid var(--_border);
    border-radius: var(--corral-radius, 3px);
  }
  .chart table {
    table-layout: fixed;
  }
  .names {
    width: 34%;
  }
  .values {
    width: 5.6em;
  }
  .chart tbody th {
    padding-block: 4px;
  }
  .chart .bar {
    padding-inline: 10px;
  }
  th,
  td {
    padding: 0;
    font-weight: 400;
    text-align: start;
  }
  tbody th {
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
    unicode-bidi: isolate;
  }
  .track {
    display: block;
    height: 12px;
    overflow: hidden;
    background: color-mix(in srgb, var(--_provider) 14%, transparent);
    border-radius: 2px;
  }
  .track > span {
    display: block;
    height: 100%;
    inline-size: calc(var(--_share, 0) * 100%);
    background: var(--_provider);
    transition: inline-size 0.3s;
  }
  .value {
    text-align: end;
    white-space: nowrap;
  }
  .legend {
    display: flex;
    flex-wrap: wrap;
    gap: 4px 16px;
    margin: 10px 0 0;
    padding: 0;
    list-style: none;
    color: var(--_muted);
  }
  .legend li {
    display: flex;
    align-items: center;
    gap: 6px;
    min-width: 0;
    overflow-wrap: anywhere;
  }
  .swatch {
    flex: none;
    width: 12px;
    height: 12px;
    border-radius: 2px;
    background: var(--_provider);
  }
  .compact {
    table-layout: fixed;
  }
  .compact thead th {
    color: var(--_muted);
    font-size: 10.5px;
    letter-spacing: 0.06em;
  }
  .compact :is(th, td) {
    padding: 4px 0 4px 10px;
  }
  .compact tr > :first-child {
    padding-inline-start: 8px;
  }
  .compact tr > :not(:first-child) {
    width: 4.6em;
    text-align: end;
    white-space: nowrap;
  }
  .compact tr > :last-child {
    width: 6.4em;
  }
  .compact tbody tr > * {
    border-top: 1px solid color-mix(in srgb, var(--_border) 35%, transparent);
  }
  .compact tbody th {
    border-inline-start: 4px solid var(--_provider);
  }
  abbr {
    text-decoration: none;
  }
  .unseen {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  @container (max-width: 420px) {
    .chart tbody th {
      white-space: normal;
      overflow-wrap: anywhere;
    }
  }
  @media (prefers-reduced-motion: reduce) {
    .fill,
    .track > span {
      transition: none;
    }
  }
  @media (forced-colors: active) {
    .meter,
    .track {
      box-sizing: border-box;
      border: 1px solid CanvasText;
    }
    .fill,
    .track > span {
      background: CanvasText;
      forced-color-adjust: none;
    }
    .swatch {
      forced-color-adjust: none;
    }
  }
`;
