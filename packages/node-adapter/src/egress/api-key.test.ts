import { CorralError } from '@corral/core';
import { describe, expect, it } from 'vitest';
import { checkApiKey } from './api-key.js';

describe('checkApiKey', () => {
  it.each(['k', 'sk-Abc_123.~+/=', '!'.repeat(4096)])('takes a key as it is', (key) => {
    expect(checkApiKey(key)).toBe(key);
  });

  it.each([
    'x\r\nHost: y',
    'schlüssel',
    'a b',
    'a\n',
    '\0',
    '',
    'k'.repeat(10_240),
    'k'.repeat(4097),
    5,
    null,
    ['k'],
  ])('I22 refuses what no header may carry, without quoting it', (key) => {
    const error = (() => {
      try {
        return checkApiKey(key);
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(error).toBeInstanceOf(CorralError);
    expect(error).toMatchObject({
      code: 'invalid_api_key',
      message: 'Expected an API key of 1 to 4096 letters, digits and signs, without spaces',
      details: { fields: { apiKey: expect.any(String) } },
    });
  });
});
