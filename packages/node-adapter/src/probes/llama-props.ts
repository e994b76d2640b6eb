import { countOf, parseJson, recordOf, textOf } from './json-values.js';

/** The part of `/props` that counts here. Reading it neither wakes a server nor keeps it awake. */
export interface LlamaProps {
  readonly isRouter: boolean;
  /** `null` on builds that cannot sleep. */
  readonly isSleeping: boolean | null;
  readonly slots: number | null;
  /** An alias, or the path of the file. */
  readonly model: string | null;
  /** Whether the answer looks like one of a llama-server at all. */
  readonly isLlama: boolean;
}

/** Reads an answer of `/props`; what it does not hold is unknown. */
export function parseProps(text: string): LlamaProps {
  const props = recordOf(parseJson(text));
  const sleeping = props['is_sleeping'];
  return {
    isRouter: props['role'] === 'router',
    isSleeping: typeof sleeping === 'boolean' ? sleeping : null,
    slots: countOf(props['total_slots']),
    model: textOf(props['model_alias']) ?? textOf(props['model_path']),
    isLlama: 'default_generation_settings' in props || 'build_info' in props,
  };
}
