import { type AddressParts, addressText, CorralError } from '@corral/core';
import { describe, expect, it } from 'vitest';
import { type EndpointUrlOptions, parseEndpointUrl } from './endpoint-address.js';
import { parseEndpointParts } from './endpoint-parts.js';

const defaults: EndpointUrlOptions = { defaultPort: 11_434 };

function outcome(parts: AddressParts, options: EndpointUrlOptions = defaults): string {
  try {
    return addressText(parseEndpointParts(parts, options));
  } catch (error) {
    if (!(error instanceof CorralError)) throw error;
    const fields = Object.entries(error.details?.['fields'] ?? {});
    expect(fields).toEqual([[expect.any(String), error.message]]);
    return `${fields[0]?.[0]}: ${error.code}`;
  }
}
const at = (host: unknown) => outcome({ host });

describe('parseEndpointParts', () => {
  it.each<[AddressParts, string]>([
    [{ host: '127.0.0.1:8080' }, 'http://127.0.0.1:8080'],
    [{ host: '192.168.1.20', port: 11434 }, 'http://192.168.1.20:11434'],
    [{ host: '[::1]:8080' }, 'http://[::1]:8080'],
    [{ host: 'box.lan', port: '8000' }, 'http://box.lan:8000'],
    [{ host: 'box.lan' }, 'http://box.lan:11434'],
    [{ host: 'box.lan', port: null, scheme: null, basePath: null, apiKey: null }, 'http://box.lan:11434'],
    [{ host: 'box.lan', scheme: 'https' }, 'https://box.lan:11434'],
    [{ host: 'https://box.lan/llm/' }, 'https://box.lan:443/llm'],
    [{ host: 'https://box.lan', port: 8443, basePath: '/llm' }, 'https://box.lan:8443/llm'],
    [
      { host: 'http://box.lan:8080/llm', port: '8080', scheme: 'http', basePath: '/llm/' },
      'http://box.lan:8080/llm',
    ],
    [{ host: 'box.lan', basePath: '' }, 'http://box.lan:11434'],
    [{ host: 'box.lan', apiKey: 'sk-1' }, 'http://box.lan:11434'],
  ])('I1 reads %j', (parts, expected) => {
    expect(outcome(parts)).toBe(expected);
  });

  it.each([
    '127.1',
    '0x7f000001',
    '2130706433',
    '0177.0.0.1',
    '①②⑦.⓪.⓪.①',
    '127。0。0。1',
    '[::ffff:7f00:1]',
    'LOCALHOST.',
  ])('I2 F56 gives `%s` the one form of the place that it is', (host) => {
    expect(at(host)).toBe(host === 'LOCALHOST.' ? 'http://localhost:11434' : 'http://127.0.0.1:11434');
  });

  it.each([
    ['I3', '169.254.169.254', 'blocked_address'],
    ['I3', '0xA9FEA9FE', 'blocked_address'],
    ['I3', '[::ffff:a9fe:a9fe]', 'blocked_address'],
    ['I4', '[64:ff9b::a9fe:a9fe]', 'blocked_address'],
    ['I5', '[fe80::1%25eth0]', 'invalid_host'],
    ['I5', '[fe80::1]', 'blocked_address'],
    ['I6', '0', 'blocked_address'],
    ['I6', '224.0.0.1', 'blocked_address'],
    ['I7', 'metadata.google.internal', 'blocked_address'],
    ['I10', '8.8.8.8', 'egress_public_disabled'],
    ['I11', 'http://user:pw@host', 'invalid_url'],
    ['I11', '127.0.0.1#@x', 'invalid_url'],
    ['I11', 'google.com\\@127.0.0.1', 'invalid_url'],
    ['I12', 'ho\tst', 'invalid_host'],
    ['I12', 'host\r\nX: y', 'invalid_host'],
    ['I12', 'host%00', 'invalid_host'],
    ['I12', '-1', 'invalid_host'],
    ['I12', 'a..b', 'invalid_host'],
    ['I13', 'a'.repeat(300), 'invalid_host'],
    ['I13', 'a'.repeat(10_240), 'invalid_host'],
    ['I13', '', 'invalid_host'],
    ['I13', 7, 'invalid_host'],
    ['I13', ['box.lan'], 'invalid_host'],
    ['I13', { toString: () => 'box.lan' }, 'invalid_host'],
    ['I13', null, 'invalid_host'],
    ['I13', undefined, 'invalid_host'],
    ['I14', 'box.lan:8080abc', 'invalid_port'],
    ['I14', 'box.lan:', 'invalid_port'],
    ['I15', 'box.lan:6379', 'blocked_port'],
    ['I16', 'file:///etc/passwd', 'unsupported_scheme'],
    ['I16', 'unix:/run/x.sock', 'unsupported_scheme'],
    ['I16', 'http+unix://%2Frun', 'unsupported_scheme'],
    ['I17', 'box.lan/../admin', 'invalid_path'],
  ])('%s refuses the host %j: %s', (_, host, code) => {
    expect(at(host)).toBe(`host: ${code}`);
  });

  it.each([
    '0',
    '65536',
    '-1',
    '8080abc',
    '1e3',
    '80.5',
    '０',
    '',
    ' 80',
    '080',
    '+80',
    0,
    65_536,
    -1,
    80.5,
    Number.NaN,
    1e21,
    true,
    [8080],
    {},
  ])('I14 refuses the port %j', (port) => {
    expect(outcome({ host: 'box.lan', port })).toBe('port: invalid_port');
  });

  it.each([22, 25, '2375', 6379, 10250])('I15 refuses the port %j of another kind of service', (port) => {
    expect(outcome({ host: 'box.lan', port })).toBe('port: blocked_port');
  });

  it.each(['file', 'gopher', 'unix', 'data', 'javascript', 'http+unix', 'HTTP', 'http:', '', 7, {}])(
    'I16 refuses the scheme %j',
    (scheme) => {
      expect(outcome({ host: 'box.lan', scheme })).toBe('scheme: unsupported_scheme');
    },
  );

  it.each(['/../admin', '//x', '/a?b#c', '/%2e%2e/', `/${'x'.repeat(1024)}`, 'v1', 7, {}])(
    'I17 refuses the base path %j',
    (basePath) => {
      expect(outcome({ host: 'box.lan', basePath })).toBe('basePath: invalid_path');
    },
  );

  it.each(['127.0.0.1', 'localhost', '[::1]', '127.1', '[::ffff:127.0.0.1]'])(
    'I18 F57 knows itself as `%s`',
    (host) => {
      const self = [{ host: '0.0.0.0', port: 8400 }];
      expect(outcome({ host, port: 8400 }, { self })).toBe('host: self_reference');
      expect(outcome({ host, port: 8401 }, { self })).toMatch(/^http:/);
    },
  );

  it.each(['x\r\nHost: y', 'schlüssel', 'x'.repeat(10_240), '', 7, ['x']])(
    'I22 refuses the API key %j',
    (apiKey) => {
      expect(outcome({ host: 'box.lan', apiKey })).toBe('apiKey: invalid_api_key');
    },
  );

  it.each<[AddressParts, string]>([
    [{ host: 'box.lan:8080', port: 8081 }, 'port: invalid_port'],
    [{ host: 'http://box.lan', scheme: 'https' }, 'scheme: unsupported_scheme'],
    [{ host: 'http://box.lan/a', basePath: '/b' }, 'basePath: invalid_path'],
  ])('wants no two answers to one question: %j', (parts, expected) => {
    expect(outcome(parts)).toBe(expected);
  });

  it('finds the place that the same address as a URL has', () => {
    const parts = { host: 'BÜCHER.lan.', port: '8080', scheme: 'https', basePath: '/v1/' };
    expect(outcome(parts)).toBe(addressText(parseEndpointUrl('https://bücher.lan:8080/v1')));
  });
});
