import {
  type HubFace,
  type LastExit,
  type ModelDetails,
  type ModelStatus,
  modelValueNames,
  type Unsubscribe,
} from '@corral/core';
import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { property, state } from 'lit/decorators.js';
import { HubController } from '../hub-controller.js';
import { parametersText } from '../model-card/status-view.js';
import { controls } from '../theme/controls.js';
import { tokens } from '../theme/tokens.js';
import { viewport } from '../viewport.js';
import { detailsStyles } from './model-details.styles.js';
import { bytesText, provenanceText, valueViews } from './value-texts.js';

const shownLines = 200;
const countText = new Intl.NumberFormat();
const timeText = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

/**
 * Everything that is known of one model: each number with where and when it was read, what the file says, how the last
 * process ended, and the newest lines of the server's log.
 *
 * Give it a `model` and `details`; under a provider it asks the hub itself, once a tick, as long as it is on screen.
 * The class is not called `ModelDetails`: that is the name of what it shows.
 *
 * @summary Every number of a model with its source, and its log.
 *
 * @csspart values - The table of the numbers.
 * @csspart facts - What the file says.
 * @csspart log - The lines of the log.
 */
export class ModelDetailsPanel extends LitElement {
  static override styles = [tokens, controls, detailsStyles];

  /** The model. */
  @property({ attribute: false }) model: ModelStatus | undefined;

  /** What is shown; wins over the provider. */
  @property({ attribute: false }) details: ModelDetails | undefined;

  /** Whether someone looks; while nobody does, the hub is not asked. */
  @property({ attribute: false }) active = true;

  @state() private answer: ModelDetails | undefined;
  @state() private problem: string | undefined;
  @state() private copied = '';

