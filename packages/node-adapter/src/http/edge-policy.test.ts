import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type EdgePolicy, type EdgeRequest, judgeRequest, judgeTarget } from './edge-policy.js';

const policy: EdgePolicy = {
  allowedHosts: ['127.0.0.1:7676', 'localhost', '[::1]', 'gpu-box.lan:7676'],
  allowedOrigins: ['https://dash.example', 'http://localhost:3000'],
};
const plain: EdgeRequest = {
  method: 'GET',
  host: 'localhost:7676',
  origin: null,
  secFetchSite: null,
  streams: false,
};
const code = (request: Partial<EdgeRequest>): string => {
  const verdict = judgeRequest({ ...plain, ...request }, policy);
  return verdict.allowed ? `allowed ${verdict.corsOrigin}` : verdict.code;
};

describe('judgeRequest', () => {
  it.each([
    ['127.0.0.1:7676', 'allowed null'],
    ['LOCALHOST:1', 'allowed null'],
    ['[::1]:80', 'allowed null'],
    ['gpu-box.lan:7676', 'allowed null'],
    ['gpu-box.lan', 'host_not_allowed'],
    ['gpu-box.lan:7677', 'host_not_allowed'],
    ['127.0.0.1', 'host_not_allowed'],
  ])('knows Host %s by exact membership: %s', (host, expected) => {
    expect(code({ host })).toBe(expected);
  });

  it.each([
    'evil.example',
    'localhost.evil.com',
    '127.0.0.1.nip.io',
    'foo.localhost',
    'x.internal',
    '127.1',
    '0.0.0.0',
  ])('I23 I24 refuses Host %s', (host) => {
    expect(code({ host })).toBe('host_not_allowed');
  });

  it.each([
    null,
    '',
    'localhost:99999',
    'localhost@evil',
    'localhost,evil',
    'local host',
    'localhost/',
    'localhost.',
    '[::1',
  ])('I25 calls Host %j malformed', (host) => {
    expect(code({ host })).toBe('bad_request');
  });

  it.each([
    'https://evil.example',
    'null',
    'https://dash.example.evil',
    'https://dash.example:444',
    'http://dash.example',
    '',
  ])('I28 I29 refuses Origin %j', (origin) => {
    expect(code({ origin })).toBe('origin_not_allowed');
  });

  it('names an allowed origin, and none for a page of our own', () => {
    expect(code({ origin: 'https://dash.example' })).toBe('allowed https://dash.example');
    expect(code({ origin: 'http://localhost:7676' })).toBe('allowed null');
    expect(code({ origin: 'http://localhost:7677' })).toBe('origin_not_allowed');
  });

  it.each(['cross-site', 'same-site'])(
    'I30 refuses a %s page that writes or holds a stream open',
    (secFetchSite) => {
      expect(code({ secFetchSite, method: 'POST' })).toBe('origin_not_allowed');
      expect(code({ secFetchSite, streams: true })).toBe('origin_not_allowed');
      expect(code({ secFetchSite })).toBe('allowed null');
      expect(code({ secFetchSite, method: 'POST', origin: 'https://dash.example' })).toBe(
        'allowed https://dash.example',
      );
    },
  );

  it('I30 takes same-origin and none', () => {
    expect(code({ secFetchSite: 'same-origin', method: 'POST' })).toBe('allowed null');
    expect(code({ secFetchSite: 'none', streams: true })).toBe('allowed null');
  });
});

describe('judgeTarget', () => {
  it.each(['/', '/api/models/status', '/api//x', '/API/', '/a?x=//b', '/a?b=/../c', '/api/%61', '/..a/b..'])(
    'takes %s',
    (target) => {
      expect(judgeTarget(target)).toBeNull();
    },
  );

  it.each([
    '//evil/api',
    '/\\evil',
    'http://evil/api',
    '*',
    '',
    'api',
    '/api/../../etc/passwd',
    '/api/%2e%2e/',
    '/api/.%2E/x',
    '/a/./b',
    '/a%00b',
    '/%zz',
    '/%',
    '/%ff',
    '/a%5cb',
    '/%2e%2e%2fx',
    '/nope/..#',
    '/#/x',
  ])('I26 I27 refuses %s', (target) => {
    expect(judgeTarget(target)).toBe('bad_target');
  });

  it('refuses an address over 4 KiB', () => {
    expect(judgeTarget(`/${'a'.repeat(4095)}`)).toBeNull();
    expect(judgeTarget(`/${'a'.repeat(4096)}`)).toBe('uri_too_long');
  });
});

describe('P-14 random Host, Origin and path', () => {
  const words = [
    'localhost',
    '127.0.0.1',
    '[::1]',
    'gpu-box.lan',
    'evil',
    '.',
    ':',
    '7676',
    '80',
    '@',
    ' ',
    '\t',
    'https://',
    'http://',
    'dash.example',
    '/',
    '\\',
    '#',
    '?',
    '%',
    '..',
    '%2e',
    '%00',
    'null',
  ];
  const text = fc
    .array(fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...words) }, fc.string({ maxLength: 4 })), {
      maxLength: 6,
    })
    .map((parts) => parts.join(''));

  const members = [...policy.allowedHosts, ...policy.allowedOrigins, 'http://localhost'];
  const nearly = fc.oneof(
    text,
    fc.constantFrom(...members),
    fc.tuple(fc.constantFrom(...members), text).map((parts) => parts.join('')),
  );

  it('allows nothing but exact members of the lists', () => {
    let allowed = 0;
    fc.assert(
      fc.property(nearly, fc.option(nearly), fc.constantFrom('GET', 'POST'), (host, origin, method) => {
        const verdict = judgeRequest({ ...plain, host, origin, method }, policy);
        if (!verdict.allowed) return;
        allowed += 1;
        const asked = host.toLowerCase();
        const exact = ['127.0.0.1:7676', 'gpu-box.lan:7676', 'localhost', '[::1]'].includes(asked);
        expect(exact || /^(localhost|\[::1\]):\d{1,5}$/.test(asked)).toBe(true);
        const own = [`http://${asked}`, `https://${asked}`];
        if (origin !== null) expect([...policy.allowedOrigins, ...own]).toContain(origin);
        expect([null, ...policy.allowedOrigins]).toContain(verdict.corsOrigin);
        if (verdict.corsOrigin !== null) expect(verdict.corsOrigin).toBe(origin);
      }),
      { numRuns: 30_000 },
    );
    expect(allowed).toBeGreaterThan(500);
  });

  it('takes no target that a URL parser would read as another host or another path', () => {
    let taken = 0;
    fc.assert(
      fc.property(text, (target) => {
        // Tabs and the like never get through an HTTP parser.
        if (!/^[!-~]*$/.test(target) || judgeTarget(target) !== null) return;
        taken += 1;
        const url = new URL(target, 'http://ours.test');
        expect(url.host).toBe('ours.test');
        expect(decodeURIComponent(url.pathname)).toBe(decodeURIComponent(target.split('?')[0] ?? ''));
      }),
      { numRuns: 20_000 },
    );
    expect(taken).toBeGreaterThan(100);
  });
});
