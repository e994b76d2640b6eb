import { css } from 'lit';

/** Bars, alike wherever machines are shown. A scaled bar is painted without a new layout. */
export const meterStyles = css`
  :host {
    --_cpu: var(--corral-cpu, #7eb8da);
    --_ram: var(--corral-ram, #a78bfa);
    --_vram: var(--corral-vram, #f59e0b);
  }
  .meter {
    --_resource: var(--_ram);
    display: grid;
    gap: 3px;
    min-width: 0;
    font-variant-numeric: tabular-nums;
    white-space: nowrap;
  }
  .meter[data-resource='cpu'] {
    --_resource: var(--_cpu);
  }
  .meter[data-resource='vram'] {
    --_resource: var(--_vram);
  }
  .meter[data-unknown] {
    color: var(--_muted);
  }
  .meter-text {
    overflow: hidden;
    text-overflow: ellipsis;
  }
  .meter-bar {
    display: block;
    height: 5px;
    overflow: hidden;
    border-radius: 2px;
    background: color-mix(in srgb, var(--_resource) 24%, transparent);
  }
  .meter-fill {
    display: block;
    height: 100%;
    background: var(--_resource);
    transform: scaleX(var(--_share, 0));
    transform-origin: 0 50%;
    transition: transform 0.3s;
  }
  .meter[data-resource='memory'] .meter-fill {
    background: linear-gradient(90deg, var(--_ram), var(--_vram));
  }
  @media (prefers-reduced-motion: reduce) {
    .meter-fill {
      transition: none;
    }
  }
  @media (forced-colors: active) {
    .meter-bar {
      border: 1px solid CanvasText;
    }
    .meter-fill {
      background: CanvasText;
      forced-color-adjust: none;
    }
  }
`;
