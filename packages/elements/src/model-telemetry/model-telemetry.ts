import type { HubFace, ModelTelemetryEntry, Unsubscribe } from '@corral/core';
import { html, LitElement, nothing, type TemplateResult } from 'lit';
import { property } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { type Drawable, frames } from '../frame-scheduler.js';
import { HubController } from '../hub-controller.js';
import { exactTimeText, priceText, scoreText, unknownText } from '../job-status/job-texts.js';
import { RelativeTimes } from '../relative-time.js';
import { numberProperty } from '../resource-meter/number-property.js';
import { tokens } from '../theme/tokens.js';
import { viewport } from '../viewport.js';
import { telemetryStyles } from './model-telemetry.styles.js';
import { renderCharts } from './telemetry-charts.js';
import {
  byProvider,
  factsOf,
  providerColor,
  type ShareView,
  sharesOf,
  shareText,
} from './telemetry-texts.js';

/**
 * What is known of models from the calls that were made of them: how often they succeed and how far that can be trusted,
 * how fast they are, and what they cost. Under a provider it shows what the hub knows; `telemetry` wins.
 *
 * The class is not called `ModelTelemetry`: that is the name of what keeps it.
 *
 * @summary What calls have shown of each model.
 *
 * @slot empty - Shown in place of the text while no calls are known.
 *
 * @csspart card - The card of a model.
 * @csspart chart - A chart: a bar for each model.
 * @csspart list - The short list.
 */
export class ModelTelemetryPanel extends LitElement implements Drawable {
  static override styles = [tokens, telemetryStyles];

  /** What is shown; wins over the provider. */
  @property({ attribute: false }) telemetry: readonly ModelTelemetryEntry[] | undefined;

  /** A card for each model, a chart of costs and one of latencies, or a short list. */
  @property({ reflect: true }) variant: 'cards' | 'charts' | 'compact' = 'cards';

  /** Whether it shows nothing while no calls are known: for all but one of several on a page. */
  @property({ type: Boolean, attribute: 'hide-empty' }) hideEmpty = false;

  readonly #hub = new HubController(this, {
    subscribe: (hub) => this.#subscribe(hub),
    hubChanged: () => this.requestUpdate(),
    needsHub: () => this.telemetry === undefined,
  });
  readonly #times = new RelativeTimes(this);
  #isOnScreen = true;
  #leaveViewport: (() => void) | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#leaveViewport = viewport.watch(this, (isOnScreen) => {
      this.#isOnScreen = isOnScreen;
      this.#times.pause(!isOnScreen);
      this.#redraw();
    });
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#leaveViewport?.();
    this.#leaveViewport = undefined;
    frames.cancel(this);
  }

  /** Called by the frame scheduler. */
  draw(): void {
    this.requestUpdate();
  }

  protected override render(): TemplateResult | typeof nothing {
    const { hub } = this.#hub;
    const entries = byProvider(this.telemetry ?? hub?.telemetry() ?? []);
    if (entries.length === 0 && this.hideEmpty) return nothing;
    const isStale = !this.telemetry && hub !== undefined && hub.connection !== 'live';
    return html`
      <section ?data-stale=${isStale}>
        ${entries.length === 0 ? html`<p class="blank"><slot name="empty">${this.#blankText()}</slot></p>` : this.#renderEntries(entries)}
      </section>
    `;
  }

  #renderEntries(entries: readonly ModelTelemetryEntry[]): unknown {
    if (this.variant === 'charts') return renderCharts(entries);
    if (this.variant === 'compact') return renderList(entries);
    return html`<ul class="cards">${repeat(entries, keyOf, (entry) => html`<li>${this.#renderCard(entry)}</li>`)}</ul>`;
  }

  #renderCard(entry: ModelTelemetryEntry): TemplateResult {
    const { model, provider, lastCallAt } = entry;
    return html`
      <article part="card" data-provider=${providerColor(provider)} aria-label=${`${model}, ${provider}`}>
        <div>
          <h4 dir="auto">${model}</h4>
          <p class="provider" dir="auto">${provider}</p>
        </div>
        <div class="shares">${sharesOf(entry).map((view) => renderShare(view, model))}</div>
        <dl>
          ${factsOf(entry).map(
            ({ label, title, text }) =>
              html`<div title=${title}><dt>${label}</dt><dd ?data-unknown=${text === unknownText}>${text}</dd></div>`,
          )}
        </dl>
        ${lastCallAt === null ? nothing : html`<p class="last" title=${exactTimeText(lastCallAt)}>Last call <span>${this.#times.text(lastCallAt)}</span></p>`}
      </article>
    `;
  }

  #blankText(): string {
    const { hub } = this.#hub;
    if (this.telemetry || hub?.connection === 'live')
      return 'No calls yet. Jobs and instrumented clients show up here.';
    if (!hub) return 'No hub to show calls of.';
    return hub.connection === 'closed' ? (hub.error?.message ?? 'No calls are known.') : 'Connecting…';
  }

  #redraw(): void {
    if (this.#isOnScreen && this.isConnected) frames.schedule(this);
  }

  #subscribe(hub: HubFace): readonly Unsubscribe[] {
    return [
      hub.subscribe('telemetry:recorded', () => this.#redraw()),
      hub.subscribe('connection:changed', () => this.#redraw()),
    ];
  }
}

function keyOf({ provider, model }: ModelTelemetryEntry): string {
  return JSON.stringify([provider, model]);
}

function renderShare({ label, title, share, text, tone }: ShareView, model: string): TemplateResult {
  return html`
    <div class="share" data-tone=${tone} title=${title}>
      <span class="share-label">${label}</span>
      ${
        share === null
          ? html`<span class="meter" data-unknown></span>`
          : html`<span class="meter" role="meter" aria-label=${`${label} of ${model}`} aria-valuemin="0" aria-valuemax="100" aria-valuenow=${Math.round(share * 100)} aria-valuetext=${text}><span class="fill" ${numberProperty('--_share', share)}></span></span>`
      }
      <span class="share-text" ?data-unknown=${share === null}>${text}</span>
    </div>
  `;
}

function renderList(entries: readonly ModelTelemetryEntry[]): TemplateResult {
  return html`
    <table part="list" class="compact" aria-label="Calls of models">
      <thead>
        <tr>
          <th scope="col">Model</th>
          <th scope="col"><abbr title="Success rate">OK</abbr></th>
          <th scope="col"><abbr title="Trust factor">Trust</abbr></th>
          <th scope="col"><abbr title="US dollars for a million tokens in">$/1M in</abbr></th>
        </tr>
      </thead>
      <tbody>
        ${repeat(
          entries,
          keyOf,
          ({ model, provider, successRate, trustFactor, costPer1mInput }) => html`
            <tr data-provider=${providerColor(provider)}>
              <th scope="row" title=${`${model} · ${provider}`}>${model}</th>
              <td ?data-unknown=${successRate === null}>${shareText(successRate)}</td>
              <td ?data-unknown=${trustFactor === null}>${scoreText(trustFactor)}</td>
              <td ?data-unknown=${costPer1mInput === null}>${priceText(costPer1mInput)}</td>
            </tr>
          `,
        )}
      </tbody>
    </table>
  `;
}
