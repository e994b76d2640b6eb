import { checkFlags, type FlagProblem } from './llama-flags.js';

/** How a model is run. These become flags of llama-server at its next start. */
export interface ModelSettings {
  /** Layers kept on the GPU (`--n-gpu-layers`); ignored by builds without one. */
  readonly nGpuLayers: number;
  /** Context in tokens over all slots (`--ctx-size`); 0: as long as the model was trained for. */
  readonly ctxSize: number;
  /** Threads for generation (`--threads`). */
  readonly nThreads: number;
  /** Logical batch in tokens (`--batch-size`). */
  readonly batchSize: number;
  /** Requests served at the same time (`--parallel`); 0: the server chooses. */
  readonly parallel: number;
  /** Seconds without a request after which the server gives its memory back (`--sleep-idle-seconds`); 0: never. */
  readonly sleepIdleSeconds: number;
  /** Further flags of llama-server, as separate words, all of them on the list of allowed flags. */
  readonly extraFlags: readonly string[];
}

/** What a person has set for one model; everything else follows the defaults. */
export type ModelSettingsOverrides = Partial<ModelSettings>;

/** The settings of a model nobody has changed. Adapters cap `nThreads` at what the machine has. */
export const defaultModelSettings: ModelSettings = {
  nGpuLayers: 99,
  ctxSize: 8192,
  nThreads: 8,
  batchSize: 512,
  parallel: 0,
  sleepIdleSeconds: 0,
  extraFlags: [],
};

/** The settings that are whole numbers. */
export type NumericSetting = Exclude<keyof ModelSettings, 'extraFlags'>;

/** The smallest and largest value of each setting that is a number. */
export const settingLimits: Readonly<
  Record<NumericSetting, { readonly least: number; readonly most: number }>
> = {
  nGpuLayers: { least: 0, most: 999 },
  ctxSize: { least: 0, most: 16_777_216 },
  nThreads: { least: 1, most: 512 },
  batchSize: { least: 1, most: 65_536 },
  parallel: { least: 0, most: 64 },
  sleepIdleSeconds: { least: 0, most: 604_800 },
};

/** The names of the settings that are numbers, in the order in which forms show them. */
export const numericSettings = Object.keys(settingLimits) as readonly NumericSetting[];

/** What is wrong with fields, by field name, in words for people. */
export type FieldProblems = Record<string, string>;

/** What is wrong with the settings that are given; nothing when all is well. */
export function settingsProblems(settings: Readonly<Record<string, unknown>>): FieldProblems {
  const problems: FieldProblems = {};
  for (const [name, value] of Object.entries(settings)) {
    const problem = name === 'extraFlags' ? flagsProblem(value) : numberProblem(name, value);
    if (problem !== undefined) problems[name] = problem;
  }
  return problems;
}

/** Settings in which what is overridden beats the defaults. */
export function effectiveSettings(defaults: ModelSettings, overrides: ModelSettingsOverrides): ModelSettings {
  return { ...defaults, ...overrides };
}

/** Whether a server that runs with `a` would run the same with `b`. */
export function sameSettings(a: ModelSettings, b: ModelSettings): boolean {
  const flags = a.extraFlags.length === b.extraFlags.length;
  return (
    flags &&
    a.extraFlags.every((flag, i) => flag === b.extraFlags[i]) &&
    numericSettings.every((name) => a[name] === b[name])
  );
}

function numberProblem(name: string, value: unknown): string | undefined {
  if (!Object.hasOwn(settingLimits, name)) return 'There is no such setting';
  const { least, most } = settingLimits[name as NumericSetting];
  const fits = typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most;
  return fits && !Object.is(value, -0) ? undefined : `Expected a whole number from ${least} to ${most}`;
}

function flagsProblem(value: unknown): string | undefined {
  if (!Array.isArray(value) || value.length > 64 || !value.every((word) => typeof word === 'string'))
    return 'Expected at most 64 words';
  return describe(checkFlags(value)[0]);
}

function describe(problem: FlagProblem | undefined): string | undefined {
  return problem && `${problem.flag}: ${problem.reason}`;
}
