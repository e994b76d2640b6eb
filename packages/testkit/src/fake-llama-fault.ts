/** Ways in which the fake llama-server can fail; see `fake-llama.ts` for what each does. */
export const FAKE_LLAMA_FAULTS = [
  'usage',
  'bad-model',
  'segv',
  'kill',
  'exit',
  'hang',
  'ignore-term',
  'metrics-hang',
  'metrics-501',
  'slots-501',
  'reset-counter',
  'nan',
  'log-flood',
  'loading',
  'port-in-use',
  'no-auth',
] as const;

/** One of {@link FAKE_LLAMA_FAULTS}. */
export type FakeLlamaFault = (typeof FAKE_LLAMA_FAULTS)[number];

/** A fault and when it sets in, counted from the start of the process. */
export interface TimedFault {
  readonly mode: FakeLlamaFault;
  readonly afterMs: number;
}

/**
 * Reads the variable FAKE_LLAMA_FAULT: `mode` or `mode@milliseconds`. Empty means no fault.
 *
 * @throws Error for an unknown mode, because a misspelt fault would make a test pass for nothing.
 */
export function parseFault(text: string | undefined): TimedFault | undefined {
  if (!text) return undefined;
  const [name = '', delay = '0'] = text.split('@');
  const mode = FAKE_LLAMA_FAULTS.find((fault) => fault === name);
  if (!mode || !/^\d+$/.test(delay))
    throw new Error(`Expected FAKE_LLAMA_FAULT to be mode[@ms], got "${text}"`);
  return { mode, afterMs: Number(delay) };
}
