import { CorralError } from '@corral/core';

const maxLength = 4096;

/**
 * Returns the key when it can travel in an Authorization header as it is: printable ASCII without spaces.
 * @throws CorralError `invalid_api_key`, which never quotes it
 */
export function checkApiKey(text: unknown): string {
  if (typeof text === 'string' && text.length <= maxLength && /^[\x21-\x7e]+$/.test(text)) return text;
  const words = `Expected an API key of 1 to ${maxLength} letters, digits and signs, without spaces`;
  throw new CorralError('invalid_api_key', words, { details: { fields: { apiKey: words } } });
}
