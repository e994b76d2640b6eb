import { html, type TemplateResult } from 'lit';
import type { EndpointChoice, SortColumn } from './endpoint-order.js';

const heads: readonly { readonly column: SortColumn; readonly label: string }[] = [
  { column: 'status', label: 'Status' },
  { column: 'name', label: 'Endpoint' },
  { column: 'port', label: 'Port' },
  { column: 'kind', label: 'Kind' },
  { column: 'models', label: 'Models' },
  { column: 'source', label: 'Source' },
  { column: 'cpu', label: 'CPU' },
  { column: 'ram', label: 'RAM' },
  { column: 'vram', label: 'VRAM' },
  { column: 'latency', label: 'Latency' },
  { column: 'checked', label: 'Checked' },
];

/** Numbers are looked at for their largest: these columns begin with it. */
const largestFirst: readonly SortColumn[] = ['models', 'cpu', 'ram', 'vram', 'latency'];

/** What is chosen after the head of a column was pressed: its own order, or the other way round. */
export function sortedBy(choice: EndpointChoice, column: SortColumn): EndpointChoice {
  const isDescending = choice.sort === column ? !choice.isDescending : largestFirst.includes(column);
  return { ...choice, sort: column, isDescending };
}

/** The row with the heads of the columns. */
export function renderHeads(choice: EndpointChoice, sort: (column: SortColumn) => void): TemplateResult {
  return html`
    <thead>
      <tr role="row" class="heads" aria-rowindex="1">
        ${heads.map(({ column, label }) => {
          const order = choice.sort === column ? direction(choice) : 'none';
          return html`<th role="columnheader" scope="col" class=${classes[column]} aria-sort=${order}>
            <button class="sort" type="button" @click=${() => sort(column)}>${label}<span class="arrow" aria-hidden="true">${arrows[order]}</span></button>
          </th>`;
        })}
        <th role="columnheader" scope="col" class="actions"><span class="unseen">Actions</span></th>
      </tr>
    </thead>
  `;
}

type Order = 'ascending' | 'descending' | 'none';

const arrows: Readonly<Record<Order, string>> = { ascending: '▲', descending: '▼', none: '' };

/** `models` is the class of the lists themselves. */
const classes: Readonly<Record<SortColumn, string>> = {
  ...(Object.fromEntries(heads.map(({ column }) => [column, column])) as Record<SortColumn, string>),
  models: 'list',
};

function direction({ isDescending }: EndpointChoice): Order {
  return isDescending ? 'descending' : 'ascending';
}
