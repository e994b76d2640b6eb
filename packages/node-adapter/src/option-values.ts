import { type ParseArgsConfig, parseArgs } from 'node:util';
import { AdapterError } from './errors.js';

/** The error of a command line that cannot be understood. */
export function invalidOption(message: string): AdapterError {
  return new AdapterError('invalid_option', message);
}

/**
 * Takes what follows a command apart.
 * @param command its name, for the words of a refusal
 * @throws AdapterError `invalid_option`
 */
export function readFlags<Flags extends NonNullable<ParseArgsConfig['options']>>(
  args: readonly string[],
  options: Flags,
  command: string,
) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (error) {
    const what = error instanceof Error ? error.message.split('. ')[0] : 'Bad option';
    throw invalidOption(`${what}. See corral ${command} --help.`);
  }
}

/**
 * The value of a flag, or of its variable.
 * @throws AdapterError `invalid_option` for an empty one
 */
export function valueOf(
  flag: string,
  given: string | undefined,
  fallback: string | undefined,
): string | undefined {
  const value = given ?? fallback;
  if (value === '') throw invalidOption(`Expected --${flag} to have a value`);
  return value;
}
