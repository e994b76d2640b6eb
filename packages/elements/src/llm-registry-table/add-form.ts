import type { RegisterRequest } from '@corral/core';
import { html, type LitElement, nothing, type TemplateResult } from 'lit';
import { EndpointAddEvent } from '../events/endpoint-events.js';
import { IntentController } from '../intent-controller.js';

/** The fields, in the order in which they are walked through; a refusal names them the same way. */
const fieldNames = ['host', 'port', 'name', 'apiKey', 'scheme', 'basePath'] as const;
type FieldName = (typeof fieldNames)[number];

/** Those that are behind MORE. */
const rareFields: readonly FieldName[] = ['apiKey', 'scheme', 'basePath'];

interface TextField {
  readonly label: string;
  readonly placeholder: string;
  readonly note: string;
  readonly type?: 'password';
  readonly inputMode?: 'numeric' | 'url';
}

const textFields: Readonly<Record<Exclude<FieldName, 'scheme'>, TextField>> = {
  host: { label: 'Host', placeholder: '10.0.0.5', note: 'A name or an address', inputMode: 'url' },
  port: { label: 'Port', placeholder: '11434', note: 'Of Ollama: 11434', inputMode: 'numeric' },
  name: { label: 'Name, if you like', placeholder: 'host:port', note: '' },
  apiKey: { label: 'API key, if it wants one', placeholder: '', note: 'Never shown again', type: 'password' },
  basePath: { label: 'Base path', placeholder: '/llm', note: 'Before every path' },
};

/** The form on top of the table: where an endpoint is, and what it is called. */
export class AddForm {
  readonly #host: LitElement;
  readonly #intents: IntentController;
  #isOpen = false;
  #added = '';
  #missing: string | undefined;

  constructor(host: LitElement) {
    this.#host = host;
    this.#intents = new IntentController(host);
  }

  render(): TemplateResult {
    const { pending, problem } = this.#intents;
    const placed = fieldNames.some((name) => this.#problemOf(name) !== undefined);
    return html`
      <form part="form" aria-label="Add an endpoint" novalidate @submit=${this.#submit} @input=${this.#edited}>
        <div class="fields">
          ${this.#renderText('host')} ${this.#renderText('port')} ${this.#renderText('name')}
          <div class="form-buttons">
            <button class="start add" type="submit" aria-busy=${pending === undefined ? 'false' : 'true'} aria-disabled=${pending === undefined ? 'false' : 'true'}>ADD</button>
            <button class="form-more quiet" type="button" aria-expanded=${this.#isOpen ? 'true' : 'false'} aria-controls="rare" @click=${this.#toggle}>${this.#isOpen ? 'LESS' : 'MORE'}</button>
          </div>
        </div>
        <div id="rare" class="fields" ?hidden=${!this.#isOpen}>
          ${this.#renderText('apiKey')} ${this.#renderScheme()} ${this.#renderText('basePath')}
        </div>
        <p class="said" role="status">${pending === undefined ? this.#added : 'Adding…'}</p>
        <div role="alert">${problem === undefined || placed ? nothing : html`<p class="problem">${problem}</p>`}</div>
      </form>
    `;
  }

  #renderText(name: Exclude<FieldName, 'scheme'>): TemplateResult {
    const { label, placeholder, note, type = 'text', inputMode } = textFields[name];
    const problem = this.#problemOf(name);
    return html`
      <div class="field" data-field=${name}>
        <label for="add-${name}">${label}</label>
        <input id="add-${name}" type=${type} inputmode=${inputMode ?? nothing} autocomplete="off" autocapitalize="off" spellcheck="false" placeholder=${placeholder || nothing} aria-invalid=${problem === undefined ? 'false' : 'true'} aria-describedby="add-${name}-note" />
        <p id="add-${name}-note" class="note" ?data-problem=${problem !== undefined}>${problem ?? note}</p>
      </div>
    `;
  }

  #renderScheme(): TemplateResult {
    const problem = this.#problemOf('scheme');
    return html`
      <div class="field" data-field="scheme">
        <label for="add-scheme">Scheme</label>
        <select id="add-scheme" aria-invalid=${problem === undefined ? 'false' : 'true'} aria-describedby="add-scheme-note">
          <option value="http">http</option>
          <option value="https">https</option>
        </select>
        <p id="add-scheme-note" class="note" ?data-problem=${problem !== undefined}>${problem}</p>
      </div>
    `;
  }

  #problemOf(name: FieldName): string | undefined {
    if (name === 'host' && this.#missing !== undefined) return this.#missing;
    return Object.hasOwn(this.#intents.fields, name) ? this.#intents.fields[name] : undefined;
  }

  #control(name: FieldName): HTMLInputElement | HTMLSelectElement | null | undefined {
    return this.#host.shadowRoot?.querySelector<HTMLInputElement | HTMLSelectElement>(`#add-${name}`);
  }

  readonly #toggle = (): void => {
    this.#isOpen = !this.#isOpen;
    this.#host.requestUpdate();
  };

  /** What was said of a field holds until someone edits it; a refusal as a whole until anything is edited. */
  readonly #edited = (event: Event): void => {
    const { id } = event.target as Element;
    this.#missing = undefined;
    this.#added = '';
    this.#intents.problem = undefined;
    this.#intents.forgetField(id.replace('add-', ''));
    this.#host.requestUpdate();
  };

  readonly #submit = (event: Event): void => {
    event.preventDefault();
    void this.#add();
  };

  async #add(): Promise<void> {
    if (this.#intents.pending !== undefined) return;
    const request = this.#request();
    if (request.host === '') {
      this.#missing = 'Expected a name or an address';
      this.#host.requestUpdate();
      this.#control('host')?.focus();
      return;
    }
    this.#missing = undefined;
    this.#added = '';
    const answer = await this.#intents.ask('add', new EndpointAddEvent(request));
    if (answer) {
      this.#host.shadowRoot?.querySelector('form')?.reset();
      this.#added = `${request.name ?? request.host} is added`;
      this.#control('host')?.focus();
    } else await this.#showRefusal();
    this.#host.requestUpdate();
  }

  /** What was typed. An empty field is left out, so that the hub's defaults hold: a host may be a whole URL. */
  #request(): RegisterRequest {
    const typed = (name: FieldName): string => this.#control(name)?.value.trim() ?? '';
    const port = typed('port');
    const name = typed('name');
    const apiKey = this.#control('apiKey')?.value ?? '';
    const basePath = typed('basePath');
    return {
      host: typed('host'),
      ...(port !== '' && { port }),
      ...(name !== '' && { name }),
      ...(apiKey !== '' && { apiKey }),
      ...(typed('scheme') === 'https' && { scheme: 'https' as const }),
      ...(basePath !== '' && { basePath }),
    };
  }

  /** Opens what hides a field that was refused, and goes to the first one. */
  async #showRefusal(): Promise<void> {
    const first = fieldNames.find((name) => this.#problemOf(name) !== undefined);
    if (first === undefined) return;
    if (rareFields.some((name) => this.#problemOf(name) !== undefined)) this.#isOpen = true;
    this.#host.requestUpdate();
    await this.#host.updateComplete;
    this.#control(first)?.focus();
  }
}
