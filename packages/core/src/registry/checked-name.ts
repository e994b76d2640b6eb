import { CorralError } from '../errors.js';

/**
 * A name is for people: no control or invisible characters, and no more than fits a line.
 * @throws CorralError `invalid_settings` with the field in `details.fields`
 */
export function checkedName(name: string): string {
  const normal = name.normalize('NFC').trim();
  const fits = /^[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]{1,128}$/u.test(normal);
  if (fits) return normal;
  const fields = { name: 'Expected 1 to 128 visible characters' };
  throw new CorralError('invalid_settings', fields.name, { details: { fields } });
}
