import { addressText, CorralError } from '@corral/core';
import { describe, expect, it } from 'vitest';
import { type EndpointUrlOptions, parseEndpointUrl } from './endpoint-address.js';

/** The canonical text of what was accepted, or the code of the refusal. */
function outcome(text: unknown, options: EndpointUrlOptions = {}): string {
  try {
    return addressText(parseEndpointUrl(text, options));
  } catch (error) {
    expect(error).toBeInstanceOf(CorralError);
    const { code, message, details } = error as CorralError;
    expect(details).toEqual({ fields: { url: message } });
    expect(message.length).toBeLessThan(120);
    return code;
  }
}

describe('parseEndpointUrl', () => {
  it.each([
    ['127.0.0.1:8080', 'http://127.0.0.1:8080'],
    ['192.168.1.20:11434', 'http://192.168.1.20:11434'],
    ['[::1]:8080', 'http://[::1]:8080'],
    ['box.lan:8000', 'http://box.lan:8000'],
    ['box.lan', 'http://box.lan:8080'],
    ['gpu1', 'http://gpu1:8080'],
    ['[fd12::7]', 'http://[fd12::7]:8080'],
    ['100.101.102.103:8080', 'http://100.101.102.103:8080'],
    ['http://box.lan', 'http://box.lan:80'],
    ['HTTPS://Box.LAN', 'https://box.lan:443'],
    ['https://box.lan:8443/', 'https://box.lan:8443'],
    ['http://box.lan:8080/llama/v1/', 'http://box.lan:8080/llama/v1'],
    ['box.lan:8000/v1', 'http://box.lan:8000/v1'],
    ['data:8080', 'http://data:8080'],
    ['bücher.lan:8080', 'http://xn--bcher-kva.lan:8080'],
  ])('I1 reads `%s`', (text, canonical) => {
    expect(outcome(text)).toBe(canonical);
  });

  it.each([
    '127.1',
    '0x7f000001',
    '2130706433',
    '0177.0.0.1',
    '①②⑦.⓪.⓪.①',
    '127。0。0。1',
    '127.0.0.1.',
    '[::ffff:127.0.0.1]',
    '[::FFFF:7f00:1]',
    '[0:0:0:0:0:ffff:7f00:0001]',
  ])('I2 F56 takes `%s` for 127.0.0.1', (host) => {
    expect(addressText(parseEndpointUrl(`${host}:8080`))).toBe(
      addressText(parseEndpointUrl('127.0.0.1:8080')),
    );
    expect(parseEndpointUrl(host).host).toBe('127.0.0.1');
  });

  it.each([
    ['BOX.lan:8080', 'box.lan:8080'],
    ['box.lan.:8080', 'box.lan:8080'],
    ['http://box.lan:8080/', 'box.lan'],
    ['http://box.lan', 'http://box.lan:80/'],
    ['[0:0::0:1]:8080', '[::1]:8080'],
    ['[FD00::A:0]', '[fd00:0:0:0:0:0:a:0]'],
    ['box.lan:8080/v1/', 'http://box.lan:8080/v1'],
  ])('F56 gives `%s` and `%s` one key', (one, other) => {
    expect(addressText(parseEndpointUrl(one))).toBe(addressText(parseEndpointUrl(other)));
  });

  it.each([
    ['box.lan:8080', 'box.lan:8081'],
    ['box.lan:8080/a', 'box.lan:8080/b'],
    ['box.lan:8080', 'https://box.lan:8080'],
  ])('F56 keeps `%s` and `%s` apart', (one, other) => {
    expect(addressText(parseEndpointUrl(one))).not.toBe(addressText(parseEndpointUrl(other)));
  });

  it.each([
    // I3
    '169.254.169.254',
    '0xA9FEA9FE',
    '2852039166',
    '169.254.43518',
    '[::ffff:a9fe:a9fe]',
    // I4
    '[64:ff9b::a9fe:a9fe]',
    '[2002:a9fe:a9fe::]',
    // Teredo: by its client, whose bits are inverted, and by its server.
    '[2001:0:0808:0808:0:0:5601:5601]',
    '[2001:0:a9fe:a9fe:0:0:f7f7:f7f7]',
    // I5
    '[fe80::1]',
    // I6
    '0.0.0.0',
    '0',
    '[::]',
    '255.255.255.255',
    '224.0.0.1',
    // Metadata services at addresses of their own.
    '100.100.100.200',
    '168.63.129.16',
    '192.0.0.192',
    '[fd00:ec2::254]',
    '[fd20:ce::254]',
    // Neither ours nor the internet's.
    '[::7f00:1]',
    '[fec0::1]',
    '[ff02::1]',
    '[64:ff9b:1::7f00:1]',
    '[::ffff:0:7f00:1]',
    // I7
    'metadata.google.internal',
    'Metadata',
    'instance-data.',
  ])('I3–I7 blocks `%s`, also when the internet is allowed', (host) => {
    expect(outcome(`${host}:8080`)).toBe('blocked_address');
    expect(outcome(`http://${host}/`, { allowPublic: true })).toBe('blocked_address');
  });

  it.each(['8.8.8.8:80', '[2606:4700::1111]:443', '[64:ff9b::808:808]', '[2002:808:808::]'])(
    'I10 refuses `%s` until the internet is allowed',
    (text) => {
      expect(outcome(text)).toBe('egress_public_disabled');
      expect(outcome(text, { allowPublic: true })).toMatch(/^http:/);
    },
  );

  it.each([
    'http://user:pw@host',
    '127.0.0.1%2f@google.com',
    '127.0.0.1#@x',
    'google.com\\@127.0.0.1',
    'google.com\\x',
    'http://box.lan:8080\\',
    'http://127.0.0.1:8080?x',
    'http:127.0.0.1',
    'http:/127.0.0.1',
    'user@box.lan:8080',
  ])('I11 `%s` is no address', (text) => {
    expect(outcome(text)).toBe('invalid_url');
  });

  it.each([
    '[fe80::1%25eth0]', // I5 F50
    '[fe80::1%eth0]:8080',
    'ho\tst', // I12
    'host\r\nX: y',
    'host%00',
    'exam%70le.lan',
    '%31%32%37.1',
    'exa mple',
    ' box.lan',
    'box.lan ',
    'box\u00adlan',
    'box\u200b.lan',
    '\ud800.lan',
    '-1',
    '*',
    '_foo',
    'a..b',
    'box.lan..',
    'box-.lan',
    'box.lan／x',
    '1.2.3.4.5',
    '256.1.1.1',
    '::1',
    'fe80::1',
    '[::1',
    '[::1]x',
    '[1.2.3.4]',
    '', // I13
    'http://',
    '//box.lan',
    42,
    ['box.lan'],
    null,
    undefined,
  ])('I12 I13 `%s` is no host', (text) => {
    expect(outcome(text)).toBe('invalid_host');
  });

  it('I13 refuses labels and texts that are too long, whatever they are made of', () => {
    expect(outcome(`${'a'.repeat(300)}.lan`)).toBe('invalid_host');
    expect(outcome(`${'a.'.repeat(127)}lan`)).toBe('invalid_host');
    for (const piece of ['a', 'a.', '[', ':', '/', '%', '①', 'http://']) {
      expect(outcome(piece.repeat(10_240 / piece.length))).toBe('invalid_host');
    }
  });

  it.each(['0', '65536', '-1', '8080abc', '1e3', '80.5', '０', '', '08080', '+80', '99999999999'])(
    'I14 `%s` is no port',
    (port) => {
      expect(outcome(`box.lan:${port}`)).toBe('invalid_port');
      expect(outcome(`http://[::1]:${port}/`)).toBe('invalid_port');
    },
  );

  it('I14 takes the default of the engine where neither port nor scheme was typed', () => {
    expect(outcome('box.lan', { defaultPort: 11434 })).toBe('http://box.lan:11434');
    expect(outcome('http://box.lan', { defaultPort: 11434 })).toBe('http://box.lan:80');
    expect(outcome('box.lan', { defaultPort: 22 })).toBe('blocked_port');
  });

  it.each([22, 25, 81, 1023, 2375, 6379, 10250, 27017, 6000, 6667, 10080])('I15 blocks port %i', (port) => {
    expect(outcome(`box.lan:${port}`)).toBe('blocked_port');
  });

  it.each([80, 443, 1024, 8080, 11434, 65535])('I15 leaves port %i open', (port) => {
    expect(outcome(`box.lan:${port}`)).toBe(`http://box.lan:${port}`);
  });

  it.each([
    'file:',
    'file:///etc/passwd',
    'gopher://box.lan:70/',
    'unix:/var/run/docker.sock',
    'unix:box',
    'http+unix:box',
    'data:text/html,x',
    'JavaScript:alert(1)',
    'http+unix://%2Fvar%2Frun%2Fdocker.sock/',
    'ws://box.lan',
    'ftp://user:pw@box.lan',
  ])('I16 knows no scheme as in `%s`', (text) => {
    expect(outcome(text)).toBe('unsupported_scheme');
  });

  it.each([
    '/../admin',
    '//x',
    '/a//b',
    '/a?b#c',
    '/a#b',
    '/%2e%2e/',
    '/%2E/',
    '/a%2fb',
    '/%252e',
    '/./a',
    '/a/.',
    '/a/..;/b',
    '/a\\b',
    '/a b',
    '/a%00',
    '/a%0d%0aX',
    '/ä',
    '/a%zz',
  ])('I17 refuses the path `%s`', (path) => {
    expect(outcome(`http://box.lan:8080${path}`)).toBe('invalid_path');
  });

  it('I17 refuses a path of 1 KB', () => {
    expect(outcome(`box.lan:8080/${'a'.repeat(1024)}`)).toBe('invalid_path');
    expect(outcome(`box.lan:8080/${'a'.repeat(511)}`)).toMatch(/^http:/);
  });

  it.each(['/v1', '/a.b/c', '/.well-known/x', "/~user/(x)!$&'*+,;=:@", '/%C3%A4'])(
    'I17 takes `%s`',
    (path) => {
      expect(outcome(`box.lan:8080${path}`)).toBe(`http://box.lan:8080${path}`);
    },
  );

  it.each([
    '127.0.0.1:3000',
    'http://localhost:3000/x',
    'LOCALHOST.:3000',
    '[::1]:3000',
    '0x7f.1:3000',
    '[::ffff:7f00:1]:3000',
  ])('I18 F57 finds ourselves in `%s`', (text) => {
    expect(outcome(text, { self: [{ host: '127.0.0.1', port: 3000 }] })).toBe('self_reference');
    expect(outcome(text, { self: [{ host: '127.0.0.1', port: 3001 }] })).toMatch(/^http:/);
  });

  it('keeps to the allowed names where there is a list, and judges addresses as ever', () => {
    const options = { allowedNames: ['box.lan'] };
    expect(outcome('BOX.lan.:8080', options)).toBe('http://box.lan:8080');
    expect(outcome('fox.lan:8080', options)).toBe('blocked_address');
    expect(outcome('192.168.1.20:8080', options)).toBe('http://192.168.1.20:8080');
  });

  it('never quotes a password', () => {
    expect(() => parseEndpointUrl('http://user:hunter2@host')).toThrow(/^(?!.*hunter2)/);
  });
});
