import { html, LitElement, nothing, type TemplateResult } from 'lit';
import { state } from 'lit/decorators.js';
import { ModelAttachEvent } from '../events/endpoint-events.js';
import { IntentController } from '../intent-controller.js';
import { controls } from '../theme/controls.js';
import { tokens } from '../theme/tokens.js';
import { attachStyles } from './attach-server.styles.js';

/**
 * A small form for a server that someone else runs: where it is, and its key where it wants one.
 *
 * @summary Attaches a server that someone else runs.
 *
 * @fires {ModelAttachEvent} model-attach - Someone pressed ATTACH.
 *
 * @csspart form - The form.
 */
export class AttachServer extends LitElement {
  static override styles = [tokens, controls, attachStyles];

  @state() private attached = '';

  readonly #intents = new IntentController(this);
  #problem: string | undefined;

  /** Puts the focus into the first field. */
  override focus(): void {
    void this.updateComplete.then(() => this.#input('url')?.focus());
  }

  protected override render(): TemplateResult {
    const { pending, fields } = this.#intents;
    const url = this.#problem ?? fields['url'];
    const placed = fields['url'] !== undefined || fields['apiKey'] !== undefined;
    const problem = placed ? undefined : this.#intents.problem;
    return html`
      <form part="form" aria-label="Attach server" novalidate @submit=${this.#submit} @input=${this.#edited}>
        <div class="field">
          <label for="url">Server</label>
          <input id="url" type="text" inputmode="url" autocomplete="off" spellcheck="false" placeholder="http://127.0.0.1:8080" aria-invalid=${url === undefined ? 'false' : 'true'} aria-describedby="url-note" />
          <p id="url-note" class="note" ?data-problem=${url !== undefined}>${url ?? 'llama-server, llama.cpp router or llama-swap'}</p>
        </div>
        <div class="field">
          <label for="key">Key, if it wants one</label>
          <input id="key" type="password" autocomplete="off" aria-invalid=${fields['apiKey'] === undefined ? 'false' : 'true'} aria-describedby="key-note" />
          <p id="key-note" class="note" ?data-problem=${fields['apiKey'] !== undefined}>${fields['apiKey'] ?? 'Kept by the hub; never shown again'}</p>
        </div>
        <button class="start" type="submit" aria-busy=${pending === undefined ? 'false' : 'true'} aria-disabled=${pending === undefined ? 'false' : 'true'}>ATTACH</button>
        <div class="after">
          <span role="status">${pending === undefined ? this.attached : 'Asking the server…'}</span>
          <div role="alert">${problem === undefined ? nothing : html`<p class="problem">${problem}</p>`}</div>
        </div>
      </form>
    `;
  }

  #input(id: 'url' | 'key'): HTMLInputElement | null | undefined {
    return this.shadowRoot?.querySelector<HTMLInputElement>(`#${id}`);
  }

  readonly #edited = (): void => {
    this.#problem = undefined;
    this.attached = '';
    this.#intents.forget();
  };

  readonly #submit = (event: Event): void => {
    event.preventDefault();
    void this.#attach();
  };

  async #attach(): Promise<void> {
    const [url, key] = [this.#input('url'), this.#input('key')];
    if (!url || !key || this.#intents.pending !== undefined) return;
    const text = url.value.trim();
    if (text === '') {
      this.#problem = 'Expected the address of a server';
      this.requestUpdate();
      url.focus();
      return;
    }
    const request = { url: text, ...(key.value !== '' && { apiKey: key.value }) };
    const answer = await this.#intents.ask('attach', new ModelAttachEvent(request));
    if (answer) {
      url.value = '';
      key.value = '';
      this.attached = `${text} is attached`;
    } else if (this.#intents.problem !== undefined) url.focus();
  }
}
