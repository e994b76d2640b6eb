import type { Endpoint, HostResources } from '@corral/core';
import { html, nothing, type TemplateResult } from 'lit';
import type { DirectiveResult } from 'lit/directive.js';
import { guard } from 'lit/directives/guard.js';
import { conditionText } from '../endpoint-list/condition-texts.js';
import { notAvailable, renderMeter, useOf } from '../resource-meter/resource-meter.js';
import {
  countText,
  hostText,
  kindText,
  latencyText,
  originSentence,
  originText,
  placeText,
} from './endpoint-texts.js';
import { renderModels } from './model-list.js';

/** An endpoint with all that its row shows. */
export interface RowView {
  readonly endpoint: Endpoint;
  /** The machine that it runs on, where that is known. */
  readonly host: HostResources | undefined;
  /** Its place in the whole table, from 1, which is the heads of the columns. */
  readonly place: number;
  /** Unique among the rows, and nobody's text: it goes into classes and ids. */
  readonly number: number;
  /** Whether all of its models are shown. */
  readonly isOpen: boolean;
  /** What was asked for and is under way. */
  readonly pending: string | undefined;
  /** Why the last wish was refused. */
  readonly problem: string | undefined;
  readonly mayCheck: boolean;
  readonly mayRemove: boolean;
  /** The question whether to remove it; `undefined` when nobody asks. */
  readonly question: (() => TemplateResult) | undefined;
}

/** What can be done in a row. */
export interface RowActions {
  readonly check: (endpointId: string) => void;
  readonly askToRemove: (endpointId: string) => void;
  readonly openModels: (endpointId: string, isOpen: boolean) => void;
  /** How long ago a moment is, kept right. */
  readonly timeSince: (iso: string) => DirectiveResult;
}

const exactTime = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

/** The row of an endpoint. Roles are written out: a table that is laid out otherwise has none of its own. */
export function renderRow(view: RowView, actions: RowActions): TemplateResult {
  const { endpoint, host, isOpen } = view;
  const { id, name, port, kind, status, models, latencyMs, queueDepth } = endpoint;
  const place = placeText(endpoint);
  const toggled = (event: Event): void =>
    actions.openModels(id, (event.currentTarget as HTMLDetailsElement).open);
  return html`
    <tr role="row" part="row" aria-rowindex=${view.place} data-status=${status}>
      <td role="cell" class="status">
        <span class="state"><span class="dot"></span>${status}</span>
        <span class="more-words">${conditionText(endpoint)}</span>
      </td>
      <th role="rowheader" scope="row" class="name">
        <b>${name}</b>
        ${place === '' ? nothing : html`<span class="more-words place">${place}</span>`}
        ${host === undefined ? nothing : html`<span class="more-words host" data-host=${host.status} title=${host.system ?? nothing}>${hostText(host)}</span>`}
      </th>
      <td role="cell" class="port" data-label="Port">${port}</td>
      <td role="cell" class="kind" data-label="Kind">${kind === null ? html`<span class="unknown">unknown</span>` : kindText(kind)}</td>
      <td role="cell" class="list" data-label="Models">${guard([models, isOpen, status], () => renderModels(models, status === 'healthy', { isOpen, toggled }))}</td>
      <td role="cell" class="source" data-label="Source" title=${originSentence(endpoint.origin)}>
        ${endpoint.source} <span class="more-words">${originText(endpoint.origin)}</span>
      </td>
      ${guard([host, name], () => renderResources(host, name))}
      <td role="cell" class="latency" data-label="Latency">
        ${latencyMs === null ? html`<span class="unknown">${notAvailable}</span>` : latencyText(latencyMs)}
        ${queueDepth === null || queueDepth === 0 ? nothing : html`<span class="more-words waiting">${countText(queueDepth)} waiting</span>`}
      </td>
      <td role="cell" class="checked" data-label="Checked">${renderChecked(endpoint, actions)}</td>
      ${renderActions(view, actions)}
    </tr>
  `;
}

/** Memory that processors and graphics share is one bar: two would count it twice. */
function renderResources(host: HostResources | undefined, endpointName: string): TemplateResult {
  const of = host?.name ?? endpointName;
  const cpu = html`<td role="cell" class="cpu" data-label="CPU">${renderMeter('cpu', useOf('cpu', host), of)}</td>`;
  if (host?.memoryKind === 'unified')
    return html`${cpu}
      <td role="cell" class="memory" data-label="RAM + VRAM" colspan="2" aria-colspan="2">${renderMeter('memory', useOf('memory', host), of)}</td>`;
  return html`${cpu}
    <td role="cell" class="ram" data-label="RAM">${renderMeter('ram', useOf('ram', host), of)}</td>
    <td role="cell" class="vram" data-label="VRAM">${renderMeter('vram', useOf('vram', host), of)}</td>`;
}

function renderChecked({ lastCheckedAt }: Endpoint, { timeSince }: RowActions): TemplateResult {
  const at = lastCheckedAt === null ? Number.NaN : Date.parse(lastCheckedAt);
  if (lastCheckedAt === null || Number.isNaN(at)) return html`<span class="unknown">never</span>`;
  return html`<time datetime=${lastCheckedAt} title=${exactTime.format(at)}>${timeSince(lastCheckedAt)}</time>`;
}

function renderActions(view: RowView, { check, askToRemove }: RowActions): TemplateResult {
  const { endpoint, number, pending, problem, question, mayCheck, mayRemove } = view;
  const { id, name, source, origin } = endpoint;
  // Servers of this hub and those of agents are checked by someone else.
  const isAsked = origin !== 'managed' && origin !== 'agent';
  const busy = (wish: string): string => (pending === wish ? 'true' : 'false');
  const off = pending === undefined ? 'false' : 'true';
  const buttons = html`
    ${mayCheck && isAsked ? html`<button class="check quiet" type="button" aria-label=${`Check ${name} now`} aria-busy=${busy('check')} aria-disabled=${off} @click=${() => check(id)}>${pending === 'check' ? 'CHECKING' : 'CHECK'}</button>` : nothing}
    ${mayRemove && source === 'manual' ? html`<button class="stop remove remove-${number}" type="button" aria-label=${`Remove ${name}`} aria-busy=${busy('remove')} aria-disabled=${off} @click=${() => askToRemove(id)}>REMOVE</button>` : nothing}
  `;
  return html`
    <td role="cell" class="actions" ?data-asking=${question !== undefined}>
      ${question === undefined ? html`<div class="buttons">${buttons}</div>` : question()}
      <div role="alert">${problem === undefined ? nothing : html`<p class="problem">${problem}</p>`}</div>
    </td>
  `;
}
