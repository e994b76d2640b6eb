import { CorralError } from '../errors.js';
import { noChoices } from './managed-model.js';
import { type ModelPatch, modelTiers, type SettingsPatch } from './model.js';
import {
  effectiveSettings,
  type FieldProblems,
  type ModelSettings,
  type ModelSettingsOverrides,
  settingsProblems,
} from './model-settings.js';
import type { PortAllocator } from './port-range.js';
import type { ModelChoices, ModelStore } from './ports.js';

/** The defaults that models follow, and what limits a person's choices. */
export interface ModelDefaults {
  /** What a model without settings of its own runs with. */
  readonly settings: ModelSettings;
  /** What `settings` would be if nobody had changed them. */
  readonly builtIn: ModelSettings;
  /** The ports that our own servers may have, both ends included. */
  readonly portRange: { readonly from: number; readonly to: number };
}

/** What people chose: checked, kept, and read when a server starts. */
export class ChoiceBook {
  readonly #store: ModelStore;
  readonly #ports: PortAllocator;
  readonly #builtIn: ModelSettings;
  #choices: ReadonlyMap<string, ModelChoices> = new Map();
  #overrides: ModelSettingsOverrides = {};
  /** Saves run one after the other: two changes at once must not undo each other. */
  #saving: Promise<unknown> = Promise.resolve();

  constructor(store: ModelStore, ports: PortAllocator, builtIn: ModelSettings) {
    this.#store = store;
    this.#ports = ports;
    this.#builtIn = builtIn;
  }

  get defaults(): ModelDefaults {
    const settings = effectiveSettings(this.#builtIn, this.#overrides);
    return { settings, builtIn: this.#builtIn, portRange: this.#ports.range };
  }

  /** Reads what was kept. */
  async load(): Promise<void> {
    this.#overrides = await this.#store.loadDefaults();
    this.#choices = await this.#store.loadChoices();
    for (const [modelId, { port }] of this.#choices) if (port !== null) this.#ports.reserve(modelId, port);
  }

  /** The choices for a model; what a new model begins with is up to the caller. */
  of(modelId: string): ModelChoices | undefined {
    return this.#choices.get(modelId);
  }

  /**
   * Takes a change in once it is kept.
   * @param beginning the choices of a model that nobody has touched
   * @throws CorralError `invalid_settings` with what is wrong in `details.fields`; `store_failed`
   */
  change(modelId: string, patch: ModelPatch, beginning = noChoices): Promise<ModelChoices> {
    return this.#inOrder(async () => {
      const before = this.#choices.get(modelId) ?? beginning;
      refuse(this.#problems(modelId, patch));
      const { settings, port, tierOverride, enabled, pinned } = patch;
      const after: ModelChoices = {
        enabled: enabled ?? before.enabled,
        pinned: pinned ?? before.pinned,
        tierOverride: tierOverride === undefined ? before.tierOverride : tierOverride,
        port: port === undefined ? before.port : port,
        overrides: merged(before.overrides, settings),
      };
      await kept(this.#store.saveChoices(modelId, after));
      this.#choices = new Map(this.#choices).set(modelId, after);
      this.#ports.reserve(modelId, after.port);
      return after;
    });
  }

  /** Changes what models follow that have no setting of their own. @throws as {@link change} */
  changeDefaults(settings: SettingsPatch): Promise<ModelDefaults> {
    return this.#inOrder(async () => {
      refuse(settingsProblems(givenOf(settings)));
      const overrides = merged(this.#overrides, settings);
      await kept(this.#store.saveDefaults(overrides));
      this.#overrides = overrides;
      return this.defaults;
    });
  }

  #problems(
    modelId: string,
    { settings = {}, port, tierOverride, enabled, pinned }: ModelPatch,
  ): FieldProblems {
    const problems = settingsProblems(givenOf(settings));
    const portProblem = port === undefined || port === null ? undefined : this.#portProblem(modelId, port);
    if (portProblem !== undefined) problems['port'] = portProblem;
    if (tierOverride !== undefined && tierOverride !== null && !modelTiers.includes(tierOverride))
      problems['tierOverride'] = `Expected one of ${modelTiers.join(', ')}`;
    for (const [name, value] of Object.entries({ enabled, pinned }))
      if (value !== undefined && typeof value !== 'boolean') problems[name] = 'Expected true or false';
    return problems;
  }

  #portProblem(modelId: string, port: number): string | undefined {
    const { from, to } = this.#ports.range;
    if (!Number.isInteger(port) || port < from || port > to) return `Expected a port from ${from} to ${to}`;
    const owner = this.#ports.ownerOf(port, modelId);
    return owner === undefined ? undefined : `Another model has this port: ${owner}`;
  }

  #inOrder<Answer>(change: () => Promise<Answer>): Promise<Answer> {
    const answer = this.#saving.then(change);
    this.#saving = answer.catch(() => {});
    return answer;
  }
}

function refuse(fields: FieldProblems): void {
  const names = Object.keys(fields);
  if (names.length === 0) return;
  const message = `Expected other values for: ${names.join(', ')}`;
  throw new CorralError('invalid_settings', message, { details: { fields } });
}

/** The settings that are given a value; `null` asks for the default, which is always right. */
function givenOf(settings: SettingsPatch): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(settings).filter(([, value]) => value !== null && value !== undefined),
  );
}

function merged(before: ModelSettingsOverrides, patch: SettingsPatch = {}): ModelSettingsOverrides {
  const entries = Object.entries({ ...before, ...patch });
  return Object.fromEntries(entries.filter(([, value]) => value !== null && value !== undefined));
}

async function kept(saving: Promise<void>): Promise<void> {
  try {
    await saving;
  } catch (cause) {
    const message = 'The change could not be kept, so nothing was changed';
    throw new CorralError('store_failed', message, { retryable: true, cause });
  }
}
