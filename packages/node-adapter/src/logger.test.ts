import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLogger, type LogFields, type LogLevel, logLevels } from './logger.js';

function log(message: string, fields?: LogFields): string[] {
  const lines: string[] = [];
  createLogger({ write: (line) => lines.push(line) }).info(message, fields);
  return lines;
}

describe('createLogger', () => {
  it('writes an event as one line of JSON', () => {
    const [line = ''] = log('hello', { modelId: 'meadow', error: new TypeError('no') });
    expect(JSON.parse(line)).toEqual({
      ts: expect.stringMatching(/^\d{4}-.*Z$/),
      level: 'info',
      msg: 'hello',
      modelId: 'meadow',
      error: 'TypeError: no',
    });
  });

  it.each<[LogLevel, readonly LogLevel[]]>([
    ['error', ['error']],
    ['warn', ['error', 'warn']],
    ['debug', logLevels],
  ])('at level %s writes only %j', (level, expected) => {
    const lines: string[] = [];
    const logger = createLogger({ level, write: (line) => lines.push(line) });
    for (const name of logLevels) logger[name](name);
    expect(lines.map((line) => (JSON.parse(line) as { level: string }).level)).toEqual(expected);
  });

  it('I64 keeps one event in one line of valid JSON with nothing that a terminal would obey, whatever the text', () => {
    const text = fc
      .array(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.constantFrom(
            '\n',
            '\r',
            '\u001b[2J',
            '\u2028',
            '\u202e',
            '\u009b',
            '"',
            '\\',
            'token=',
            'api_key: ',
          ),
        ),
      )
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, text, (message, value) => {
        const lines = log(message, { value });
        expect(lines).toHaveLength(1);
        expect(lines[0]).not.toMatch(/[\p{Cc}\u2028\u2029\u202a-\u202e]/u);
        expect(() => JSON.parse(lines[0] ?? '') as unknown).not.toThrow();
      }),
      { numRuns: 2000 },
    );
  });

  it('leaves ordinary text as it is', () => {
    expect(JSON.parse(log('prärie "🐎" \\ done')[0] ?? '')).toMatchObject({ msg: 'prärie "🐎" \\ done' });
  });

  it.each<[string, string, LogFields]>([
    ['a message', 'Authorization: Bearer SECRETsecret42', {}],
    ['a field', 'x', { url: 'http://x/?api_key=SECRETsecret42' }],
    ['a field of that name', 'x', { apiKey: 'SECRETsecret42' }],
    ['a deep field of that name', 'x', { request: { headers: { authorization: 'Basic SECRETsecret42' } } }],
    ['an error', 'x', { error: new Error('401 for hf_SECRETsecret42') }],
    ['quotes in a message', 'api_key="SECRETsecret42"', {}],
    ['JSON in a field', 'x', { body: '{"api_key":"SECRETsecret42"}' }],
  ])('I65 takes secrets out of %s, and the line stays JSON', (_, message, fields) => {
    const [line = ''] = log(message, fields);
    expect(line).not.toContain('SECRETsecret42');
    expect(() => JSON.parse(line) as unknown).not.toThrow();
  });
});
