import {
  type ModelDefaults,
  type ModelStatus,
  type ModelTier,
  modelTiers,
  type NumericSetting,
  settingLimits,
} from '@corral/core';
import { html, type TemplateResult } from 'lit';
import { tierBadges } from '../model-card/status-view.js';
import { type SettingField, settingText } from './settings-draft.js';

const labels: Readonly<Record<SettingField, string>> = {
  nGpuLayers: 'GPU layers',
  ctxSize: 'Context size',
  nThreads: 'Threads',
  batchSize: 'Batch size',
  parallel: 'Parallel requests',
  sleepIdleSeconds: 'Idle sleep, seconds',
  extraFlags: 'Extra flags',
};

/** What 0 stands for, where it does. */
const zeros: Partial<Readonly<Record<NumericSetting, string>>> = {
  ctxSize: 'as trained',
  parallel: 'auto',
  sleepIdleSeconds: 'never',
};

/** A field as it stands, and what is done with it. */
export interface FieldView {
  readonly text: string;
  /** What it follows while it is empty, as {@link defaultText} has it. */
  readonly fallback: string;
  readonly problem: string | undefined;
  readonly typed: (event: Event) => void;
  readonly leaves: (event: Event) => void;
  readonly reset: () => void;
}

/** What an empty field stands for; a model that follows the default has it in its settings. */
export function defaultText(
  field: SettingField,
  defaults: ModelDefaults | undefined,
  { overrides, settings }: ModelStatus,
): string {
  const value = defaults?.settings[field] ?? (overrides[field] === undefined ? settings[field] : undefined);
  if (value === undefined) return '';
  return (value === 0 ? meaningOfZero(field) : undefined) ?? settingText(value);
}

/** The choice of the tier. @param chosen empty for the one that was assigned */
export function renderTier(
  assigned: ModelTier,
  chosen: string,
  typed: (event: Event) => void,
): TemplateResult {
  const option = (value: string, text: string): TemplateResult =>
    html`<option value=${value} ?selected=${value === chosen}>${text}</option>`;
  return html`
    <div class="field">
      <label for="tierOverride">Tier</label>
      <select id="tierOverride" name="tierOverride" .value=${chosen} @change=${typed}>
        ${option('', `assigned: ${assigned} (${tierBadges[assigned]})`)}
        ${modelTiers.map((tier) => option(tier, `${tier} (${tierBadges[tier]})`))}
      </select>
    </div>
  `;
}

/** One field of the form, with its note and the button that resets it. */
export function renderField(field: SettingField, view: FieldView): TemplateResult {
  const { text, fallback, problem } = view;
  const numeric = field !== 'extraFlags';
  return html`
    <div class="field ${numeric ? '' : 'wide'}">
      <label for=${field}>${labels[field]}</label>
      <span class="input">
        <input
          id=${field}
          name=${field}
          type="text"
          inputmode=${numeric ? 'numeric' : 'text'}
          autocomplete="off"
          spellcheck="false"
          title=${hintOf(field)}
          placeholder=${fallback}
          .value=${text}
          aria-invalid=${problem === undefined ? 'false' : 'true'}
          aria-describedby=${`${field}-note`}
          @input=${view.typed}
          @change=${view.leaves}
        />
        <button
          class="reset"
          type="button"
          ?hidden=${text === ''}
          title=${`Back to the default: ${fallback === '' ? 'none' : fallback}`}
          aria-label=${`Reset ${labels[field]} to the default`}
          @click=${view.reset}
        >↺</button>
      </span>
      <p id=${`${field}-note`} class="note" ?data-problem=${problem !== undefined}>${problem ?? (text === '' ? 'default' : 'set for this model')}</p>
    </div>
  `;
}

function meaningOfZero(field: SettingField): string | undefined {
  return field === 'extraFlags' ? undefined : zeros[field];
}

function hintOf(field: SettingField): string {
  if (field === 'extraFlags') return 'Words of llama-server’s own, such as --flash-attn on';
  const { least, most } = settingLimits[field];
  const meaning = meaningOfZero(field);
  return `${least} – ${most}${meaning === undefined ? '' : `, 0: ${meaning}`}`;
}