  readonly #hub = new HubController(this, {
    subscribe: (hub) => this.#subscribe(hub),
    hubChanged: () => {
      this.answer = undefined;
      this.problem = undefined;
    },
    needsHub: () => this.details === undefined && this.active,
  });
  #asking = false;
  #asked: string | undefined;
  #onScreen = true;
  #followsEnd = true;
  #leaveViewport: (() => void) | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#leaveViewport = viewport.watch(this, (onScreen) => {
      this.#onScreen = onScreen;
    });
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#leaveViewport?.();
    this.#leaveViewport = undefined;
    this.#asked = undefined;
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('model') && changed.get('model')?.modelId !== this.model?.modelId) {
      this.answer = undefined;
      this.problem = undefined;
      this.copied = '';
      this.#followsEnd = true;
    }
    if (!this.active) this.#asked = undefined;
  }

  protected override updated(): void {
    const { hub } = this.#hub;
    if (hub && this.model && this.#asked !== this.model.modelId) void this.#ask(hub);
    const log = this.shadowRoot?.querySelector('pre');
    if (log && this.#followsEnd) log.scrollTop = log.scrollHeight;
  }

  protected override render(): TemplateResult | typeof nothing {
    const { model } = this;
    if (!model) return nothing;
    const details = this.details ?? this.answer;
    return html`
      ${this.#renderFailure(model)}
      ${details ? this.#renderValues(details) : html`<p class="quiet-text">${this.#hub.hub || this.details ? 'Asking…' : 'No hub to ask.'}</p>`}
      <div role="alert">${this.problem === undefined ? nothing : html`<p class="problem">${this.problem}</p>`}</div>
      ${this.#renderFacts(model)}
      ${model.lastExit ? renderLastExit(model.lastExit) : nothing}
      ${details ? this.#renderLog(model, details.logTail.slice(-shownLines)) : nothing}
    `;
  }

  #renderFailure({ state, failureCode, errorMessage }: ModelStatus): TemplateResult | typeof nothing {
    if (errorMessage === null && (state !== 'failed' || failureCode === null)) return nothing;
    return html`<p class="problem">${failureCode === null ? nothing : html`<code>${failureCode}</code> `}${errorMessage}</p>`;
  }

  #renderValues({ values }: ModelDetails): TemplateResult {
    const rows = modelValueNames.map((name) => {
      const measured = values[name];
      const { label, text } = valueViews[name];
      const stale = measured.value !== null && !measured.valid;
      return html`
        <tr ?data-stale=${stale}>
          <th scope="row">${label}</th>
          <td>
            <b>${measured.value === null ? '–' : text(measured.value)}</b>${stale ? html` <em>stale</em>` : nothing}
            <small>${provenanceText(measured)}</small>
          </td>
        </tr>
      `;
    });
    return html`
      <table part="values">
        <caption>Where each number comes from</caption>
        <thead class="unseen"><tr><th scope="col">Number</th><th scope="col">Value and source</th></tr></thead>
        <tbody>${rows}</tbody>
      </table>
    `;
  }

  #renderFacts({ gguf, sizeBytes }: ModelStatus): TemplateResult {
    const facts: [string, string | null][] = [
      ['Architecture', gguf?.architecture ?? null],
      ['Quantization', gguf?.quantization ?? null],
      ['Parameters', gguf ? parametersText(gguf.parameterCount) : null],
      ['Trained context', textOrNull(gguf?.contextLength)],
      ['Layers', textOrNull(gguf?.layerCount)],
      ['Weights', sizeBytes === null ? null : bytesText(sizeBytes)],
    ];
    return html`
      <h4>The file</h4>
      <dl part="facts">${facts.map(([label, value]) => html`<div><dt>${label}</dt><dd>${value ?? '–'}</dd></div>`)}</dl>
    `;
  }

  #renderLog({ filename, control }: ModelStatus, lines: readonly string[]): TemplateResult {
    if (lines.length === 0) {
      const text = control === 'owned' ? 'No log lines yet' : 'The log of this server is not seen here.';
      return html`<h4>Log</h4><p class="quiet-text">${text}</p>`;
    }
    const text = lines.join('\n');
    return html`
      <div class="log-head">
        <h4>Log</h4>
        <span role="status">${this.copied}</span>
        <button class="quiet" type="button" aria-label=${`Copy log of ${filename}`} @click=${() => this.#copy(text)}>COPY LOG</button>
      </div>
      <pre part="log" role="region" tabindex="0" aria-label=${`Log of ${filename}`} @scroll=${this.#scrolled}>${text}</pre>
    `;
  }

  /** One question at a time: a slow hub is not asked again before it has answered. */
  async #ask(hub: HubFace): Promise<void> {
    const modelId = this.model?.modelId;
    if (modelId === undefined || this.#asking || !this.active || this.details) return;
    this.#asking = true;
    this.#asked = modelId;
    let answer: ModelDetails | undefined;
    let problem: string | undefined;
    try {
      answer = await hub.modelDetails(modelId);
    } catch (error) {
      problem = error instanceof Error ? error.message : String(error);
    }
    this.#asking = false;
    if (modelId !== this.model?.modelId || hub !== this.#hub.hub) {
      this.requestUpdate();
      return;
    }
    this.answer = answer ?? this.answer;
    this.problem = problem;
  }

  /** Whoever scrolls up reads: new lines must not pull the text away. */
  readonly #scrolled = (event: Event): void => {
    const { scrollTop, scrollHeight, clientHeight } = event.currentTarget as HTMLElement;
    this.#followsEnd = scrollHeight - scrollTop - clientHeight < 8;
  };

  async #copy(text: string): Promise<void> {
    try {
      await navigator.clipboard.writeText(text);
      this.copied = 'Copied';
    } catch {
      this.copied = 'Not allowed here: select the text and copy it';
    }
  }

  #subscribe(hub: HubFace): readonly Unsubscribe[] {
    return [
      hub.subscribe('models:sampled', () => {
        if (this.#onScreen) void this.#ask(hub);
      }),
    ];
  }
}

function textOrNull(value: number | null | undefined): string | null {
  return value === null || value === undefined ? null : countText.format(value);
}

function renderLastExit({ exitCode, signal, message, at }: LastExit): TemplateResult {
  const time = Date.parse(at);
  const how = [exitCode === null ? null : `exit code ${exitCode}`, signal].filter((text) => text !== null);
  return html`
    <h4>Last exit</h4>
    <p class="quiet-text">
      ${message}${how.length > 0 ? ` (${how.join(', ')})` : nothing}${Number.isNaN(time) ? nothing : `, ${timeText.format(time)}`}
    </p>
  `;
}
