import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escapeControls, redact } from './redact.js';

describe('I65 redact', () => {
  it.each([
    'Authorization: Bearer SECRETsecret42',
    'authorization=basic SECRETsecret42',
    'AUTHORIZATION: Basic SECRETsecret42==',
    'curl -H "Authorization: Bearer SECRETsecret42" http://x',
    'bearer SECRETsecret42',
    'api_key=SECRETsecret42',
    'api-key: SECRETsecret42',
    'apikey=SECRETsecret42&x=1',
    'X-Api-Key: SECRETsecret42',
    '{"apiKey":"SECRETsecret42"}',
    "{'api_key': 'SECRETsecret42'}",
    'api_key="SECRETsecret42"',
    'token=SECRETsecret42',
    '"token": "SECRETsecret42"',
    'hf_SECRETsecret42',
    'key sk-SECRETsecret42 used',
    'sk-proj-SECRETsecret42',
    'ghp_SECRETsecret42',
    'xoxb-SECRETsecret42',
    '{"authorization":"Bearer SECRETsecret42"}',
    '{"authorization":"Basic SECRETsecret42"}',
    'access_token=SECRETsecret42',
    'CORRAL_TOKEN=SECRETsecret42',
    '{\\"api_key\\":\\"SECRETsecret42\\"}',
  ])('takes the secret out of %s', (text) => {
    const safe = redact(text);
    expect(safe).not.toContain('SECRETsecret42');
    expect(safe).toContain('[redacted]');
  });

  it.each([
    'srv  llama_server: listening on http://127.0.0.1:8100',
    'n_tokens = 12, token: 5',
    'tokens_predicted_total 1010',
    'the bearer of bad news',
    'ask-me-anything',
  ])('leaves %s as it is', (text) => {
    expect(redact(text)).toBe(text);
  });

  it('is done quickly with text made to slow it down', () => {
    const before = process.cpuUsage();
    for (const word of ['authorization: ', 'bearer ', 'api_key ', 'token" ', 'sk-', ' ', 'api-key"'])
      redact(word.repeat(8192 / word.length));
    expect(process.cpuUsage(before).user / 1000).toBeLessThan(500);
  });
});

describe('I64 escapeControls', () => {
  it('leaves nothing that a terminal or a browser would obey', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(escapeControls(text)).not.toMatch(
          /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/u,
        );
      }),
    );
  });

  it('leaves ordinary text as it is', () => {
    expect(escapeControls('prärie 🐎 [31m')).toBe('prärie 🐎 [31m');
  });
});
