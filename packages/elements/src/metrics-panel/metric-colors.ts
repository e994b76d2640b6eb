import { css } from 'lit';

/** The colours of host numbers, as private names that read the public custom properties. */
export const metricColors = css`
  :host {
    --_cpu: var(--corral-cpu, #7eb8da);
    --_ram: var(--corral-ram, #a78bfa);
    --_vram: var(--corral-vram, #f59e0b);
  }
  [data-color='cpu'] {
    --_metric: var(--_cpu);
  }
  [data-color='ram'] {
    --_metric: var(--_ram);
  }
  [data-color='vram'] {
    --_metric: var(--_vram);
  }
  [data-color='heat'] {
    --_metric: var(--_danger);
  }
  [data-color='queue'] {
    --_metric: var(--_latency);
  }
`;
