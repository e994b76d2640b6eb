import type { Endpoint, EndpointModel, HostResources } from '@corral/core';
import { SimulatedHub, simulatedEndpoint } from '@corral/core/testing';
import { fixture, html } from '@open-wc/testing';
import '../corral-provider/define.js';
import { drawn, inside } from '../testing/frames.fixture.js';
import './define.js';
import type { LlmRegistryTable } from './llm-registry-table.js';

/** A hub with these endpoints and machines. */
export function hubWith(endpoints: readonly Endpoint[], hosts: readonly HostResources[] = []): SimulatedHub {
  const hub = new SimulatedHub();
  for (const host of hosts) hub.fleet.setHost(host);
  for (const endpoint of endpoints) hub.fleet.add(endpoint);
  return hub;
}

/** A table under a provider. */
export async function underHub(hub: SimulatedHub, width?: number): Promise<LlmRegistryTable> {
  const provider = await fixture<HTMLElement>(
    html`<corral-provider .hub=${hub}><llm-registry-table></llm-registry-table></corral-provider>`,
  );
  const table = provider.querySelector('llm-registry-table') as LlmRegistryTable;
  if (width !== undefined) table.style.width = `${width}px`;
  await drawn();
  return table;
}

/** A table of these endpoints, under a provider. */
export function tableOf(
  endpoints: readonly Endpoint[],
  hosts: readonly HostResources[] = [],
  width?: number,
): Promise<LlmRegistryTable> {
  return underHub(hubWith(endpoints, hosts), width);
}

/** An endpoint by its id, which is its name, too. */
export const endpoint = (id: string, facts: Partial<Endpoint> = {}): Endpoint =>
  simulatedEndpoint({ id, name: id, ...facts });

/** A model that is in memory when its size is given. */
export const model = (name: string, sizeBytes: number | null = null): EndpointModel => ({
  name,
  state: sizeBytes === null ? 'unloaded' : 'ready',
  sizeBytes,
  vramBytes: null,
});

/** Every element for a selector in the table's shadow tree. */
export const all = <E extends Element = HTMLElement>(table: Element, selector: string): E[] => [
  ...(table.shadowRoot?.querySelectorAll<E>(selector) ?? []),
];

/** What a person reads, with white space as it is shown. */
export const read = (element: Element | null | undefined): string =>
  (element?.textContent ?? '').replace(/\s+/g, ' ').trim();

/** The names in the rows, from top to bottom. */
export const names = (table: Element): string[] => all(table, 'tbody b').map(read);

/** The row of the endpoint with this name. */
export function rowOf(table: Element, name: string): HTMLTableRowElement {
  const row = all<HTMLTableRowElement>(table, 'tbody tr').find(
    (one) => read(one.querySelector('b')) === name,
  );
  if (!row) throw new Error(`Expected a row for ${name}`);
  return row;
}

/** A cell of that row, by its class. */
export const cell = (table: Element, name: string, kind: string): string =>
  read(rowOf(table, name).querySelector(`.${kind}`));

/** Types into a field as a person does. */
export async function type(table: Element, selector: string, text: string): Promise<void> {
  const field = inside<HTMLInputElement>(table, selector);
  field.value = text;
  field.dispatchEvent(new Event('input', { bubbles: true, composed: true }));
  await drawn();
}

/** Presses a button, and waits until that is drawn. */
export async function press(table: Element, selector: string): Promise<void> {
  inside(table, selector).click();
  await drawn();
}
