import { connect, type RemoteHub } from '@corral/client';
import type { HubFace } from '@corral/core';
import { ContextProvider } from '@lit/context';
import { css, html, LitElement, type PropertyValues, type TemplateResult } from 'lit';
import { property } from 'lit/decorators.js';
import { ModelRestartEvent, ModelStartEvent, ModelStopEvent } from '../events/model-events.js';
import { hubContext } from '../hub-context.js';
import { lightTheme, neutralTheme } from '../theme/tokens.js';

/**
 * Connects the elements in it to a hub, and turns what people want into commands. It shows nothing itself.
 *
 * With `src` it connects to a hub over HTTP for as long as it is in the page; with `hub` it uses the one it is given.
 *
 * @summary Gives the elements in it their hub.
 *
 * @slot - The elements.
 */
export class CorralProvider extends LitElement {
  static override styles = css`
    :host {
      display: contents;
    }
    :host([theme='light']) {
      ${lightTheme}
    }
    :host([theme='neutral']) {
      ${neutralTheme}
    }
    @media (prefers-color-scheme: light) {
      :host([theme='auto']) {
        ${lightTheme}
      }
    }
  `;

  /** Where the hub is, relative to the page or absolute; `/` for a page that the hub serves. */
  @property() src: string | undefined;

  /** A hub of your own; wins over `src`. */
  @property({ attribute: false }) hub: HubFace | undefined;

  /** Sent to the hub of `src`. A property only: attributes show up in the page's source. */
  @property({ attribute: false }) token: string | undefined;

  /** The look of the elements in it. `auto` is phosphor on dark pages and light on light ones. */
  @property({ reflect: true }) theme: 'phosphor' | 'light' | 'neutral' | 'auto' = 'phosphor';

  readonly #context = new ContextProvider(this, { context: hubContext });
  #remote: RemoteHub | undefined;

  constructor() {
    super();
    this.addEventListener(ModelStartEvent.type, (event) =>
      this.#answer(event, (hub) => hub.startModel(event.modelId)),
    );
    this.addEventListener(ModelStopEvent.type, (event) =>
      this.#answer(event, (hub) => hub.stopModel(event.modelId)),
    );
    this.addEventListener(ModelRestartEvent.type, (event) =>
      this.#answer(event, (hub) => hub.restartModel(event.modelId)),
    );
  }

  /** The hub that the elements in it use now. */
  get current(): HubFace | undefined {
    return this.#context.value;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    if (this.hasUpdated) this.#connect();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#context.setValue(this.hub);
    this.#closeRemote();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('src') || changed.has('hub') || changed.has('token')) this.#connect();
  }

  protected override render(): TemplateResult {
    return html`<slot></slot>`;
  }

  #connect(): void {
    this.#closeRemote();
    if (this.hub || this.src === undefined || !this.isConnected) {
      this.#context.setValue(this.hub);
      return;
    }
    try {
      this.#remote = connect(this.src, {
        ...(this.token !== undefined && { token: this.token }),
        onListenerError: reportError,
      });
    } catch (error) {
      // A `src` that is no address is the page's mistake: it says so, and what is in the provider stays quiet.
      console.error(error);
    }
    this.#context.setValue(this.#remote);
  }

  #closeRemote(): void {
    this.#remote?.close();
    this.#remote = undefined;
  }

  /** A page that took the wish before it came up here has answered it already. */
  #answer(
    event: ModelStartEvent | ModelStopEvent | ModelRestartEvent,
    command: (hub: HubFace) => Promise<void>,
  ): void {
    const hub = this.current;
    if (hub && !event.response) event.respondWith(answerOf(() => command(hub)));
  }
}

/** A hub that throws at once refuses like one that rejects. */
async function answerOf(command: () => Promise<void>): Promise<void> {
  await command();
}
