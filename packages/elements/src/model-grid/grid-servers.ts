import { type Endpoint, type HubFace, mayDo, type RejectedFile } from '@corral/core';
import { html, nothing, type TemplateResult } from 'lit';
import type { AttachServer } from '../attach-server/attach-server.js';
import type { EndpointList } from '../endpoint-list/endpoint-list.js';

/** The elements for attached servers; they must be registered. */
export interface ServerElements {
  readonly AttachServer: new () => AttachServer;
  readonly EndpointList: new () => EndpointList;
}

/** What {@link GridServers} need of their grid. */
export interface GridServersOptions {
  /** The hub whose servers are shown; `undefined` for a list of the page's own. */
  readonly hub: () => HubFace | undefined;
  readonly load: () => Promise<ServerElements>;
  /** Something is to be shown anew; resolves when it is. */
  readonly update: () => Promise<unknown>;
}

/** What a grid shows of attached servers, and of files that are no models. */
export class GridServers {
  readonly #options: GridServersOptions;
  #isOpen = false;
  #elements: ServerElements | undefined;
  #isLoading = false;
  #problem: string | undefined;
  #form: AttachServer | undefined;
  #list: EndpointList | undefined;

  constructor(options: GridServersOptions) {
    this.#options = options;
  }

  /** Opens or closes the form; the focus goes into it. */
  toggle(isOpen: boolean): void {
    this.#isOpen = isOpen;
    this.#problem = undefined;
    this.#updateAndFocus();
  }

  /** Gives the elements what they show. To be called before each update. */
  feed(): void {
    const endpoints = this.#listed();
    const elements = this.#elements;
    if ((this.#isOpen || endpoints.length > 0) && !elements) void this.#load();
    if (!elements) return;
    if (this.#isOpen) this.#form ??= new elements.AttachServer();
    if (endpoints.length > 0) this.#list ??= new elements.EndpointList();
    if (!this.#list) return;
    this.#list.endpoints = endpoints;
    this.#list.readOnly = !mayDo(this.#options.hub()?.scope, 'admin');
  }

  /** The form, above the cards. */
  renderForm(): TemplateResult | typeof nothing {
    if (this.#problem !== undefined) return html`<p class="problem" role="alert">${this.#problem}</p>`;
    if (!this.#isOpen) return nothing;
    return html`<div class="attach-panel">${this.#form ?? html`<p class="loading">Loading…</p>`}</div>`;
  }

  /** Servers and files that no card speaks for, below the cards. */
  renderLists(): TemplateResult {
    const rejected = this.#options.hub()?.rejected() ?? [];
    const companions = rejected.filter(isCompanion);
    const faults = rejected.filter((file) => !isCompanion(file));
    return html`
      ${this.#list ? html`<div class="endpoints">${this.#list}</div>` : nothing}
      ${faults.length === 0 ? nothing : html`<ul class="rejected" aria-label="Files left out">${faults.map(renderRejected)}</ul>`}
      ${companions.length === 0 ? nothing : html`<ul class="companions" aria-label="Files that belong to models">${companions.map(renderRejected)}</ul>`}
    `;
  }

  /** Servers that no card speaks for; all of them while someone looks after servers. */
  #listed(): readonly Endpoint[] {
    const hub = this.#options.hub();
    const endpoints = hub?.registry().endpoints.filter(({ origin }) => origin === 'attached') ?? [];
    if (!hub || endpoints.length === 0 || this.#isOpen) return endpoints;
    const shown = new Set(hub.models().map(({ endpointId }) => endpointId));
    return endpoints.filter(({ id, condition }) => condition !== 'ok' || !shown.has(id));
  }

  async #load(): Promise<void> {
    if (this.#isLoading || this.#problem !== undefined) return;
    this.#isLoading = true;
    try {
      this.#elements = await this.#options.load();
    } catch {
      this.#problem = 'The part for attached servers could not be loaded.';
    }
    this.#isLoading = false;
    this.#updateAndFocus();
  }

  #updateAndFocus(): void {
    void this.#options.update().then(() => (this.#isOpen ? this.#form?.focus() : undefined));
  }
}

function isCompanion({ code }: RejectedFile): boolean {
  return code === 'projector' || code === 'adapter';
}

function renderRejected({ filename, reason }: RejectedFile): TemplateResult {
  return html`<li><b>${filename}</b> ${reason}</li>`;
}
