import type { HostResources } from '@corral/core';
import { html, nothing, type TemplateResult } from 'lit';
import { numberProperty } from './number-property.js';

/** What is measured: `memory` is what processors and graphics share. */
export type ResourceName = 'cpu' | 'ram' | 'vram' | 'memory';

/** One resource of a host. `null` means unknown. */
export interface ResourceUse {
  /** 0–100. */
  readonly percent: number | null;
  /** What a person reads beside the bar. */
  readonly text: string;
  /** The same in full words, and what limits it; for screen readers and for who points at it. */
  readonly words: string;
}

/** What is shown where nothing is known. */
export const notAvailable = 'N/A';

const resourceLabels: Readonly<Record<ResourceName, string>> = {
  cpu: 'CPU',
  ram: 'RAM',
  vram: 'VRAM',
  memory: 'RAM + VRAM',
};

const plain = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 });
/** What is too small to show in gigabytes: it would read as nothing. */
const megabytes = new Intl.NumberFormat(undefined, {
  style: 'unit',
  unit: 'megabyte',
  maximumSignificantDigits: 2,
});
const gigabytes = new Intl.NumberFormat(undefined, {
  style: 'unit',
  unit: 'gigabyte',
  maximumFractionDigits: 1,
});
const percents = new Intl.NumberFormat(undefined, { style: 'percent', maximumFractionDigits: 0 });

/** Bytes as gigabytes (10⁹), such as `4.7 GB`; less than a tenth of one as megabytes. */
export function gigabyteText(bytes: number): string {
  return bytes > 0 && bytes < 1e8 ? megabytes.format(bytes / 1e6) : gigabytes.format(bytes / 1e9);
}

/** How much of a resource a host uses. Without a host nothing is known. */
export function useOf(name: ResourceName, host: HostResources | undefined): ResourceUse {
  if (name === 'cpu') return processorUse(host);
  if (name === 'vram') return memoryUse(host?.vramUsed, host?.vramTotal, '');
  const isContainer = host?.ramLimit === 'container';
  return memoryUse(host?.ramUsed, host?.ramTotal, isContainer ? ', the limit of its container' : '');
}

function processorUse(host: HostResources | undefined): ResourceUse {
  const percent = host?.cpuPercent ?? null;
  if (percent === null) return { percent, text: notAvailable, words: 'not known' };
  const text = percents.format(percent / 100);
  const count = host?.cpuCount ?? null;
  return {
    percent,
    text,
    words:
      count === null ? text : `${text} of ${plain.format(count)} ${count === 1 ? 'processor' : 'processors'}`,
  };
}

function memoryUse(
  used: number | null | undefined,
  total: number | null | undefined,
  limit: string,
): ResourceUse {
  if (typeof used !== 'number') {
    // What there is says nothing about how much of it is in use.
    return {
      percent: null,
      text: notAvailable,
      words: typeof total === 'number' ? `not known, of ${gigabyteText(total)}${limit}` : 'not known',
    };
  }
  if (typeof total !== 'number' || total <= 0)
    return { percent: null, text: gigabyteText(used), words: `${gigabyteText(used)} in use` };
  return {
    percent: Math.min(100, (used / total) * 100),
    text: `${plain.format(used / 1e9)} / ${gigabyteText(total)}`,
    words: `${gigabyteText(used)} of ${gigabyteText(total)}${limit}`,
  };
}

/** A bar with its text. @param of whose resource it is, for screen readers */
export function renderMeter(name: ResourceName, use: ResourceUse, of: string): TemplateResult {
  const { percent, text, words } = use;
  return html`
    <div class="meter" data-resource=${name} ?data-unknown=${percent === null} title=${`${resourceLabels[name]}: ${words}`}>
      <span class="meter-text">${text}</span>
      ${
        percent === null
          ? nothing
          : html`<span
            class="meter-bar"
            role="meter"
            aria-label=${`${resourceLabels[name]} of ${of}`}
            aria-valuemin="0"
            aria-valuemax="100"
            aria-valuenow=${Math.round(percent)}
            aria-valuetext=${words}
          ><span class="meter-fill" ${numberProperty('--_share', Math.round(percent) / 100)}></span></span>`
      }
    </div>
  `;
}
