import {
  type FieldProblems,
  type ModelPatch,
  type ModelStatus,
  type ModelTier,
  type NumericSetting,
  numericSettings,
  settingsProblems,
} from '@corral/core';

/** The fields of the form that are saved together. */
export type SettingField = NumericSetting | 'extraFlags';

/** Every field, in the order of the form. */
export const settingFields: readonly SettingField[] = [...numericSettings, 'extraFlags'];

/** One of the fields that a person can edit. */
export type DraftField = SettingField | 'enabled' | 'tierOverride' | 'port';

/** What changes, and what is wrong with it. */
export interface DraftOutcome {
  readonly patch: ModelPatch;
  readonly problems: FieldProblems;
}

/** What a person has typed and not saved, apart from the model: live updates of the model leave it as it is. */
export class SettingsDraft {
  readonly #texts = new Map<DraftField, string>();
  #enabled: boolean | undefined;

  get isEmpty(): boolean {
    return this.#texts.size === 0 && this.#enabled === undefined;
  }

  /** The text of a field as it is shown: what was typed, else what is set for the model; empty follows the default. */
  text(field: Exclude<DraftField, 'enabled'>, model: ModelStatus): string {
    return this.#texts.get(field) ?? savedText(field, model);
  }

  enabled(model: ModelStatus): boolean {
    return this.#enabled ?? model.enabled;
  }

  type(field: Exclude<DraftField, 'enabled'>, text: string): void {
    this.#texts.set(field, text);
  }

  setEnabled(enabled: boolean): void {
    this.#enabled = enabled;
  }

  /** Forgets one field, or all of them. */
  forget(field?: DraftField): void {
    if (field === undefined) this.#texts.clear();
    else if (field !== 'enabled') this.#texts.delete(field);
    if (field === undefined || field === 'enabled') this.#enabled = undefined;
  }

  /** What a person typed, to tell later whether it is still what was sent. */
  typed(): ReadonlyMap<DraftField, string | boolean> {
    const typed = new Map<DraftField, string | boolean>(this.#texts);
    if (this.#enabled !== undefined) typed.set('enabled', this.#enabled);
    return typed;
  }

  /** What is to be saved: only what differs from the model, with what is wrong with it. */
  outcome(model: ModelStatus): DraftOutcome {
    const settings: Record<string, unknown> = {};
    for (const field of settingFields) {
      const text = this.#texts.get(field)?.trim();
      if (text === undefined || text === savedText(field, model)) continue;
      settings[field] = text === '' ? null : valueOf(field, text);
    }
    const given = Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== null));
    const tier = this.#texts.get('tierOverride');
    const enabled = this.enabled(model);
    return {
      patch: {
        ...(enabled !== model.enabled && { enabled }),
        ...(tier !== undefined &&
          tier !== savedText('tierOverride', model) && {
            tierOverride: tier === '' ? null : (tier as ModelTier),
          }),
        ...(Object.keys(settings).length > 0 && { settings: settings }),
      },
      problems: settingsProblems(given),
    };
  }

  /** What port is asked for; `undefined` when it is the one the model has. */
  port(model: ModelStatus): number | null | undefined {
    const text = this.#texts.get('port')?.trim();
    if (text === undefined || text === savedText('port', model)) return undefined;
    return text === '' ? null : wholeNumber(text);
  }
}

/** What is set for the model itself, as text; empty where it follows the default. */
function savedText(field: Exclude<DraftField, 'enabled'>, model: ModelStatus): string {
  if (field === 'port') return model.fixedPort === null ? '' : String(model.fixedPort);
  if (field === 'tierOverride') return model.tierOverride ?? '';
  const value = model.overrides[field];
  return value === undefined ? '' : settingText(value);
}

/** A value of a setting as a person would type it. */
export function settingText(value: number | readonly string[]): string {
  return typeof value === 'number' ? String(value) : value.join(' ');
}

function valueOf(field: SettingField, text: string): number | readonly string[] {
  return field === 'extraFlags' ? text.split(/\s+/) : wholeNumber(text);
}

/** What is no whole number becomes NaN, which no setting takes. */
function wholeNumber(text: string): number {
  return /^\d{1,12}$/.test(text) ? Number(text) : Number.NaN;
}
