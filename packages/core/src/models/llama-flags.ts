/** Why a word of a command line is not taken. */
export interface FlagProblem {
  readonly flag: string;
  readonly reason: string;
}

/** The values that a flag may have; a flag without one is a switch. */
type FlagValue = RegExp | null;

const onOff = /^(on|off|auto)$/;
const count = /^\d{1,9}$/;
const number = /^\d{1,9}(\.\d{1,9})?$/;
const cacheType = /^(f32|f16|bf16|q8_0|q4_0|q4_1|iq4_nl|q5_0|q5_1)$/;
const words = /^[a-zA-Z0-9][a-zA-Z0-9_.:-]{0,63}$/;
const numberList = /^\d{1,6}(\.\d{1,6})?([,/]\d{1,6}(\.\d{1,6})?){0,31}$/;

/**
 * The flags of llama-server that a person may add: none of them opens an address, a file, a key or a tool. Names on the
 * right are other spellings of the same flag.
 */
const allowed: readonly (readonly [FlagValue, string, ...string[]])[] = [
  [onOff, '--flash-attn', '-fa'],
  [count, '--ubatch-size', '-ub'],
  [count, '--threads-batch', '-tb'],
  [count, '--threads-http'],
  [null, '--cont-batching', '-cb'],
  [null, '--no-cont-batching', '-nocb'],
  [cacheType, '--cache-type-k', '-ctk'],
  [cacheType, '--cache-type-v', '-ctv'],
  [count, '--cache-ram', '-cram'],
  [count, '--cache-reuse'],
  [null, '--no-cache-prompt'],
  [null, '--kv-unified', '-kvu'],
  [null, '--no-kv-offload', '-nkvo'],
  [null, '--swa-full'],
  [null, '--no-context-shift'],
  [null, '--context-shift'],
  [/^(auto|none|mmap|mlock|mmap\+mlock|dio)$/, '--load-mode', '-lm'],
  [null, '--mlock'],
  [null, '--no-mmap'],
  [/^(none|layer|row)$/, '--split-mode', '-sm'],
  [numberList, '--tensor-split', '-ts'],
  [count, '--main-gpu', '-mg'],
  [words, '--device', '-dev'],
  [count, '--n-cpu-moe', '-ncmoe'],
  [null, '--cpu-moe', '-cmoe'],
  [/^(distribute|isolate|numactl)$/, '--numa'],
  [onOff, '--fit', '-fit'],
  [/^(none|linear|yarn)$/, '--rope-scaling'],
  [number, '--rope-scale'],
  [number, '--rope-freq-base'],
  [number, '--rope-freq-scale'],
  [null, '--jinja'],
  [null, '--no-jinja'],
  [words, '--chat-template'],
  [words, '--reasoning-format'],
  [/^(-1|\d{1,9})$/, '--reasoning-budget'],
  [null, '--embeddings', '--embedding'],
  [null, '--reranking', '--rerank'],
  [/^(none|mean|cls|last|rank)$/, '--pooling'],
  [count, '--seed', '-s'],
  [number, '--temp'],
  [count, '--top-k'],
  [number, '--top-p'],
  [number, '--min-p'],
  [number, '--repeat-penalty'],
  [/^(-1|\d{1,9})$/, '--predict', '-n', '--n-predict'],
  [words, '--alias', '-a'],
  [null, '--no-warmup'],
  [null, '--no-slots'],
  [null, '--check-tensors'],
  [count, '--timeout', '-to'],
  [count, '--prio'],
];

/** Flags that settings have a field for, by the name of the field, with all their spellings. */
const settingFlags = {
  nGpuLayers: ['--n-gpu-layers', '--gpu-layers', '-ngl'],
  ctxSize: ['--ctx-size', '-c'],
  nThreads: ['--threads', '-t'],
  batchSize: ['--batch-size', '-b'],
  parallel: ['--parallel', '-np'],
  sleepIdleSeconds: ['--sleep-idle-seconds'],
} as const;

/** A setting that a flag has a field for. */
export type FlagField = keyof typeof settingFlags;

/** Flags of the hub's own: named so that the answer can say who sets them. */
const ours: readonly string[] = [
  '--model',
  '-m',
  '--host',
  '--port',
  '--api-key',
  '--api-key-file',
  '--metrics',
];

// Marked as pure, so that pages which never check a flag do not load the list.
const flags = /* @__PURE__ */ new Map<string, { readonly name: string; readonly value: FlagValue }>(
  /* @__PURE__ */ allowed.flatMap(([value, name, ...others]) =>
    [name, ...others].map((flag) => [flag, { name, value }]),
  ),
);
const fields = /* @__PURE__ */ new Map<string, FlagField>(
  /* @__PURE__ */ Object.entries(settingFlags).flatMap(([field, names]) =>
    names.map((name): [string, FlagField] => [name, field as FlagField]),
  ),
);

/** The names of the flags that may be added, in their long form. */
export const allowedFlags: readonly string[] = /* @__PURE__ */ allowed.map(([, name]) => name);

/** What is wrong with words that are to be added to a command line; nothing when all may be. */
export function checkFlags(given: readonly string[]): FlagProblem[] {
  const problems: FlagProblem[] = [];
  for (let i = 0; i < given.length; i++) {
    const flag = given[i] as string;
    const known = flags.get(flag);
    if (!known) problems.push({ flag: shortened(flag), reason: refusal(flag) });
    else if (known.value !== null && !known.value.test(given[++i] ?? '')) {
      problems.push({ flag, reason: `Expected another value than \`${shortened(given[i] ?? '')}\`` });
    }
  }
  return problems;
}

/** The setting that has a field for this flag. */
export function fieldOf(flag: string): FlagField | undefined {
  return fields.get(flag);
}

/** The long form of an allowed flag, and whether a value follows it. */
export function allowedFlag(
  flag: string,
): { readonly name: string; readonly takesValue: boolean } | undefined {
  const known = flags.get(flag);
  return known && { name: known.name, takesValue: known.value !== null };
}

/** Whether the hub sets this flag itself. */
export function isOurs(flag: string): boolean {
  return ours.includes(flag);
}

function refusal(flag: string): string {
  const field = fields.get(flag);
  if (field !== undefined) return `It has a field of its own: ${field}`;
  if (ours.includes(flag)) return 'The hub sets it';
  return flag.startsWith('-') ? 'This flag is not on the list of allowed flags' : 'Expected a flag here';
}

function shortened(word: string): string {
  return word.length > 40 ? `${word.slice(0, 40)}…` : word;
}
