import { connect, type RemoteHub } from '@corral/client';
import type { HubFace } from '@corral/core';
import { ContextProvider } from '@lit/context';
import { css, html, LitElement, type PropertyValues, type TemplateResult } from 'lit';
import { property } from 'lit/decorators.js';
import {
  EndpointAddEvent,
  EndpointCheckEvent,
  EndpointRemoveEvent,
  ModelAttachEvent,
} from '../events/endpoint-events.js';
import type { IntentEvent } from '../events/intent-event.js';
import {
  JobCancelEvent,
  JobDeleteEvent,
  JobResumeEvent,
  JobSubmitEvent,
  JobValidateEvent,
} from '../events/job-events.js';
import {
  ModelRestartEvent,
  ModelSettingsChangeEvent,
  ModelStartEvent,
  ModelStopEvent,
} from '../events/model-events.js';
import { ModelsRescanEvent, ModelsStartAllEvent, ModelsStopAllEvent } from '../events/models-events.js';
import { hubContext } from '../hub-context.js';
import { lightTheme, neutralTheme, phosphorTheme } from '../theme/themes.js';

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
    @container style(--corral-themed: 1) {
      :host([theme='phosphor']),
      :host([theme='auto']) {
        ${phosphorTheme}
      }
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
    this.#answers(ModelStartEvent, (hub, { modelId }) => hub.startModel(modelId));
    this.#answers(ModelStopEvent, (hub, { modelId }) => hub.stopModel(modelId));
    this.#answers(ModelRestartEvent, (hub, { modelId }) => hub.restartModel(modelId));
    this.#answers(ModelSettingsChangeEvent, (hub, { modelId, patch }) => hub.updateModel(modelId, patch));
    this.#answers(ModelsRescanEvent, (hub) => hub.rescanModels());
    this.#answers(ModelsStartAllEvent, (hub) => hub.startAllModels());
    this.#answers(ModelsStopAllEvent, (hub) => hub.stopAllModels());
    this.#answers(ModelAttachEvent, (hub, { request }) => hub.attachEndpoint(request));
    this.#answers(EndpointAddEvent, (hub, { request }) => hub.registerEndpoint(request));
    this.#answers(EndpointRemoveEvent, (hub, { endpointId }) => hub.removeEndpoint(endpointId));
    this.#answers(EndpointCheckEvent, (hub, { endpointId }) => hub.checkEndpoint(endpointId));
    this.#answers(JobSubmitEvent, (hub, { source }) => hub.jobs.submit(source));
    this.#answers(JobValidateEvent, (hub, { source }) => hub.jobs.validate(source));
    this.#answers(JobCancelEvent, (hub, { jobId }) => hub.jobs.cancel(jobId));
    this.#answers(JobResumeEvent, (hub, { jobId, raise }) => hub.jobs.resume(jobId, raise));
    this.#answers(JobDeleteEvent, (hub, { jobId }) => hub.jobs.delete(jobId));
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
  #answers<Intent extends IntentEvent>(
    kind: IntentClass<Intent>,
    command: (hub: HubFace, intent: Intent) => Promise<unknown>,
  ): void {
    this.addEventListener(kind.type, (event) => {
      const hub = this.current;
      if (hub && event instanceof kind && !event.response)
        event.respondWith(answerOf(() => command(hub, event)));
    });
  }
}

interface IntentClass<Intent extends IntentEvent> {
  readonly type: string;
  new (...args: never[]): Intent;
}

/** A hub that throws at once refuses like one that rejects. */
async function answerOf(command: () => Promise<unknown>): Promise<unknown> {
  return command();
}
