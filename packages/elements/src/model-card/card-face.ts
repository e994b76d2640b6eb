import { effectiveTier, type ModelStatus } from '@corral/core';
import { html, nothing, type TemplateResult } from 'lit';
import { durationText } from '../number-text.js';
import { factsLine, loadText, statusView, tierBadges } from './status-view.js';

const notAvailable = 'N/A';
const countText = new Intl.NumberFormat();

/** The name of a model, its marks, its pin where it may be changed, and its tier. */
export function renderHeader(
  model: ModelStatus,
  tabIndex: number,
  pin: (() => void) | undefined,
): TemplateResult {
  const { filename, pinned } = model;
  const tier = effectiveTier(model);
  return html`
    <header>
      <h3 part="name" title=${filename}>${filename}</h3>
      ${model.control === 'none' ? html`<span class="mark" title="Someone else runs this server">watched</span>` : nothing}
      ${model.enabled ? nothing : html`<span class="mark" title="It is not started, not even with all">disabled</span>`}
      ${
        pin
          ? html`<button
              class="pin"
              type="button"
              tabindex=${tabIndex}
              title=${pinned ? 'Pinned to the top' : 'Pin to the top'}
              aria-label=${`Pin ${filename}`}
              aria-pressed=${pinned ? 'true' : 'false'}
              @click=${pin}
            >${pinned ? '★' : '☆'}</button>`
          : nothing
      }
      <span part="tier" class="tier" data-tier=${tier} title=${`Tier: ${tier}`}>${tierBadges[tier]}</span>
    </header>
  `;
}

/** The state of a model, and the line that says why it is in it, or what the model is. */
export function renderStatus(model: ModelStatus, isAlone: boolean): TemplateResult {
  const { label, tone, pulses } = statusView(model.state);
  const restart = model.restartNeeded ? 'Restart needed for new settings' : '';
  const why = model.errorMessage ?? (restart || factsLine(model));
  const seconds = model.state === 'backoff' ? model.restartInSeconds : null;
  return html`
    <div part="status" class="status ${pulses ? 'pulses' : ''}" data-tone=${tone}>
      <span class="dot"></span>
      <strong role=${isAlone ? 'status' : nothing}>${label}</strong>
      <span class="countdown">${seconds === null ? nothing : `restarts in ${Math.ceil(seconds)} s`}</span>
      <span class="load">${loadText(model)}</span>
    </div>
    <p part="reason" class="why" data-tone=${model.state === 'failed' ? 'danger' : restart && !model.errorMessage ? 'warn' : 'idle'}>
      ${model.state === 'failed' && model.failureCode !== null ? html`<code>${model.failureCode}</code>` : nothing}
      <span class="reason" title=${why || nothing}>${why}</span>
    </p>
  `;
}

/** What a model has done, in four numbers. */
export function renderFacts(model: ModelStatus): TemplateResult {
  const count = (value: number | null): string => (value === null ? notAvailable : countText.format(value));
  return html`
    <dl part="facts">
      <div><dt>Requests</dt><dd>${count(model.requestCount)}</dd></div>
      <div><dt>Uptime</dt><dd>${model.uptimeSeconds === null ? notAvailable : durationText(model.uptimeSeconds)}</dd></div>
      <div><dt>Errors</dt><dd>${count(model.errorCount)}</dd></div>
      <div><dt>Port</dt><dd>${model.port ?? notAvailable}</dd></div>
    </dl>
  `;
}
