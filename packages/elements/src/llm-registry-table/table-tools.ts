import type { Endpoint } from '@corral/core';
import { html, type TemplateResult } from 'lit';
import type { EndpointChoice } from './endpoint-order.js';
import { countText } from './endpoint-texts.js';

const statuses = ['healthy', 'unhealthy', 'unknown'] as const satisfies readonly Endpoint['status'][];

const statusNames: Readonly<Record<Endpoint['status'], string>> = {
  healthy: 'Healthy',
  unhealthy: 'Unhealthy',
  unknown: 'Unknown',
};

/** What the line of tools shows, and what is done with it. */
export interface ToolsView {
  readonly choice: EndpointChoice;
  readonly endpoints: ReadonlyMap<string, Endpoint>;
  /** How many endpoints the choice leaves. */
  readonly found: number;
  readonly choose: (choice: EndpointChoice) => void;
}

/** How many endpoints there are, or how many of them are shown. */
export function foundText(found: number, all: number): string {
  const noun = all === 1 ? 'endpoint' : 'endpoints';
  return found === all ? `${countText(all)} ${noun}` : `${countText(found)} of ${countText(all)} ${noun}`;
}

/** The filter above the table, with what it leaves. */
export function renderTools({ choice, endpoints, found, choose }: ToolsView): TemplateResult {
  const counts = { healthy: 0, unhealthy: 0, unknown: 0 };
  for (const { status } of endpoints.values()) counts[status] += 1;
  const typed = (event: Event): void =>
    choose({ ...choice, query: (event.currentTarget as HTMLInputElement).value });
  const emptied = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape' || choice.query === '') return;
    event.preventDefault();
    event.stopPropagation();
    choose({ ...choice, query: '' });
  };
  const chosen = (event: Event): void =>
    choose({
      ...choice,
      status: (event.currentTarget as HTMLSelectElement).value as EndpointChoice['status'],
    });
  return html`
    <div part="tools" class="tools" role="group" aria-label="Filter">
      <input class="search" type="search" autocomplete="off" spellcheck="false" aria-label="Filter by name, host or model" placeholder="Filter by name, host or model" .value=${choice.query} @input=${typed} @keydown=${emptied} />
      <select class="by-status" aria-label="Show by status" @change=${chosen}>
        <option value="all" ?selected=${choice.status === 'all'}>All (${countText(endpoints.size)})</option>
        ${statuses.map((status) => html`<option value=${status} ?selected=${choice.status === status}>${statusNames[status]} (${countText(counts[status])})</option>`)}
      </select>
      <span class="found" role="status">${foundText(found, endpoints.size)}</span>
    </div>
  `;
}
