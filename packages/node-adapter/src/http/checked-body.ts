import type { z } from 'zod/mini';
import { errorResponse, type HttpErrorCode } from './http-errors.js';

/** A body that fits its schema, or the refusal with what is wrong, by field. */
export type CheckedBody<Value> = { readonly value: Value } | { readonly refusal: Response };

/**
 * Checks a body against the schema of its route. Fields that the schema does not know are refused by name.
 * @param wrong the code for values that do not fit. Default: `invalid_settings`
 */
export function checkedBody<Schema extends z.ZodMiniType>(
  schema: Schema,
  body: unknown,
  wrong: HttpErrorCode = 'invalid_settings',
): CheckedBody<z.output<Schema>> {
  const parsed = schema.safeParse(body ?? {});
  if (parsed.success) return { value: parsed.data };
  const fields: Record<string, string> = {};
  let unknown = false;
  for (const issue of parsed.error.issues) {
    if (issue.code === 'unrecognized_keys') {
      unknown = true;
      for (const key of issue.keys) fields[nameOf([...issue.path, key])] = 'There is no such field';
    } else fields[nameOf(issue.path)] = wordsFor(issue);
  }
  return { refusal: errorResponse(unknown ? 'unknown_field' : wrong, {}, { fields }) };
}

/** Settings are shown as fields of their own, so `settings.ctxSize` is the field `ctxSize`. */
function nameOf(path: readonly PropertyKey[]): string {
  const name = path
    .map(String)
    .join('.')
    .replace(/^settings\./, '');
  return name === '' ? 'body' : name.slice(0, 64);
}

function wordsFor(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type') return `Expected ${issue.expected}`;
  if (issue.code === 'custom') return issue.message;
  if (issue.code === 'invalid_value') return `Expected one of ${issue.values.map(String).join(', ')}`;
  return 'Expected another value';
}
