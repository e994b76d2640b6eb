import { addressText, CorralError } from '@corral/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ipv4Form, ipv4Values, ipv6Form, ipv6Values } from './address-forms.fixture.js';
import { judgeAddress, judgePort } from './egress-policy.js';
import { parseEndpointUrl } from './endpoint-address.js';
import { parseEndpointParts } from './endpoint-parts.js';
import { parseIp } from './ip-address.js';

const pieces = [
  ...[
    'box',
    'lan',
    'Box',
    'bücher',
    '例え',
    'xn--bcher-kva',
    '127',
    '0x7f',
    '010',
    '1',
    'a-b',
    '-',
    '_',
    '*',
    '①',
    '.',
    '.',
    '。',
  ],
  ...[
    ':',
    '80',
    '8080',
    '0',
    '65536',
    '/',
    '/v1',
    '//',
    '..',
    '?',
    '#',
    '@',
    '\\',
    '%2e',
    '%',
    '[',
    ']',
    '::',
    '[::1]',
    '[::ffff:7f00:1]',
  ],
  ...[
    '\t',
    '\n',
    ' ',
    '\0',
    '\u00ad',
    '\u200d',
    '\u202e',
    '／',
    '：',
    '＠',
    '％',
    'ß',
    'ﬀ',
    '℀',
    'İ',
    '\ud800',
    '💥',
    'http:',
    'https://',
  ],
];
const host = fc.oneof(
  fc.domain(),
  fc.constantFrom('box.lan', 'BÜCHER.lan', 'straße.de', 'gpu-1', 'a.b.c.', '例え。テスト'),
  ipv4Values.chain(ipv4Form),
  ipv6Values.chain(ipv6Form),
  fc.array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 4 }).map((all) => all.join('')),
);
const port = fc.oneof(
  fc.constantFrom('', ':', ':0', ':080', ':8080', ':８０'),
  fc.integer({ min: 1, max: 70_000 }).map((number) => `:${number}`),
);
const path = fc.oneof(
  fc.constantFrom('', '', '/', '/v1', '/v1/', '/a%20b', '/%c3%a4', '/..', '/a/./b', "/(a)'!*", '/a|b', '/^'),
  fc.webPath(),
);
const text = fc.oneof(
  {
    weight: 8,
    arbitrary: fc
      .tuple(fc.constantFrom('', 'http://', 'https://', 'HTTP://'), host, port, path)
      .map((all) => all.join('')),
  },
  { weight: 1, arbitrary: fc.webUrl({ withFragments: true, withQueryParameters: true }) },
  {
    weight: 1,
    arbitrary: fc.array(fc.constantFrom(...pieces), { maxLength: 10 }).map((all) => all.join('')),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
);

/** Plain comparisons: `expect` takes longer than what is tested, 100 000 times over. */
function same(what: string, got: unknown, wanted: unknown): void {
  if (got !== wanted) throw new Error(`${what}: ${String(got)} instead of ${String(wanted)}`);
}

/** The host that a URL parser finds, in the form that we keep: no brackets, no dot at the end. */
function bare(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
}

function portOf(url: URL): number {
  return Number(url.port || { 'http:': 80, 'https:': 443 }[url.protocol]);
}

describe('parseEndpointUrl', () => {
  it('P-9 takes only what a URL parser reads alike, and refuses the rest with a code', () => {
    let accepted = 0;
    fc.assert(
      fc.property(text, fc.boolean(), (typed, allowPublic) => {
        let address: ReturnType<typeof parseEndpointUrl>;
        try {
          address = parseEndpointUrl(typed, { allowPublic });
        } catch (error) {
          if (error instanceof CorralError && error.details?.['fields'] !== undefined) return;
          throw error;
        }
        accepted++;
        // What we would connect to is read as what we judged.
        const canonical = addressText(address);
        const url = new URL(canonical);
        same('host of the canonical text', bare(url), address.host);
        same('port of the canonical text', portOf(url), address.port);
        same('path of the canonical text', url.pathname, address.basePath || '/');
        same('nothing else', `${url.username}${url.password}${url.search}${url.hash}`, '');
        same('read again', addressText(parseEndpointUrl(canonical, { allowPublic })), canonical);
        const isAddress = parseIp(address.host) !== null;
        same('judged address', !isAddress || judgeAddress(address.host, { allowPublic }).allowed, true);
        same('judged port', judgePort(address.port).allowed, true);
        // And so is what was typed, but for an IPv4-mapped address, which is IPv4 by another name.
        const hasScheme = /^https?:\/\//i.test(typed);
        const raw = new URL(hasScheme ? typed : `http://${typed}`);
        if (!raw.hostname.startsWith('[::ffff:')) same('host as typed', bare(raw), address.host);
        if (hasScheme || raw.port !== '') same('port as typed', portOf(raw), address.port);
      }),
      { numRuns: 100_000 },
    );
    expect(accepted).toBeGreaterThan(10_000);
  });
});

const portPart = fc.oneof(
  fc.constantFrom<unknown>(undefined, null, '', '８０', '080', '1e3', 80.5, -1, 0),
  fc.integer({ min: 1, max: 70_000 }),
  fc.integer({ min: 1, max: 70_000 }).map(String),
);

describe('parseEndpointParts', () => {
  it('P-9 takes only parts that a URL parser reads alike, and refuses the rest at the part', () => {
    let accepted = 0;
    const schemes = fc.constantFrom<unknown>(undefined, 'http', 'https', 'file');
    const paths = fc.oneof(fc.constant(undefined), path);
    const hosts = fc.oneof({ weight: 3, arbitrary: host }, { weight: 1, arbitrary: text });
    const parts = fc.record({ host: hosts, port: portPart, scheme: schemes, basePath: paths });
    fc.assert(
      fc.property(parts, fc.boolean(), (typed, allowPublic) => {
        const options = { allowPublic, defaultPort: 11_434 };
        let address: ReturnType<typeof parseEndpointParts>;
        try {
          address = parseEndpointParts(typed, options);
        } catch (error) {
          if (!(error instanceof CorralError)) throw error;
          const [field] = Object.keys(error.details?.['fields'] ?? {});
          same('the field is a part', field !== undefined && Object.hasOwn(typed, field), true);
          return;
        }
        accepted++;
        const canonical = addressText(address);
        const url = new URL(canonical);
        same('host of the canonical text', bare(url), address.host);
        same('port of the canonical text', portOf(url), address.port);
        same('path of the canonical text', url.pathname, address.basePath || '/');
        same('as a URL', addressText(parseEndpointUrl(canonical, options)), canonical);
        same(
          'as parts again',
          addressText(
            parseEndpointParts(
              address.host.includes(':') ? { ...address, host: `[${address.host}]` } : address,
              options,
            ),
          ),
          canonical,
        );
        if (typeof typed.port === 'number' || typeof typed.port === 'string')
          same('port as typed', address.port, Number(typed.port));
        if (typed.scheme !== undefined) same('scheme as typed', address.scheme, typed.scheme);
        const isAddress = parseIp(address.host) !== null;
        same('judged address', !isAddress || judgeAddress(address.host, { allowPublic }).allowed, true);
        same('judged port', judgePort(address.port).allowed, true);
      }),
      { numRuns: 100_000 },
    );
    expect(accepted).toBeGreaterThan(10_000);
  });
});
